// What the connectors are told, as Kafka Connect wants it: texts. Pure. Their classes are of plugins that operators bring:
// Confluent's S3 sink, and AWS's kinesis-kafka-connector, whose spelling of `aggregration` is its own.

export interface ConnectorTask {
  readonly topics: readonly string[];
  readonly region: string;
}

/** Workers' own: records pass as the text that they are. */
export const workerProperties = [
  "key.converter=org.apache.kafka.connect.storage.StringConverter",
  "value.converter=org.apache.kafka.connect.storage.StringConverter",
  // A reader that is new, or that lost its position, begins with what is kept.
  "consumer.auto.offset.reset=earliest",
].join("\n");

export const topicPrefix = "topics/";

/** Below it lies an hour's files of each topic, as JSON lines: `topics/us-east-1/trade-execution/hour=…/`. */
export const topicFolder = (region: string): string => `${topicPrefix}${region}/`;

const minuteMs = 60_000;

/**
 * An object's name and content follow from records alone (their own time, their offsets): a task that is
 * started again writes the same object again, not a second one.
 */
export function bucketSettings(
  { topics, region }: ConnectorTask,
  bucket: string,
  keyArn: string,
): Record<string, string> {
  return {
    "connector.class": "io.confluent.connect.s3.S3SinkConnector",
    "tasks.max": "4",
    topics: topics.join(","),
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
    "s3.region": region,
    "s3.bucket.name": bucket,
    "s3.ssea.name": "aws:kms",
    "s3.sse.kms.key.id": keyArn,
    "topics.dir": topicFolder(region).slice(0, -1),
    "storage.class": "io.confluent.connect.s3.storage.S3Storage",
    "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
    "partitioner.class": "io.confluent.connect.storage.partitioner.TimeBasedPartitioner",
    "path.format": "'hour'=yyyy-MM-dd-HH",
    "partition.duration.ms": String(60 * minuteMs),
    "timestamp.extractor": "Record",
    locale: "en-US",
    timezone: "UTC",
    "flush.size": "10000",
    "rotate.interval.ms": String(5 * minuteMs),
    "schema.compatibility": "NONE",
  };
}

/** A record's key, its symbol, is its partition key there: order is kept. Positions move on when records are taken. */
export function streamSettings(
  { topics, region }: ConnectorTask,
  streamName: string,
): Record<string, string> {
  return {
    "connector.class": "com.amazon.kinesis.kafka.AmazonKinesisSinkConnector",
    "tasks.max": "4",
    topics: topics.join(","),
    region,
    streamName,
    aggregration: "false",
    usePartitionAsHashKey: "false",
    flushSync: "true",
    singleKinesisProducerPerPartition: "true",
    pauseConsumption: "true",
    metricsLevel: "none",
  };
}
