// Functions before and behind the topics, built alone.

import * as pulumi from "@pulumi/pulumi";
import { assert } from "chai";
import { copiesFor, IngestionFunction } from "../../../infra/components/ingestion-function.ts";
import { readTopics } from "../../../infra/components/kafka-rights.ts";
import { StreamFunction } from "../../../infra/components/stream-function.ts";
import { at } from "../../../infra/policy/rule.ts";
import { alone, statementsIn } from "./alone.ts";
import {
  alarmType,
  allowed,
  care,
  clusterArn,
  groupArn,
  subnetIds,
  topicArn,
} from "./kafka-facts.ts";

const code = new pulumi.asset.FileArchive("artefacts/function.zip");
const placed = { ...care, region: "us-east-1", code, vpcId: "vpc-1", subnetIds };

describe("StreamFunction on a topic", function () {
  this.timeout(30_000);
  const positions = () =>
    alone(
      () =>
        new StreamFunction("positions", {
          ...placed,
          statements: [],
          source: {
            kind: "topic",
            clusterArn,
            topic: "trade-execution",
            group: "positions",
            partitions: 12,
            statements: readTopics(clusterArn, "positions", ["trade-execution"]),
          },
        }),
    );

  it("reads in a group of its own, with pollers that give a bad record up", async () => {
    const { inputs } = (await positions()).named("positions-source");
    assert.deepEqual(inputs.topics, ["trade-execution"]);
    assert.deepEqual(inputs.amazonManagedKafkaEventSourceConfig, { consumerGroupId: "positions" });
    assert.deepEqual(inputs.provisionedPollerConfig, { minimumPollers: 1, maximumPollers: 12 });
    assert.isAbove(Number(inputs.maximumRetryAttempts), 0);
    assert.match(
      String(at(inputs, "destinationConfig.onFailure.destinationArn")),
      /positions-dead/,
    );
  });

  it("may read that topic, and sees the brokers' network", async () => {
    const { named } = await positions();
    const rights = allowed(statementsIn(named("positions-role-policy").inputs.policy));
    assert.includeMembers(rights, [
      `kafka-cluster:ReadData on ${topicArn("trade-execution")}`,
      `kafka-cluster:AlterGroup on ${groupArn("positions")}`,
      "ec2:DescribeVpcs on *",
    ]);
  });

  it("leaves lag to the cluster's alarms", async () => {
    const { all } = await positions();
    assert.deepEqual(
      all(alarmType).map(({ inputs }) => inputs.metricName),
      ["ApproximateNumberOfMessagesVisible"],
    );
  });
});

describe("IngestionFunction", function () {
  this.timeout(30_000);
  const ingestion = () =>
    alone(
      () =>
        new IngestionFunction("ingestion", {
          ...placed,
          statements: [],
          load: { requestsPerSecond: 500, burst: 1_000 },
        }),
    );

  it("has copies for the seeds' load that are warm, and a limit that takes the burst", () => {
    assert.deepEqual(copiesFor({ requestsPerSecond: 500, burst: 1_000 }), {
      provisioned: 25,
      reserved: 100,
    });
    const quiet = copiesFor({ requestsPerSecond: 100, burst: 10 });
    assert.isAtLeast(
      quiet.reserved,
      2 * quiet.provisioned,
      "a version is replaced beside the last",
    );
  });

  it("is called through an alias of a version, warm before it is asked", async () => {
    const { component, all, named } = await ingestion();
    const [fn] = all("aws:lambda/function:Function");
    assert.isTrue(fn?.inputs.publish);
    assert.equal(fn?.inputs.reservedConcurrentExecutions, 100);
    assert.equal(named("ingestion-warm").inputs.provisionedConcurrentExecutions, 25);
    const { invokeArn, qualifier } = component.target;
    const told = await new Promise<string>((resolve) => pulumi.output(invokeArn).apply(resolve));
    assert.match(told, /ingestion-[0-9a-f]+:live\/invocations$/);
    const alias = await new Promise((resolve) => pulumi.output(qualifier).apply(resolve));
    assert.equal(alias, "live");
  });

  it("never sends an order later: a call that failed lies in the queue", async () => {
    const { named } = await ingestion();
    const { inputs } = named("ingestion-asynchronous");
    assert.equal(inputs.maximumRetryAttempts, 0);
    assert.equal(
      at(inputs, "destinationConfig.onFailure.destination"),
      named("ingestion-dead").outputs.arn,
    );
  });

  it("traces, and tells of errors, of refusals and of slowness", async () => {
    const { all } = await ingestion();
    const [fn] = all("aws:lambda/function:Function");
    assert.deepEqual(fn?.inputs.tracingConfig, { mode: "Active" });
    assert.sameMembers(
      all(alarmType).map(({ inputs }) => inputs.metricName),
      ["Errors", "Throttles", "Duration", "ApproximateNumberOfMessagesVisible"],
    );
  });
});
