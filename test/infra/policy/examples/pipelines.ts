// Good and bad examples of infra/policy/pipelines.ts.

import { type Example, one, subject } from "./example.ts";

const cluster = "aws:msk/cluster:Cluster";
const topic = "aws:msk/topic:Topic";
const connector = "aws:mskconnect/connector:Connector";
const machine = "aws:sfn/stateMachine:StateMachine";
const names = ["order-requests", "validated-orders", "matched-events", "trade-execution"];
const orders = subject(cluster, { arn: "arn:orders" });
const topics = names.map((name) => subject(topic, { name }));
const events = subject(
  "aws:kinesis/stream:Stream",
  { name: "events", streamModeDetails: { streamMode: "PROVISIONED" } },
  { id: "arn:events" },
);
const splits = (streamName: string) =>
  subject(machine, {
    definition: JSON.stringify({
      Resource: "arn:aws:states:::aws-sdk:kinesis:updateShardCount",
      StreamName: streamName,
    }),
  });
const warehouse = subject("aws:redshiftserverless/workgroup:Workgroup", {
  enhancedVpcRouting: true,
});
const endpointOf = (service: string) =>
  subject("aws:ec2/vpcEndpoint:VpcEndpoint", { serviceName: `com.amazonaws.us-east-1.${service}` });
const grows = (resourceId: string) =>
  subject("aws:appautoscaling/target:Target", { serviceNamespace: "kafka", resourceId });

/** Brokers' settings, with some of them replaced. */
const settings = (changes: Readonly<Record<string, unknown>> = {}) => ({
  serverProperties: Object.entries({
    "unclean.leader.election.enable": false,
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
    "auto.create.topics.enable": false,
    ...changes,
  })
    .map(([key, value]) => `${key}=${value}`)
    .join("\n"),
});
const inSync = (count: number) => JSON.stringify({ "min.insync.replicas": String(count) });

export const pipelineExamples: readonly Example[] = [
  {
    rule: "warehouse-reaches-catalog",
    good: [warehouse, endpointOf("glue")],
    bad: [warehouse, endpointOf("logs")],
  },
  ...one(
    "kafka-iam-only",
    cluster,
    { clientAuthentication: { sasl: { iam: true, scram: false }, unauthenticated: false } },
    { clientAuthentication: { sasl: { iam: false } } },
    { clientAuthentication: { sasl: { iam: true }, unauthenticated: true } },
    { clientAuthentication: { sasl: { iam: true, scram: true } } },
    {
      brokerNodeGroupInfo: {
        connectivityInfo: { publicAccess: { type: "SERVICE_PROVIDED_EIPS" } },
      },
    },
  ),
  ...one(
    "kafka-encrypted-between-brokers",
    cluster,
    { encryptionInfo: { encryptionInTransit: { inCluster: true } } },
    { encryptionInfo: { encryptionInTransit: { inCluster: false } } },
  ),
  ...one(
    "kafka-loses-nothing",
    "aws:msk/configuration:Configuration",
    settings(),
    settings({ "unclean.leader.election.enable": true }),
    settings({ "default.replication.factor": 2 }),
    settings({ "min.insync.replicas": 1 }),
    settings({ "min.insync.replicas": 3 }),
    settings({ "auto.create.topics.enable": true }),
  ),
  ...one(
    "kafka-configured",
    cluster,
    { configurationInfo: { arn: "arn:c", revision: 1 } },
    {
      configurationInfo: undefined,
    },
  ),
  ...one(
    "topic-copies",
    topic,
    { replicationFactor: 3, configs: inSync(2) },
    { replicationFactor: 2 },
    { configs: inSync(1) },
    { configs: inSync(3) },
  ),
  { rule: "topics-there", good: [orders, ...topics], bad: [orders, ...topics.slice(1)] },
  {
    rule: "kafka-storage-grows",
    good: [orders, grows("arn:orders")],
    bad: [orders, grows("arn:other")],
  },
  ...one(
    "connector-known",
    connector,
    {
      kafkaClusterClientAuthentication: { authenticationType: "IAM" },
      kafkaClusterEncryptionInTransit: { encryptionType: "TLS" },
    },
    { kafkaClusterClientAuthentication: { authenticationType: "NONE" } },
    { kafkaClusterEncryptionInTransit: { encryptionType: "PLAINTEXT" } },
  ),
  ...one(
    "connector-two-workers",
    connector,
    { capacity: { autoscaling: { minWorkerCount: 2, maxWorkerCount: 4 } } },
    { capacity: { autoscaling: { minWorkerCount: 1, maxWorkerCount: 4 } } },
    { capacity: { provisionedCapacity: { workerCount: 1 } } },
  ),
  ...one(
    "connector-logs",
    connector,
    { logDelivery: { workerLogDelivery: { cloudwatchLogs: { enabled: true } } } },
    { logDelivery: undefined },
  ),
  ...one(
    "source-sets-aside",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    {
      maximumRetryAttempts: 10,
      destinationConfig: { onFailure: { destinationArn: "arn:queue" } },
    },
    { destinationConfig: undefined },
    { maximumRetryAttempts: undefined },
  ),
  { rule: "stream-splits", good: [events, splits("events")], bad: [events, splits("others")] },
];
