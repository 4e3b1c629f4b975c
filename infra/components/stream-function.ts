// StreamFunction: a Lambda that follows a stream shard by shard, for positions, fraud and archive. Its archive comes from configuration. A batch that
// fails is halved until the one bad record stands alone and goes to a queue; the shard never stops for it. What it has done it
// keeps by journal position, as every follower does, so a batch that comes again changes nothing.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { logGroup } from "./log-group.ts";
import { keyUse, type Statement, serviceRole } from "./trust.ts";

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
    const logs = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      { parent: this },
    );
    const role = serviceRole(
      `${name}-role`,
      {
        service: "lambda.amazonaws.com",
        statements: [
          ...args.sourceStatements,
          ...args.statements,
          { Effect: "Allow", Action: "sqs:SendMessage", Resource: failed.arn },
          keyUse(args.dataKeyArn, "sqs", args.region),
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${logs.arn}:*`,
          },
        ],
      },
      { parent: this },
    );
    for (const policy of ["AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess"]) {
      const path = policy.startsWith("AWSLambda") ? "service-role/" : "";
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy}`,
        { role: role.name, policyArn: `arn:aws:iam::aws:policy/${path}${policy}` },
        { parent: this },
      );
    }
    return new aws.lambda.Function(
      name,
      {
        role: role.arn,
        code: args.code,
        handler: args.handler ?? "index.handler",
        runtime: "nodejs22.x",
        architectures: ["arm64"],
        memorySize: 1024,
        timeout: timeoutSeconds,
        kmsKeyArn: args.dataKeyArn,
        tracingConfig: { mode: "Active" },
        loggingConfig: { logFormat: "JSON", logGroup: logs.name },
        vpcConfig: {
          subnetIds: [...args.subnetIds],
          securityGroupIds: [...args.securityGroupIds],
        },
        environment: { variables: args.environment ?? {} },
      },
      { parent: this },
    );
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
