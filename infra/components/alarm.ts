// An alarm that nobody hears is none: every alarm has its topic for bad news and for good, by
// construction. Periods end names in AWS's unit, seconds.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface AlarmArgs {
  /** What is wrong and what to look at, for who is woken. */
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions?: Record<string, pulumi.Input<string>>;
  readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum" | "p99";
  readonly periodSeconds: number;
  /** Periods in a row, or `breaching` of them. */
  readonly periods: number;
  readonly breaching?: number;
  readonly when: ">" | ">=" | "<" | "<=";
  readonly threshold: number;
  /** Of a heartbeat, silence is the fault; of a count, silence is zero. */
  readonly silence: "breaching" | "notBreaching" | "ignore";
  readonly topicArn: pulumi.Input<string>;
}

const comparisons = {
  ">": "GreaterThanThreshold",
  ">=": "GreaterThanOrEqualToThreshold",
  "<": "LessThanThreshold",
  "<=": "LessThanOrEqualToThreshold",
} as const;

export function alarm(
  name: string,
  args: AlarmArgs,
  options: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  const { statistic } = args;
  return new aws.cloudwatch.MetricAlarm(
    name,
    {
      alarmDescription: args.description,
      namespace: args.namespace,
      metricName: args.metricName,
      ...(args.dimensions === undefined ? {} : { dimensions: args.dimensions }),
      ...(statistic === "p99" ? { extendedStatistic: statistic } : { statistic }),
      period: args.periodSeconds,
      evaluationPeriods: args.periods,
      datapointsToAlarm: args.breaching ?? args.periods,
      comparisonOperator: comparisons[args.when],
      threshold: args.threshold,
      treatMissingData: args.silence,
      alarmActions: [args.topicArn],
      okActions: [args.topicArn],
    },
    options,
  );
}
