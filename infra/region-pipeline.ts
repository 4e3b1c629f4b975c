// How orders and events are queued beside the engines: a FIFO queue, ordered streams or topics, by configuration, and who
// may do what with it. What reads and writes is the catalogue's to say; who has no artefact gets no lane.

import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./components/network.ts";
import { OrderQueue } from "./components/order-queue.ts";
import { OrderStream } from "./components/order-stream.ts";
import { OrderTopics, type RemoteReader } from "./components/order-topics.ts";
import type { TopicReader } from "./components/topic-alarms.ts";
import { TopicConnectors } from "./components/topic-connectors.ts";
import type { RegionConfig } from "./config/stack-config.ts";
import { of } from "./peer.ts";
import { nothing, ofLanes, type Pipeline } from "./pipeline-access.ts";
import { careOf, type Site } from "./region-site.ts";
import { type TopicName, type Workload, workloadsOf } from "./workloads.ts";

interface Around {
  readonly network: Network;
  readonly alarmTopicArn: pulumi.Output<string>;
}

/** Who takes orders from the pipeline to the engines. */
const processor = "order-processor";

export function pipelineOf(site: Site, around: Around): Pipeline {
  const { kind } = site.config.pipeline;
  switch (kind) {
    case "direct":
      return { kind, producer: nothing, consumer: nothing };
    case "sqs":
      return queueOf(site, around);
    case "kinesis":
      return streamsOf(site, around);
    case "msk":
    case "msk-flow":
      return topicsOf(site, around, kind);
  }
}

function queueOf(site: Site, { alarmTopicArn }: Around): Pipeline {
  const { config, region, dataKeyArn, options } = site;
  const queue = new OrderQueue(
    "orders-queue",
    { region, dataKeyArn, alarmTopicArn, depthMax: config.pipeline.sqs.queueDepthMax },
    options,
  );
  const environment = { QUEUE_URL: queue.queueUrl };
  return {
    kind: "sqs",
    queue,
    producer: { statements: queue.producerStatements, environment, scaling: [] },
    consumer: {
      statements: queue.consumerStatements,
      environment,
      scaling: [queue.scaling],
    },
  };
}

function streamsOf(site: Site, { alarmTopicArn }: Around): Pipeline {
  const { config, region, dataKeyArn, accountId, options } = site;
  const { kinesis } = config.pipeline;
  const lane = {
    region,
    accountId,
    dataKeyArn,
    alarmTopicArn,
    shards: kinesis.shardCount,
    retentionHours: kinesis.retentionHours,
    recordsPerShardMax: kinesis.recordsPerShardMax,
  };
  const readers = deployed(config).filter(({ consumes }) => consumes.includes("pipeline"));
  const consumerNames = readers.map(({ name }) => name);
  const stream = new OrderStream("events", { ...lane, consumerNames }, options);
  // Seed 002: orders of customers who are served first have a stream of their own; what becomes of them is
  // among the others' events, so functions read those alone.
  const priorityStream = kinesis.hasPriorityStream
    ? new OrderStream(
        "events-priority",
        { ...lane, consumerNames: consumerNames.filter((name) => name === processor) },
        options,
      )
    : undefined;
  const streams = [stream, ...(priorityStream === undefined ? [] : [priorityStream])];
  return {
    kind: "kinesis",
    stream,
    ...(priorityStream === undefined ? {} : { priorityStream }),
    producer: {
      statements: streams.flatMap(({ producerStatements }) => producerStatements),
      environment: {
        STREAM_NAME: stream.streamName,
        ...(priorityStream === undefined
          ? {}
          : { PRIORITY_STREAM_NAME: priorityStream.streamName }),
      },
      scaling: [],
    },
    consumer: ofLanes(streams, processor),
  };
}

const trades: TopicName = "trade-execution";
const requests: TopicName = "order-requests";

function topicsOf(site: Site, around: Around, kind: "msk" | "msk-flow"): Pipeline {
  const { config, options } = site;
  const { network, alarmTopicArn } = around;
  const topics = new OrderTopics(
    "orders",
    {
      ...careOf(site),
      config: config.pipeline.msk,
      vpcId: network.vpcId,
      dataSubnetIds: network.dataSubnetIds,
      readers: readersOf(config),
      remoteReaders: remoteReadersOf(config),
      alarmTopicArn,
    },
    options,
  );
  const stream = connect(site, around, topics);
  const environment = { KAFKA_BROKERS: topics.bootstrapBrokers };
  return {
    kind,
    topics,
    ...(stream === undefined ? {} : { stream }),
    // Who writes says into which topics (pipeline-access.ts).
    producer: nothing,
    consumer: {
      statements: topics.readerStatements(processor, [requests]),
      environment: { ...environment, KAFKA_GROUP: processor },
      scaling: [topics.lagAbove(processor, requests, config.pipeline.sqs.queueDepthMax)],
    },
  };
}

/** @returns the trades in Kinesis, for who analyses them, where its connector's plugin is given */
function connect(site: Site, around: Around, topics: OrderTopics): OrderStream | undefined {
  const { config, region, accountId, dataKeyArn, global, options } = site;
  const { network, alarmTopicArn } = around;
  const { connectors, connectVersion } = config.pipeline.msk;
  const { s3, kinesis } = connectors;
  if (s3 === undefined && kinesis === undefined) return undefined;
  const { retentionHours, recordsPerShardMax } = config.pipeline.kinesis;
  const stream =
    kinesis === undefined
      ? undefined
      : new OrderStream(
          "trades",
          {
            region,
            accountId,
            dataKeyArn,
            alarmTopicArn,
            shards: "on-demand",
            retentionHours,
            recordsPerShardMax,
            consumerNames: [],
          },
          options,
        );
  const plugin = (path: string) => new pulumi.asset.FileAsset(path);
  const workers = new TopicConnectors(
    "trades-connect",
    {
      ...careOf(site),
      region,
      accountId,
      cluster: { arn: topics.clusterArn, bootstrapBrokers: topics.bootstrapBrokers },
      topics: [trades],
      connectVersion,
      vpcId: network.vpcId,
      subnetIds: network.serviceSubnetIds,
      bucket: {
        name: of(global.archiveBuckets, region),
        arn: of(global.archiveBucketArns, region),
      },
      ...(s3 === undefined ? {} : { toBucket: { plugin: plugin(s3) } }),
      ...(kinesis === undefined || stream === undefined
        ? {}
        : {
            toStream: {
              plugin: plugin(kinesis),
              streamName: stream.streamName,
              statements: stream.producerStatements,
            },
          }),
      alarmTopicArn,
    },
    options,
  );
  topics.allow("connect", workers.securityGroupId);
  return stream;
}

/** Those whose artefact is there. */
const deployed = (config: RegionConfig): readonly Workload[] =>
  workloadsOf(config).filter(({ artefact }) => artefact.from !== "nobody");

function readersOf(config: RegionConfig): readonly TopicReader[] {
  return deployed(config).flatMap(({ name, consumes }) => {
    const topics = consumes.filter((one) => one !== "pipeline");
    return topics.length === 0 ? [] : [{ group: name, topics }];
  });
}

/** Lake and search read topics themselves where no connector brings trades into Kinesis for them. */
function remoteReadersOf({ pipeline, analytics }: RegionConfig): readonly RemoteReader[] {
  if (pipeline.msk.connectors.kinesis !== undefined) return [];
  return [
    ...(analytics.hasArchive ? (["firehose"] as const) : []),
    ...(analytics.hasOpenSearch ? (["search-ingestion"] as const) : []),
  ];
}
