// ShardScaling: splits a stream's shards before they are full. Application Auto Scaling does not know Kinesis but as a web
// service of somebody's own, and no metric tells how many shards there are: so a state machine, without code, looks every
// minute at both and doubles the shards when the last minutes were too many for them. Nothing merges them: a
// stream that was split in a rush is merged by a person in a quiet hour.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { serviceRole } from "./trust.ts";

export interface ShardScalingArgs {
  readonly accountId: pulumi.Input<string>;
  readonly streamName: pulumi.Input<string>;
  readonly streamArn: pulumi.Input<string>;
  /** Each second and shard: above, shards are doubled. */
  readonly recordsPerShardMax: number;
  /** More than so many are asked of a person. */
  readonly shardsMax: number;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

interface SplitRule {
  readonly streamName: string;
  readonly recordsPerShardMax: number;
  readonly shardsMax: number;
}

/** A metric's minute may be late by one; the fullest of three counts. */
const lookBackMs = 3 * 60_000;
/** Shorter than the minute after which the next look begins. */
const lookSecondsMax = 50;

export class ShardScaling extends pulumi.ComponentResource {
  readonly stateMachineArn: pulumi.Output<string>;

  constructor(name: string, args: ShardScalingArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:ShardScaling", name, {}, options);
    const machine = new aws.sfn.StateMachine(
      name,
      {
        type: "STANDARD",
        roleArn: this.splitter(name, args).arn,
        definition: pulumi
          .output(args.streamName)
          .apply((streamName) => JSON.stringify(splitDefinition({ ...args, streamName }))),
      },
      { parent: this },
    );
    this.everyMinute(name, args, machine);
    this.alarm(name, args, machine);
    this.stateMachineArn = machine.arn;
    this.registerOutputs({ stateMachineArn: this.stateMachineArn });
  }

  private splitter(name: string, args: ShardScalingArgs): aws.iam.Role {
    return serviceRole(
      `${name}-splitter`,
      {
        service: "states.amazonaws.com",
        sourceAccount: args.accountId,
        statements: [
          {
            Effect: "Allow",
            Action: ["kinesis:DescribeStreamSummary", "kinesis:UpdateShardCount"],
            Resource: args.streamArn,
          },
          // AWS knows no narrower resource for metrics.
          { Effect: "Allow", Action: "cloudwatch:GetMetricData", Resource: "*" },
        ],
      },
      { parent: this },
    );
  }

  private everyMinute(
    name: string,
    { accountId, dataKeyArn }: ShardScalingArgs,
    machine: aws.sfn.StateMachine,
  ): void {
    const role = serviceRole(
      `${name}-starter`,
      {
        service: "scheduler.amazonaws.com",
        sourceAccount: accountId,
        statements: [
          { Effect: "Allow", Action: "states:StartExecution", Resource: machine.arn },
          { Effect: "Allow", Action: "kms:Decrypt", Resource: dataKeyArn },
        ],
      },
      { parent: this },
    );
    new aws.scheduler.Schedule(
      `${name}-look`,
      {
        description: "Are the stream's shards nearly full?",
        scheduleExpression: "rate(1 minute)",
        flexibleTimeWindow: { mode: "OFF" },
        kmsKeyArn: dataKeyArn,
        target: {
          arn: machine.arn,
          roleArn: role.arn,
          input: JSON.stringify({}),
          // The next look is a minute away.
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
        },
      },
      { parent: this },
    );
  }

  private alarm(
    name: string,
    { alarmTopicArn }: ShardScalingArgs,
    machine: aws.sfn.StateMachine,
  ): void {
    alarm(
      `${name}-failing`,
      {
        description: "Nobody splits the stream's shards: read the state machine's last failures",
        namespace: "AWS/States",
        metricName: "ExecutionsFailed",
        dimensions: { StateMachineArn: machine.arn },
        statistic: "Sum",
        periodSeconds: 60,
        periods: 5,
        breaching: 3,
        when: ">",
        threshold: 0,
        silence: "notBreaching",
        topicArn: alarmTopicArn,
      },
      { parent: this },
    );
  }
}

/** In the language of Step Functions, with JSONata. Pure. */
function splitDefinition({ streamName, recordsPerShardMax, shardsMax }: SplitRule): object {
  const call = (service: string) => `arn:aws:states:::aws-sdk:${service}`;
  const perMinute = recordsPerShardMax * 60;
  return {
    QueryLanguage: "JSONata",
    TimeoutSeconds: lookSecondsMax,
    StartAt: "CountShards",
    States: {
      CountShards: {
        Type: "Task",
        Resource: call("kinesis:describeStreamSummary"),
        Arguments: { StreamName: streamName },
        Assign: {
          shards: "{% $states.result.StreamDescriptionSummary.OpenShardCount %}",
          status: "{% $states.result.StreamDescriptionSummary.StreamStatus %}",
        },
        Next: "CountRecords",
      },
      CountRecords: {
        Type: "Task",
        Resource: call("cloudwatch:getMetricData"),
        Arguments: {
          StartTime: `{% $fromMillis($millis() - ${lookBackMs}) %}`,
          EndTime: "{% $fromMillis($millis()) %}",
          MetricDataQueries: [
            {
              Id: "records",
              MetricStat: {
                Metric: {
                  Namespace: "AWS/Kinesis",
                  MetricName: "IncomingRecords",
                  Dimensions: [{ Name: "StreamName", Value: streamName }],
                },
                Period: 60,
                Stat: "Sum",
              },
            },
          ],
        },
        // A stream that nobody writes to has no values.
        Assign: { records: "{% $max([0, $states.result.MetricDataResults[0].Values]) %}" },
        Next: "AreShardsFull",
      },
      AreShardsFull: {
        Type: "Choice",
        Choices: [
          {
            // While it is being split it is UPDATING, and takes no second order.
            Condition: `{% $status = 'ACTIVE' and $records > $shards * ${perMinute} and $shards < ${shardsMax} %}`,
            Next: "Split",
          },
        ],
        Default: "Enough",
      },
      Split: {
        Type: "Task",
        Resource: call("kinesis:updateShardCount"),
        Arguments: {
          StreamName: streamName,
          // Twice is the most that AWS takes at once; in each half the order of its keys is kept.
          TargetShardCount: `{% $min([$shards * 2, ${shardsMax}]) %}`,
          ScalingType: "UNIFORM_SCALING",
        },
        End: true,
      },
      Enough: { Type: "Succeed" },
    },
  };
}
