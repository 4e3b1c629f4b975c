// MSK Connect, built alone.

import * as pulumi from "@pulumi/pulumi";
import { assert } from "chai";
import { TopicConnectors } from "../../../infra/components/topic-connectors.ts";
import { at } from "../../../infra/policy/rule.ts";
import { alone, statementsIn } from "./alone.ts";
import {
  account,
  allowed,
  care,
  clusterArn,
  groupArn,
  subnetIds,
  topicArn,
} from "./kafka-facts.ts";

describe("TopicConnectors", function () {
  this.timeout(30_000);
  const plugin = new pulumi.asset.FileAsset("artefacts/plugin.zip");
  const args = {
    ...care,
    region: "us-east-1",
    accountId: account,
    cluster: { arn: clusterArn, bootstrapBrokers: "b-1:9098,b-2:9098,b-3:9098" },
    topics: ["trade-execution"],
    connectVersion: "3.7.x",
    vpcId: "vpc-1",
    subnetIds,
    bucket: { name: "archive", arn: "arn:aws:s3:::archive" },
  };
  const puts = {
    Effect: "Allow",
    Action: "kinesis:PutRecords",
    Resource: "arn:aws:kinesis:us-east-1:111122223333:stream/trades",
  } as const;
  const toStream = { plugin, streamName: "trades", statements: [puts] };
  const both = () =>
    alone(() => new TopicConnectors("connect", { ...args, toBucket: { plugin }, toStream }));
  const type = "aws:mskconnect/connector:Connector";

  it("makes a connector where its plugin is given, and none where it is not", async () => {
    assert.lengthOf((await both()).all(type), 2);
    const one = await alone(() => new TopicConnectors("connect", { ...args, toStream }));
    assert.deepEqual(
      one.all(type).map(({ name }) => name),
      ["connect-stream"],
    );
  });

  it("goes on after a change where it stopped: one name, one group", async () => {
    const { named } = await both();
    assert.equal(named("connect-bucket").inputs.name, "castle-connect-bucket");
    const rights = allowed(statementsIn(named("connect-bucket-role-policy").inputs.policy));
    assert.include(
      rights,
      `kafka-cluster:AlterGroup on ${groupArn("connect-castle-connect-bucket")}`,
    );
  });

  it("reads its topics, and makes no topic but MSK Connect's own", async () => {
    const { named } = await both();
    const rights = allowed(statementsIn(named("connect-stream-role-policy").inputs.policy));
    assert.include(rights, `kafka-cluster:ReadData on ${topicArn("trade-execution")}`);
    assert.deepEqual(
      rights.filter((right) => /CreateTopic|WriteData/.test(right)),
      [
        `kafka-cluster:CreateTopic on ${topicArn("__amazon_msk_connect_*")}`,
        `kafka-cluster:WriteData on ${topicArn("__amazon_msk_connect_*")}`,
      ],
    );
    assert.include(rights, `${puts.Action} on ${puts.Resource}`);
    assert.isEmpty(rights.filter((right) => /^\S*\*/.test(right)));
  });

  it("writes an hour's objects once, whoever writes them again, with the data's key", async () => {
    const settings = (await both()).named("connect-bucket").inputs.connectorConfiguration;
    const flat = settings as Readonly<Record<string, string>>;
    assert.equal(flat["timestamp.extractor"], "Record");
    assert.notProperty(flat, "rotate.schedule.interval.ms");
    assert.equal(flat["s3.sse.kms.key.id"], care.dataKeyArn);
  });

  it("keeps a symbol's order in the stream: the key stays the key", async () => {
    const settings = (await both()).named("connect-stream").inputs.connectorConfiguration;
    const flat = settings as Readonly<Record<string, string>>;
    assert.equal(flat.streamName, "trades");
    assert.equal(flat.usePartitionAsHashKey, "false");
    assert.equal(flat.flushSync, "true");
  });

  it("runs two workers at least, and wakes somebody for a task that failed", async () => {
    const { named } = await both();
    const capacity = at(named("connect-bucket").inputs, "capacity.autoscaling");
    assert.equal(at(capacity, "minWorkerCount"), 2);
    assert.equal(named("connect-bucket-stopped").inputs.metricName, "ErroredTaskCount");
  });
});
