// Ranges of what orders flow through: Kafka, its connectors, functions that follow. Sources as in ranges.ts.

import { between, law, matching, oneOf, type Range, row, valuesAt } from "./range.ts";

const cluster = "aws:msk/cluster:Cluster";
const topic = "aws:msk/topic:Topic";
const connector = "aws:mskconnect/connector:Connector";
const source = "aws:lambda/eventSourceMapping:EventSourceMapping";

const topicRows: readonly Range[] = [
  row(
    "kafka-monitoring",
    cluster,
    "enhancedMonitoring",
    oneOf("DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION"),
    "CFN",
  ),
  row(
    "kafka-in-transit",
    cluster,
    "encryptionInfo.encryptionInTransit.clientBroker",
    oneOf("TLS", "TLS_PLAINTEXT", "PLAINTEXT"),
    "CFN",
  ),
  row(
    "kafka-volume",
    cluster,
    "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize",
    between(1, 16_384, 1),
    "CFN",
  ),
  row("topic-partitions", topic, "partitionCount", between(1, 1_000_000, 1), "CFN: at least one"),
  row("topic-factor", topic, "replicationFactor", between(1, 90, 1), "CFN: at least one"),
  row(
    "topic-name",
    topic,
    "name",
    matching(/^[a-zA-Z0-9._-]{1,249}$/, "write up to 249 letters, digits, dots, hyphens"),
    "API: lambda CreateEventSourceMapping, Topics",
  ),
];

const connectorRows: readonly Range[] = [
  row(
    "connect-version",
    connector,
    "kafkaconnectVersion",
    // Which there are, no page at hand says: 2.7.1 and 3.7.x are in use.
    matching(/^(2\.7\.1|\d\.\d\.x)$/, "write a version such as 3.7.x"),
    "unverified",
  ),
  row(
    "connect-authentication",
    connector,
    "kafkaClusterClientAuthentication.authenticationType",
    oneOf("NONE", "IAM"),
    "CFN",
  ),
  row(
    "connect-in-transit",
    connector,
    "kafkaClusterEncryptionInTransit.encryptionType",
    oneOf("PLAINTEXT", "TLS"),
    "CFN",
  ),
  row("connect-units", connector, "capacity.autoscaling.mcuCount", oneOf(1, 2, 4, 8), "CFN"),
  row(
    "connect-workers",
    connector,
    "capacity.autoscaling.maxWorkerCount",
    between(1, 10, 1),
    "MSK Connect quotas: ten workers a connector, as a public guide has them",
  ),
  row(
    "connect-scale-out",
    connector,
    "capacity.autoscaling.scaleOutPolicy.cpuUtilizationPercentage",
    between(1, 100, 1),
    "CFN",
  ),
  row(
    "plugin-kind",
    "aws:mskconnect/customPlugin:CustomPlugin",
    "contentType",
    oneOf("JAR", "ZIP"),
    "CFN",
  ),
];

const followerRows: readonly Range[] = [
  row(
    "source-start",
    source,
    "startingPosition",
    oneOf("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
    "SDK",
  ),
  row("source-batch", source, "batchSize", between(1, 10_000, 1), "CFN"),
  row("source-window", source, "maximumBatchingWindowInSeconds", between(0, 300, 1), "CFN"),
  row("source-retries", source, "maximumRetryAttempts", between(-1, 10_000, 1), "CFN"),
  row(
    "source-pollers",
    source,
    "provisionedPollerConfig.minimumPollers",
    between(1, 200, 1),
    "CFN",
  ),
  row(
    "source-pollers-max",
    source,
    "provisionedPollerConfig.maximumPollers",
    between(1, 2_000, 1),
    "CFN",
  ),
  row(
    "delivery-way",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    "mskSourceConfiguration.authenticationConfiguration.connectivity",
    oneOf("PUBLIC", "PRIVATE"),
    "SDK",
  ),
  row(
    "machine-kind",
    "aws:sfn/stateMachine:StateMachine",
    "type",
    oneOf("STANDARD", "EXPRESS"),
    "SDK",
  ),
];

const isGiven = (inputs: unknown, path: string): boolean => valuesAt(inputs, path).length > 0;

const pipelineLaws: readonly Range[] = [
  law("connect-capacity", connector, "CFN: one of the two", (inputs) => {
    const given = ["autoscaling", "provisionedCapacity"].filter((kind) =>
      isGiven(inputs, `capacity.${kind}`),
    );
    return given.length === 1 ? [] : ["capacity: write autoscaling or provisionedCapacity"];
  }),
  law("connect-worker-order", connector, "CFN", (inputs) => {
    const [min] = valuesAt(inputs, "capacity.autoscaling.minWorkerCount");
    const [max] = valuesAt(inputs, "capacity.autoscaling.maxWorkerCount");
    return Number(min) > Number(max)
      ? [`minWorkerCount ${String(min)} is more than maxWorkerCount ${String(max)}`]
      : [];
  }),
  law("source-one-topic", source, "SDK: a single topic", (inputs) => {
    const count = valuesAt(inputs, "topics[]").length;
    return count > 1 ? [`topics holds ${count}: write one, and a mapping for each other`] : [];
  }),
  law(
    "source-kafka-retries",
    source,
    "docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html",
    (inputs) =>
      isGiven(inputs, "topics[]") &&
      isGiven(inputs, "maximumRetryAttempts") &&
      !isGiven(inputs, "provisionedPollerConfig")
        ? ["provisionedPollerConfig is missing: without it a topic's records are retried for ever"]
        : [],
  ),
];

export const pipelineRanges: readonly Range[] = [
  ...topicRows,
  ...connectorRows,
  ...followerRows,
  ...pipelineLaws,
];
