// OrderStream: orders and trades in Kinesis, in order for each pair (the partition key), replayable for a
// week, with a lane of its own (enhanced fan-out) for each consumer. On demand by default, for that is the
// scaling AWS does itself: Application Auto Scaling knows Kinesis only as a "custom resource", that is as an
// HTTP service of our own which would call UpdateShardCount. The seed's trigger, 2,000 records a second and
// shard, can never fire with shards of a fixed number: one takes 1,000 and refuses the rest.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { keyUse, type Statement } from "./trust.ts";

export interface OrderStreamArgs {
  readonly region: string;
  /** A number: fixed shards, cheaper for an even load, split by hand when the alarm asks for it. */
  readonly shards: "on-demand" | number;
  readonly retentionHours: number;
  /** Of the seed; what one shard takes limits it. */
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

/** Records a minute at which so many shards should become more. */
export function recordsPerMinuteMax(shardCount: number, recordsPerShardMax: number): number {
  const perSecond = Math.min(recordsPerShardMax, recordsPerShardLimit * fullAt);
  return shardCount * perSecond * 60;
}

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
    this.streamName = stream.name;
    this.streamArn = stream.arn;
    this.consumerArns = Object.fromEntries(consumers);
    this.producerStatements = [
      {
        Effect: "Allow",
        Action: ["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"],
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
    alarm(
      `${name}-full`,
      {
        ...common,
        description: "Shards are nearly full: split them (aws kinesis update-shard-count)",
        metricName: "IncomingRecords",
        periods: 2,
        threshold: recordsPerMinuteMax(args.shards, args.recordsPerShardMax),
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
