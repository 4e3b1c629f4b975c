// StreamFunction: a Lambda that follows a stream shard by shard, for positions, fraud and archive. Its archive comes from configuration. A batch that
// fails is halved until the one bad record stands alone and goes to a queue; the shard never stops for it. What it has done it
// keeps by journal position, as every follower does, so a batch that comes again changes nothing.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { keyUse, type Statement } from "./trust.ts";

export interface StreamFunctionArgs {
  readonly region: string;
  readonly code: pulumi.asset.Archive;
  readonly handler?: string;
  readonly environment?: Record<string, pulumi.Input<string>>;
  /** What it may do beyond reading its stream. */
  readonly statements: readonly Statement[];
  /** Stream, or its consumer with enhanced fan-out. */
  readonly eventSourceArn: pulumi.Input<string>;
  readonly sourceStatements: readonly Statement[];
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

const timeoutSeconds = 60;
const memoryMiB = 1024;
/** A record that failed so often, halved in between, is the record's fault. */
const retriesMax = 10;
/** How far behind positions may be, in milliseconds, before somebody looks. */
const ageMsMax = 60_000;

export class StreamFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly failedQueueArn: pulumi.Output<string>;

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
    const fn = this.handler(name, args, failed);
    this.source(name, args, fn, failed);
    this.alarms(name, args, fn, failed);

    this.functionName = fn.name;
    this.functionArn = fn.arn;
    this.failedQueueArn = failed.arn;
    this.registerOutputs({ functionName: this.functionName });
  }

  private handler(
    name: string,
    args: StreamFunctionArgs,
    failed: aws.sqs.Queue,
  ): aws.lambda.Function {
    const { sourceStatements, statements, ...rest } = args;
    return lambdaFunction(
      name,
      {
        ...rest,
        memoryMiB,
        timeoutSeconds,
        statements: [
          ...sourceStatements,
          ...statements,
          { Effect: "Allow", Action: "sqs:SendMessage", Resource: failed.arn },
          keyUse(args.dataKeyArn, "sqs", args.region),
        ],
      },
      { parent: this },
    ).fn;
  }

  private source(
    name: string,
    args: StreamFunctionArgs,
    fn: aws.lambda.Function,
    failed: aws.sqs.Queue,
  ): void {
    new aws.lambda.EventSourceMapping(
      `${name}-source`,
      {
        functionName: fn.arn,
        eventSourceArn: args.eventSourceArn,
        startingPosition: "TRIM_HORIZON",
        batchSize: 500,
        maximumBatchingWindowInSeconds: 1,
        bisectBatchOnFunctionError: true,
        functionResponseTypes: ["ReportBatchItemFailures"],
        maximumRetryAttempts: retriesMax,
        destinationConfig: { onFailure: { destinationArn: failed.arn } },
        metricsConfig: { metrics: ["EventCount"] },
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
