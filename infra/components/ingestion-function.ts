// IngestionFunction: takes an order from the API and puts it into a topic, before anybody is told that it is there (seed
// 004). It is asked synchronously: what it cannot put is refused to its sender, who knows best whether to send it again;
// nothing is kept to be sent later, for an order that comes late is worse than none. A call that is not synchronous is
// a mistake of somebody's: it is not tried twice, and lies in a queue.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { closedGroup } from "./closed-group.ts";
import { type LambdaFunctionArgs, lambdaFunction } from "./lambda-function.ts";
import { keyUse } from "./trust.ts";
import type { FunctionTarget } from "./web-socket-api.ts";

export interface IngestionFunctionArgs
  extends Omit<LambdaFunctionArgs, "memoryMiB" | "timeoutSeconds" | "securityGroupIds"> {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly load: { readonly requestsPerSecond: number; readonly burst: number };
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** An order is answered well within the seeds' 100 ms, or not by us: the producer's own deadline is 2 s. */
const timeoutSeconds = 5;
/** A whole processor: less is slower by more than it saves. */
const memoryMiB = 1769;
/** From brokers' three acknowledgements: what a call takes, in seconds, and what it takes on a bad day. */
const usualSeconds = 0.05;
const slowSeconds = 0.1;
const aliasName = "live";
/** Dead letters are for people: they have two weeks. */
const keptSeconds = 14 * 86_400;

/** How many copies run at once: those that are always there, and the most. Little's law. */
export function copiesFor(load: IngestionFunctionArgs["load"]): {
  readonly provisioned: number;
  readonly reserved: number;
} {
  const provisioned = Math.ceil(load.requestsPerSecond * usualSeconds);
  return { provisioned, reserved: Math.max(2 * provisioned, Math.ceil(load.burst * slowSeconds)) };
}

export class IngestionFunction extends pulumi.ComponentResource {
  /** For the APIs, which say who may call it: they know their own ARNs. */
  readonly target: FunctionTarget;
  readonly securityGroupId: pulumi.Output<string>;

  private readonly name: string;

  constructor(
    name: string,
    args: IngestionFunctionArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:IngestionFunction", name, {}, options);
    this.name = name;
    const { provisioned, reserved } = copiesFor(args.load);
    const dead = new aws.sqs.Queue(
      `${name}-dead`,
      { kmsMasterKeyId: args.dataKeyArn, messageRetentionSeconds: keptSeconds },
      { parent: this },
    );
    const statements = [
      ...args.statements,
      { Effect: "Allow", Action: "sqs:SendMessage", Resource: dead.arn } as const,
      keyUse(args.dataKeyArn, "sqs", args.region),
    ];
    const group = closedGroup(name, args.vpcId, this);
    const { fn, role } = lambdaFunction(
      name,
      {
        ...args,
        statements,
        timeoutSeconds,
        memoryMiB,
        securityGroupIds: [group.id],
        concurrencyMax: reserved,
        isPublished: true,
      },
      { parent: this },
    );
    const alias = this.alias(fn, provisioned);
    this.asynchronous(fn, alias, dead);
    this.alarms(args, fn, dead, reserved);
    this.securityGroupId = group.id;
    this.target = {
      functionName: fn.name,
      qualifier: alias.name,
      invokeArn: alias.invokeArn,
      roleName: role.name,
    };
    this.registerOutputs({ invokeArn: alias.invokeArn });
  }

  /** Copies that are warm: the first order after a quiet night is as quick as the last one before. */
  private alias(fn: aws.lambda.Function, provisioned: number): aws.lambda.Alias {
    const alias = new aws.lambda.Alias(
      `${this.name}-live`,
      { name: aliasName, functionName: fn.name, functionVersion: fn.version },
      { parent: this },
    );
    new aws.lambda.ProvisionedConcurrencyConfig(
      `${this.name}-warm`,
      {
        functionName: fn.name,
        qualifier: alias.name,
        provisionedConcurrentExecutions: provisioned,
      },
      { parent: this },
    );
    return alias;
  }

  private asynchronous(
    fn: aws.lambda.Function,
    alias: aws.lambda.Alias,
    dead: aws.sqs.Queue,
  ): void {
    new aws.lambda.FunctionEventInvokeConfig(
      `${this.name}-asynchronous`,
      {
        functionName: fn.name,
        qualifier: alias.name,
        maximumRetryAttempts: 0,
        maximumEventAgeInSeconds: 60,
        destinationConfig: { onFailure: { destination: dead.arn } },
      },
      { parent: this },
    );
  }

  private alarms(
    { alarmTopicArn }: IngestionFunctionArgs,
    fn: aws.lambda.Function,
    dead: aws.sqs.Queue,
    reserved: number,
  ): void {
    const common = {
      namespace: "AWS/Lambda",
      dimensions: { FunctionName: fn.name },
      periodSeconds: 60,
      when: ">",
      threshold: 0,
      silence: "notBreaching",
      topicArn: alarmTopicArn,
    } as const;
    const options = { parent: this };
    alarm(
      `${this.name}-errors`,
      {
        ...common,
        description: "Orders were refused with an error: do the brokers take records?",
        metricName: "Errors",
        statistic: "Sum",
        periods: 3,
        breaching: 2,
      },
      options,
    );
    alarm(
      `${this.name}-throttled`,
      {
        ...common,
        description: `Orders were refused: all ${reserved} copies were busy`,
        metricName: "Throttles",
        statistic: "Sum",
        periods: 1,
      },
      options,
    );
    alarm(
      `${this.name}-slow`,
      {
        ...common,
        description: "One order of a hundred waits longer than 100 ms for the topic",
        metricName: "Duration",
        statistic: "p99",
        periods: 5,
        threshold: slowSeconds * 1_000,
      },
      options,
    );
    alarm(
      `${this.name}-failed`,
      {
        ...common,
        description: "Somebody calls the ingestion asynchronously; what failed is in its queue",
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: dead.name },
        statistic: "Maximum",
        periods: 1,
      },
      options,
    );
  }
}
