// OrderStream: orders and trades in Kinesis, in order for each pair (the partition key), replayable for a week, with
// a lane of its own (enhanced fan-out) for each consumer. On demand AWS scales it; shards of a fixed number are split by
// ShardScaling. The seed's trigger, 2,000 records a second and shard, never fires as it is written: a shard takes
// 1,000 and refuses the rest. Ours fires at 800, or earlier where the configuration says so.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { ShardScaling } from "./shard-scaling.ts";
import { keyUse, type Statement } from "./trust.ts";

export interface OrderStreamArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  /** A number: so many shards at first, cheaper for an even load, doubled when they are nearly full. */
  readonly shards: "on-demand" | number;
  readonly retentionHours: number;
  /** Records a second; of the seed, and what one shard takes limits it. */
  readonly recordsPerShardMax: number;
  /** Each gets its own throughput. */
  readonly consumerNames: readonly string[];
  readonly dataKeyArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** What AWS lets one shard take. */
const recordsPerShardLimit = 1_000;
/** Asked for before the limit is there: splitting takes minutes. */
const fullAt = 0.8;

/** Doubled twice; beyond that a person looks why, and what it costs. */
const growthMax = 4;

/** Records a second at which a shard should become two: what was asked for, and always before the limit. */
export const splitAbove = (recordsPerShardMax: number): number =>
  Math.min(recordsPerShardMax, recordsPerShardLimit * fullAt);

export class OrderStream extends pulumi.ComponentResource {
  readonly streamName: pulumi.Output<string>;
  readonly streamArn: pulumi.Output<string>;
  /** Consumer name to ARN: the event source of who reads. */
  readonly consumerArns: Readonly<Record<string, pulumi.Output<string>>>;
  readonly producerStatements: readonly Statement[];
  /** By consumer: each may read its own lane only. */
  readonly consumerStatements: Readonly<Record<string, readonly Statement[]>>;

  constructor(name: string, args: OrderStreamArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:OrderStream", name, {}, options);
    const stream = new aws.kinesis.Stream(
      name,
      {
        retentionPeriod: args.retentionHours,
        encryptionType: "KMS",
        kmsKeyId: args.dataKeyArn,
        enforceConsumerDeletion: true,
        ...(args.shards === "on-demand"
          ? { streamModeDetails: { streamMode: "ON_DEMAND" } }
          : { streamModeDetails: { streamMode: "PROVISIONED" }, shardCount: args.shards }),
      },
      // Shards that were split in a rush stay split.
      { parent: this, ignoreChanges: ["shardCount"] },
    );
    const consumers = args.consumerNames.map((consumer) => {
      const { arn } = new aws.kinesis.StreamConsumer(
        `${name}-${consumer}`,
        { streamArn: stream.arn },
        { parent: this },
      );
      return [consumer, arn] as const;
    });
    this.alarms(name, args, stream);
    this.scaling(name, args, stream);
    this.streamName = stream.name;
    this.streamArn = stream.arn;
    this.consumerArns = Object.fromEntries(consumers);
    this.producerStatements = [
      {
        Effect: "Allow",
        Action: [
          "kinesis:PutRecord",
          "kinesis:PutRecords",
          "kinesis:DescribeStreamSummary",
          // Producers that pack records look which shard a key goes to.
          "kinesis:ListShards",
        ],
        Resource: stream.arn,
      },
      keyUse(args.dataKeyArn, "kinesis", args.region, ["kms:GenerateDataKey"]),
    ];
    this.consumerStatements = Object.fromEntries(
      consumers.map(([consumer, arn]) => [consumer, readStatements(args, stream.arn, arn)]),
    );
    this.registerOutputs({ streamName: this.streamName, streamArn: this.streamArn });
  }

  private alarms(name: string, args: OrderStreamArgs, stream: aws.kinesis.Stream): void {
    const common = {
      namespace: "AWS/Kinesis",
      dimensions: { StreamName: stream.name },
      statistic: "Sum",
      periodSeconds: 60,
      when: ">",
      silence: "notBreaching",
      topicArn: args.alarmTopicArn,
    } as const;
    alarm(
      `${name}-refused`,
      {
        ...common,
        description: "The stream refuses records: one pair fills a shard, or shards are too few",
        metricName: "WriteProvisionedThroughputExceeded",
        periods: 2,
        threshold: 0,
      },
      { parent: this },
    );
    if (args.shards === "on-demand") return;
    const shardsMax = args.shards * growthMax;
    alarm(
      `${name}-full`,
      {
        ...common,
        description: `${shardsMax} shards are nearly full, and nothing splits more: aws kinesis update-shard-count`,
        metricName: "IncomingRecords",
        periods: 2,
        threshold: shardsMax * splitAbove(args.recordsPerShardMax) * 60,
      },
      { parent: this },
    );
  }

  private scaling(name: string, args: OrderStreamArgs, stream: aws.kinesis.Stream): void {
    if (args.shards === "on-demand") return;
    const { accountId, dataKeyArn, alarmTopicArn } = args;
    new ShardScaling(
      `${name}-shards`,
      {
        accountId,
        dataKeyArn,
        alarmTopicArn,
        streamName: stream.name,
        streamArn: stream.arn,
        recordsPerShardMax: splitAbove(args.recordsPerShardMax),
        shardsMax: args.shards * growthMax,
      },
      { parent: this },
    );
  }
}

function readStatements(
  { dataKeyArn, region }: OrderStreamArgs,
  streamArn: pulumi.Input<string>,
  consumerArn: pulumi.Input<string>,
): readonly Statement[] {
  return [
    {
      Effect: "Allow",
      Action: ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListShards"],
      Resource: streamArn,
    },
    {
      Effect: "Allow",
      Action: ["kinesis:SubscribeToShard", "kinesis:DescribeStreamConsumer"],
      Resource: consumerArn,
    },
    keyUse(dataKeyArn, "kinesis", region, ["kms:Decrypt"]),
  ];
}
