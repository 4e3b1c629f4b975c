// OrderQueue: orders in SQS FIFO, in order for each message group (one for each symbol), each at most once
// by its deduplication id (the client's order id). What cannot be handled five times goes to the dead
// letters, where it waits for a person: its group goes on without it.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { queueDepthAbove, type ScalingRule } from "./service-scaling.ts";
import { keyUse, policyDocument, queueTlsOnly, type Statement } from "./trust.ts";

export interface OrderQueueArgs {
  readonly region: string;
  /** Above so many waiting orders consumers grow (seeds 000 and 003: 1,000). */
  readonly depthMax: number;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

const twoWeeksSeconds = 14 * 86_400;
const receivesMax = 5;
/** An order that waited so long is late by any measure; consumers have grown twice by then. */
const ageSecondsMax = 120;

export class OrderQueue extends pulumi.ComponentResource {
  readonly queueUrl: pulumi.Output<string>;
  readonly queueArn: pulumi.Output<string>;
  readonly deadLetterArn: pulumi.Output<string>;
  readonly producerStatements: readonly Statement[];
  readonly consumerStatements: readonly Statement[];
  /** Of the services that read it. */
  readonly scaling: ScalingRule;

  constructor(name: string, args: OrderQueueArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:OrderQueue", name, {}, options);
    const deadLetters = this.queue(`${name}-dead-letters`, args, {});
    const queue = this.queue(name, args, {
      redrivePolicy: pulumi.jsonStringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount: receivesMax,
      }),
    });
    new aws.sqs.RedriveAllowPolicy(
      `${name}-redrive`,
      {
        queueUrl: deadLetters.id,
        redriveAllowPolicy: pulumi.jsonStringify({
          redrivePermission: "byQueue",
          sourceQueueArns: [queue.arn],
        }),
      },
      { parent: this },
    );
    this.alarms(name, args, queue, deadLetters);
    this.queueUrl = queue.id;
    this.queueArn = queue.arn;
    this.deadLetterArn = deadLetters.arn;
    this.producerStatements = [
      { Effect: "Allow", Action: ["sqs:SendMessage", "sqs:GetQueueUrl"], Resource: queue.arn },
      keyUse(args.dataKeyArn, "sqs", args.region),
    ];
    this.consumerStatements = [
      {
        Effect: "Allow",
        Action: [
          "sqs:ReceiveMessage",
          "sqs:DeleteMessage",
          "sqs:ChangeMessageVisibility",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
        ],
        Resource: queue.arn,
      },
      keyUse(args.dataKeyArn, "sqs", args.region, ["kms:Decrypt"]),
    ];
    this.scaling = queueDepthAbove(queue.name, args.depthMax);
    this.registerOutputs({ queueUrl: this.queueUrl, queueArn: this.queueArn });
  }

  private queue(
    name: string,
    args: OrderQueueArgs,
    more: Pick<aws.sqs.QueueArgs, "redrivePolicy">,
  ): aws.sqs.Queue {
    const queue = new aws.sqs.Queue(
      name,
      {
        // AWS wants the suffix.
        name: `castle-${name}.fifo`,
        fifoQueue: true,
        // Limits count for each symbol instead of for the queue: thousands a second.
        deduplicationScope: "messageGroup",
        fifoThroughputLimit: "perMessageGroupId",
        contentBasedDeduplication: false,
        visibilityTimeoutSeconds: 30,
        receiveWaitTimeSeconds: 20,
        messageRetentionSeconds: twoWeeksSeconds,
        kmsMasterKeyId: args.dataKeyArn,
        kmsDataKeyReusePeriodSeconds: 300,
        ...more,
      },
      { parent: this },
    );
    new aws.sqs.QueuePolicy(
      `${name}-policy`,
      {
        queueUrl: queue.id,
        policy: policyDocument([queueTlsOnly(queue.arn)]),
      },
      { parent: this },
    );
    return queue;
  }

  private alarms(
    name: string,
    args: OrderQueueArgs,
    queue: aws.sqs.Queue,
    deadLetters: aws.sqs.Queue,
  ): void {
    const common = {
      namespace: "AWS/SQS",
      statistic: "Maximum",
      periodSeconds: 60,
      when: ">",
      silence: "notBreaching",
      topicArn: args.alarmTopicArn,
    } as const;
    alarm(
      `${name}-dead`,
      {
        ...common,
        description: "An order could not be handled: read the dead letters, then redrive them",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: deadLetters.name },
        periods: 1,
        threshold: 0,
      },
      { parent: this },
    );
    alarm(
      `${name}-late`,
      {
        ...common,
        description: "Orders wait: do their consumers run, and do they grow?",
        metricName: "ApproximateAgeOfOldestMessage",
        dimensions: { QueueName: queue.name },
        periods: 2,
        threshold: ageSecondsMax,
      },
      { parent: this },
    );
  }
}
