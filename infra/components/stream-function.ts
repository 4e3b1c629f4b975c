// StreamFunction: a Lambda that follows a stream shard by shard, or a topic partition by partition, for positions, fraud and
// archive. Its archive comes from configuration. A batch that fails is halved until the one bad record stands alone
// and goes to a queue; the others never stop for it. What it has done it keeps by journal position, as every follower
// does, so a batch that comes again changes nothing.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { closedGroup } from "./closed-group.ts";
import { type LambdaFunctionArgs, lambdaFunction } from "./lambda-function.ts";
import { keyUse, type Statement } from "./trust.ts";

export interface StreamFunctionArgs
  extends Omit<LambdaFunctionArgs, "memoryMiB" | "timeoutSeconds" | "securityGroupIds"> {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly source: FunctionSource;
  readonly alarmTopicArn: pulumi.Input<string>;
}

export type FunctionSource =
  | {
      readonly kind: "stream";
      /** Stream, or its consumer with enhanced fan-out. */
      readonly arn: pulumi.Input<string>;
      readonly statements: readonly Statement[];
    }
  | {
      readonly kind: "topic";
      readonly clusterArn: pulumi.Input<string>;
      readonly topic: string;
      /** Nobody else's: two in one group would share its records. */
      readonly group: string;
      readonly partitions: number;
      readonly statements: readonly Statement[];
    };

const timeoutSeconds = 60;
const memoryMiB = 1024;
const batchSize = 500;
/** A record that failed so often, halved in between, is the record's fault. */
const retriesMax = 10;
/** How far behind positions may be, in milliseconds, before somebody looks. */
const ageMsMax = 60_000;

export class StreamFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly failedQueueArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(
    name: string,
    args: StreamFunctionArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:StreamFunction", name, {}, options);
    const failed = new aws.sqs.Queue(
      `${name}-dead`,
      { kmsMasterKeyId: args.dataKeyArn, messageRetentionSeconds: 14 * 86_400 },
      { parent: this },
    );
    const statements = [
      ...sourceStatements(args.source),
      ...args.statements,
      { Effect: "Allow", Action: "sqs:SendMessage", Resource: failed.arn } as const,
      keyUse(args.dataKeyArn, "sqs", args.region),
    ];
    const group = closedGroup(name, args.vpcId, this);
    const { fn } = lambdaFunction(
      name,
      { ...args, statements, timeoutSeconds, memoryMiB, securityGroupIds: [group.id] },
      { parent: this },
    );
    this.source(name, args, fn, failed);
    this.alarms(name, args, fn, failed);

    this.functionName = fn.name;
    this.functionArn = fn.arn;
    this.failedQueueArn = failed.arn;
    this.securityGroupId = group.id;
    this.registerOutputs({ functionName: this.functionName });
  }

  private source(
    name: string,
    { source }: StreamFunctionArgs,
    fn: aws.lambda.Function,
    failed: aws.sqs.Queue,
  ): void {
    new aws.lambda.EventSourceMapping(
      `${name}-source`,
      {
        functionName: fn.arn,
        startingPosition: "TRIM_HORIZON",
        batchSize,
        maximumBatchingWindowInSeconds: 1,
        bisectBatchOnFunctionError: true,
        functionResponseTypes: ["ReportBatchItemFailures"],
        maximumRetryAttempts: retriesMax,
        destinationConfig: { onFailure: { destinationArn: failed.arn } },
        ...(source.kind === "stream"
          ? { eventSourceArn: source.arn, metricsConfig: { metrics: ["EventCount"] } }
          : {
              eventSourceArn: source.clusterArn,
              topics: [source.topic],
              amazonManagedKafkaEventSourceConfig: { consumerGroupId: source.group },
              // Pollers of its own: without them Lambda gives no record up, and asks for records through
              // endpoints of the brokers' subnets.
              provisionedPollerConfig: { minimumPollers: 1, maximumPollers: source.partitions },
            }),
      },
      { parent: this },
    );
  }

  private alarms(
    name: string,
    args: StreamFunctionArgs,
    fn: aws.lambda.Function,
    failed: aws.sqs.Queue,
  ): void {
    const common = {
      periodSeconds: 60,
      when: ">",
      silence: "notBreaching",
      statistic: "Maximum",
      topicArn: args.alarmTopicArn,
    } as const;
    const options = { parent: this };
    // Of a topic, the cluster tells how far behind a group is (topic-alarms.ts).
    if (args.source.kind === "stream") {
      alarm(
        `${name}-age`,
        {
          ...common,
          description: `${name} is more than a minute behind its stream`,
          namespace: "AWS/Lambda",
          metricName: "IteratorAge",
          dimensions: { FunctionName: fn.name },
          periods: 3,
          threshold: ageMsMax,
        },
        options,
      );
    }
    alarm(
      `${name}-failed`,
      {
        ...common,
        description: `${name} gave records up; they are in its queue`,
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: failed.name },
        periods: 1,
        threshold: 0,
      },
      options,
    );
  }
}

function sourceStatements({ kind, statements }: FunctionSource): readonly Statement[] {
  if (kind === "stream") return statements;
  return [
    ...statements,
    {
      Effect: "Allow",
      Action: ["ec2:DescribeVpcs", "ec2:DescribeSecurityGroups"],
      // Of the brokers' network, for pollers beside them: AWS knows no narrower resource.
      Resource: "*",
    },
  ];
}
