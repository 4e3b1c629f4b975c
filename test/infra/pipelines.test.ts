// The order pipeline as each seed wires it: what is registered, and what each workload is given of it.

import { assert } from "chai";
import type { CapturedResource } from "../../infra/capture/capture.ts";
import { at, statementsOf } from "../../infra/policy/rule.ts";
import { type Rehearsal, rehearse } from "../../infra/rehearsal.ts";
import { readStackFile, type StackFile } from "../../infra/stack-file.ts";

const msk = "aws:msk/cluster:Cluster";
const stream = "aws:kinesis/stream:Stream";
const source = "aws:lambda/eventSourceMapping:EventSourceMapping";
const connector = "aws:mskconnect/connector:Connector";
const delivery = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";
const ingest = "aws:opensearchingest/pipeline:Pipeline";

const of = ({ resources }: Rehearsal, type: string) => resources.filter((one) => one.type === type);
const named = (rehearsal: Rehearsal, type: string, name: string): CapturedResource => {
  const found = of(rehearsal, type).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${type} is called ${name}`);
  return found;
};

/** An example with sections changed. */
function changed(name: string, sections: Readonly<Record<string, object>>): StackFile {
  const file = readStackFile(name);
  const values = { ...file.values };
  for (const [section, fields] of Object.entries(sections)) {
    const key = `castle:${section}`;
    values[key] = JSON.stringify({ ...JSON.parse(values[key] ?? "{}"), ...fields });
  }
  return { name: file.name, values };
}

describe("The order pipeline of a region", function () {
  this.timeout(60_000);

  it("of seed 001 is Kafka: lake and search read its topics themselves", async () => {
    const seed = await rehearse("seed-001");
    assert.lengthOf(of(seed, msk), 1);
    assert.isEmpty(of(seed, stream));
    const lake = named(seed, delivery, "lake").inputs;
    assert.equal(at(lake, "mskSourceConfiguration.topicName"), "trade-execution");
    const events = named(seed, ingest, "search-events").inputs;
    const pipelines = JSON.parse(String(events.pipelineConfigurationBody));
    const { kafka } = pipelines["market-data"].source;
    assert.deepEqual(
      kafka.topics.map((topic: { name: string }) => topic.name),
      ["matched-events", "trade-execution"],
    );
    const [policy] = of(seed, "aws:msk/clusterPolicy:ClusterPolicy");
    const services = statementsOf(policy?.inputs.policy).map(({ principal }) =>
      at(principal, "Service"),
    );
    assert.sameMembers(services, [
      "firehose.amazonaws.com",
      "osis.amazonaws.com",
      "osis-pipelines.amazonaws.com",
    ]);
  });

  it("of seed 001 has its brokers scraped by the collector", async () => {
    const seed = await rehearse("seed-001");
    const config = named(seed, "aws:ssm/parameter:Parameter", "collector-config").inputs;
    const { receivers } = JSON.parse(String(config.value));
    const jobs: { job_name: string; static_configs: { targets: string[] }[] }[] =
      receivers.prometheus.config.scrape_configs;
    const [brokers] = jobs.filter(({ job_name }) => job_name === "brokers");
    const targets = brokers?.static_configs.flatMap((one) => one.targets) ?? [];
    assert.lengthOf(targets, 6, "two exporters of three brokers");
    const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    for (const [exporter, port] of [
      ["jmx", 11001],
      ["node", 11002],
    ] as const) {
      assert.isTrue(targets.some((target) => target.endsWith(`:${port}`)));
      assert.equal(named(seed, rule, `orders-from-collector-${exporter}`).inputs.fromPort, port);
    }
  });

  it("of seed 002 are two streams, each read by the order processor in a lane of its own", async () => {
    const seed = await rehearse("seed-002");
    assert.sameMembers(
      of(seed, stream).map(({ name }) => name),
      ["events", "events-priority"],
    );
    assert.sameMembers(
      of(seed, "aws:kinesis/streamConsumer:StreamConsumer").map(({ name }) => name),
      ["events-order-processor", "events-priority-order-processor"],
    );
    assert.isTrue(of(seed, stream).every(({ inputs }) => inputs.retentionPeriod === 168));
  });

  it("of seed 003 is written by one publisher, which reads the database by its readers' endpoint", async () => {
    const seed = await rehearse("seed-003");
    const { inputs } = named(seed, "aws:ecs/taskDefinition:TaskDefinition", "publisher-definition");
    const [{ environment }] = JSON.parse(String(inputs.containerDefinitions));
    const told = Object.fromEntries(
      environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    assert.equal(told.STREAM_NAME, named(seed, stream, "events").outputs.name);
    const readers = named(seed, "aws:rds/proxyEndpoint:ProxyEndpoint", "history-proxy-readers");
    assert.equal(readers.inputs.targetRole, "READ_ONLY");
    assert.equal(told.DATABASE_HOST, readers.outputs.endpoint);
    const policy = named(seed, "aws:iam/rolePolicy:RolePolicy", "publisher-task-policy");
    assert.sameMembers(
      statementsOf(policy.inputs.policy).flatMap(({ actions }) => actions),
      [
        "kinesis:PutRecord",
        "kinesis:PutRecords",
        "kinesis:DescribeStreamSummary",
        "kinesis:ListShards",
        "kms:GenerateDataKey",
        "rds-db:connect",
      ],
    );
    const service = named(seed, "aws:ecs/service:Service", "publisher-service").inputs;
    assert.deepEqual([service.desiredCount, service.deploymentMaximumPercent], [1, 100]);
  });

  it("of seed 004 goes from the ingestion by four topics to Kinesis and S3", async () => {
    const seed = await rehearse("seed-004");
    assert.lengthOf(of(seed, "aws:msk/topic:Topic"), 4);
    const fn = named(seed, "aws:lambda/function:Function", "ingestion").inputs;
    assert.equal(at(fn, "environment.variables.KAFKA_TOPIC"), "order-requests");
    assert.match(String(at(fn, "environment.variables.KAFKA_BROKERS")), /:9098,/);
    const role = named(seed, "aws:iam/rolePolicy:RolePolicy", "ingestion-role-policy");
    const writes = statementsOf(role.inputs.policy)
      .filter(({ actions }) => actions.includes("kafka-cluster:WriteData"))
      .flatMap(({ resources }) => resources);
    assert.lengthOf(writes, 1);
    assert.match(writes[0] ?? "", /:topic\/.*\/order-requests$/);
    assert.sameMembers(
      of(seed, connector).map(({ name }) => name),
      ["trades-connect-bucket", "trades-connect-stream"],
    );
    const lake = named(seed, delivery, "lake").inputs;
    assert.equal(
      at(lake, "kinesisSourceConfiguration.kinesisStreamArn"),
      named(seed, stream, "trades").outputs.arn,
    );
    // Nobody reads from afar then: brokers take connections from their own network only.
    assert.isEmpty(of(seed, "aws:msk/clusterPolicy:ClusterPolicy"));
    const group = named(
      seed,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "orders-from-ingestion",
    );
    assert.equal(group.inputs.fromPort, 9098);
  });

  it("lists connectors without a plugin as left out, and feeds the lake from the topic then", async () => {
    const seed = await rehearse(changed("seed-004", { pipeline: { kind: "msk-flow", msk: {} } }));
    assert.isEmpty(of(seed, connector));
    assert.includeMembers(seed.outputs.leftOut as string[], ["connector-s3", "connector-kinesis"]);
    const lake = named(seed, delivery, "lake").inputs;
    assert.equal(at(lake, "mskSourceConfiguration.topicName"), "trade-execution");
  });

  it("hands trades to functions, from lanes or from a topic, as the pipeline is", async () => {
    const functions = {
      positions: "a/positions.zip",
      archive: "a/archive.zip",
      fraud: "a/fraud.zip",
    };
    const lanes = await rehearse(changed("prod", { workloads: { functions } }));
    for (const name of ["positions", "archive"]) {
      const { inputs } = named(lanes, source, `${name}-source`);
      assert.match(String(inputs.eventSourceArn), new RegExp(`/consumer/events-${name}`));
    }
    const { environment } = named(lanes, "aws:lambda/function:Function", "archive").inputs as {
      environment: { variables: Record<string, string> };
    };
    // It takes old trades out of the database, so it is told where that is, and let in.
    const proxy = named(lanes, "aws:rds/proxy:Proxy", "history-proxy").outputs.endpoint;
    assert.strictEqual(environment.variables.DATABASE_HOST, proxy);
    const door = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    assert.equal(named(lanes, door, "history-proxy-from-archive").inputs.fromPort, 5432);
    // Fraud is looked for in what was indexed.
    const domain = named(lanes, "aws:opensearch/domain:Domain", "search").outputs;
    const fraud = named(lanes, "aws:lambda/function:Function", "fraud").inputs;
    assert.equal(
      at(fraud, "environment.variables.SEARCH_ENDPOINT"),
      `https://${String(domain.endpoint)}`,
    );
    assert.equal(named(lanes, door, "search-from-fraud").inputs.fromPort, 443);
    const { policy } = named(lanes, "aws:iam/rolePolicy:RolePolicy", "fraud-role-policy").inputs;
    assert.include(String(policy), `${String(domain.arn)}/*`);
    const topics = await rehearse(changed("seed-001", { workloads: { functions } }));
    const { inputs } = named(topics, source, "positions-source");
    assert.deepEqual(inputs.topics, ["trade-execution"]);
    const lag = "orders-lag-positions-trade-execution";
    assert.isDefined(named(topics, "aws:cloudwatch/metricAlarm:MetricAlarm", lag));
  });
});

describe("The journal's Global Datastore", function () {
  this.timeout(60_000);
  const group = "aws:elasticache/replicationGroup:ReplicationGroup";
  const datastore = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup";
  const journal = { hasGlobalDatastore: true };

  it("is prod's", async () => {
    const prod = await rehearse(changed("prod", { journal }));
    assert.lengthOf(of(prod, datastore), 1);
    assert.match(String(prod.outputs.journalGlobalDatastoreId), /^ldgnf-/);
    assert.lengthOf(of(prod, group), 1);
  });

  it("is refused by dr as long as prod has none", async () => {
    let told = "";
    try {
      const { violations } = await rehearse(changed("dr", { journal }));
      told = violations.map(({ message }) => message).join();
    } catch (error) {
      told = String(error);
    }
    assert.match(told, /prod has no Global Datastore/);
  });
});
