// When a service grows: rules as data, and the resources that carry them out. Two kinds: a threshold held
// for some minutes (CPU, memory, depth of a queue), and a share for each task (connections).

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { scaleInBelow } from "./service-capacity.ts";

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum";
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
}

export type ScalingRule =
  | {
      /** Grows when the metric was above the threshold in each of so many minutes. */
      readonly kind: "above";
      /** In logical names: short, stable, once in a service. */
      readonly label: string;
      readonly metric: Metric | "cpu" | "memory";
      readonly threshold: number;
      readonly minutes: number;
    }
  | {
      /** Keeps the metric, divided by the running tasks, at the target. */
      readonly kind: "perTask";
      readonly label: string;
      readonly metric: Metric;
      readonly target: number;
    };

/** Seed 003, order processing: CPU > 60 % for 2 minutes. */
export const cpuAbove = (threshold: number, minutes = 2): ScalingRule => ({
  kind: "above",
  label: "cpu",
  metric: "cpu",
  threshold,
  minutes,
});

/** A balancer that counts connections. */
export interface CountedBalancer {
  readonly kind: "network" | "application";
  readonly arnSuffix: pulumi.Input<string>;
}

/** Seed 003, market data: connections through a balancer, for each task. */
export function connectionsPerTask(target: number, balancer: CountedBalancer): PerTask {
  const isNetwork = balancer.kind === "network";
  return {
    kind: "perTask",
    label: "connections",
    metric: {
      namespace: isNetwork ? "AWS/NetworkELB" : "AWS/ApplicationELB",
      name: isNetwork ? "ActiveFlowCount" : "ActiveConnectionCount",
      statistic: isNetwork ? "Average" : "Sum",
      dimensions: { LoadBalancer: balancer.arnSuffix },
    },
    target,
  };
}

/** Seeds 000 and 003: depth of a queue. */
export const queueDepthAbove = (queueName: pulumi.Input<string>, depth: number): ScalingRule => ({
  kind: "above",
  label: "depth",
  metric: {
    namespace: "AWS/SQS",
    name: "ApproximateNumberOfMessagesVisible",
    statistic: "Maximum",
    dimensions: { QueueName: queueName },
  },
  threshold: depth,
  // One minute is the metric's own period: a queue that deep is already late.
  minutes: 1,
});

export interface ScaledService {
  readonly clusterName: pulumi.Input<string>;
  readonly serviceName: pulumi.Input<string>;
  readonly tasksMin: number;
  readonly tasksMax: number;
  readonly zones: number;
  readonly sparePercent: number;
  readonly rules: readonly ScalingRule[];
}

/** The target, and for each rule its policies and the alarms that pull them. */
export function scaleService(name: string, scaled: ScaledService, parent: pulumi.Resource): void {
  const target = new aws.appautoscaling.Target(
    `${name}-scaling`,
    {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: pulumi.interpolate`service/${scaled.clusterName}/${scaled.serviceName}`,
      minCapacity: scaled.tasksMin,
      maxCapacity: scaled.tasksMax,
    },
    { parent },
  );
  for (const rule of scaled.rules) {
    if (rule.kind === "perTask") trackTarget(name, rule, scaled, target, parent);
    else stepOnAlarms(name, rule, scaled, target, parent);
  }
}

type Above = Extract<ScalingRule, { kind: "above" }>;
type PerTask = Extract<ScalingRule, { kind: "perTask" }>;

const ownDimensions = ({ clusterName, serviceName }: ScaledService) => ({
  ClusterName: clusterName,
  ServiceName: serviceName,
});

function metricOf(rule: Above, scaled: ScaledService): Metric {
  if (rule.metric !== "cpu" && rule.metric !== "memory") return rule.metric;
  return {
    namespace: "AWS/ECS",
    name: rule.metric === "cpu" ? "CPUUtilization" : "MemoryUtilization",
    statistic: "Average",
    dimensions: ownDimensions(scaled),
  };
}

// Steps, not a tracked target: the seed says after how many minutes, and tracking takes three.
function stepOnAlarms(
  name: string,
  rule: Above,
  scaled: ScaledService,
  target: aws.appautoscaling.Target,
  parent: pulumi.Resource,
): void {
  const { namespace, name: metricName, statistic, dimensions } = metricOf(rule, scaled);
  const metric = { namespace, metricName, statistic, dimensions, period: 60 };
  const outPolicy = new aws.appautoscaling.Policy(
    `${name}-${rule.label}-out`,
    {
      ...scalableOf(target),
      policyType: "StepScaling",
      stepScalingPolicyConfiguration: {
        adjustmentType: "PercentChangeInCapacity",
        // A task in each zone at least, so that zones stay equal.
        minAdjustmentMagnitude: scaled.zones,
        cooldown: 60,
        metricAggregationType: statistic === "Maximum" ? "Maximum" : "Average",
        stepAdjustments: [
          {
            metricIntervalLowerBound: "0",
            metricIntervalUpperBound: String(rule.threshold / 4),
            scalingAdjustment: 25,
          },
          { metricIntervalLowerBound: String(rule.threshold / 4), scalingAdjustment: 50 },
        ],
      },
    },
    { parent },
  );
  const inPolicy = new aws.appautoscaling.Policy(
    `${name}-${rule.label}-in`,
    {
      ...scalableOf(target),
      policyType: "StepScaling",
      stepScalingPolicyConfiguration: {
        adjustmentType: "ChangeInCapacity",
        cooldown: 300,
        metricAggregationType: statistic === "Maximum" ? "Maximum" : "Average",
        stepAdjustments: [{ metricIntervalUpperBound: "0", scalingAdjustment: -1 }],
      },
    },
    { parent },
  );
  new aws.cloudwatch.MetricAlarm(
    `${name}-${rule.label}-high`,
    {
      ...metric,
      comparisonOperator: "GreaterThanThreshold",
      threshold: rule.threshold,
      evaluationPeriods: rule.minutes,
      treatMissingData: "notBreaching",
      alarmDescription: `Grows ${name}`,
      alarmActions: [outPolicy.arn],
    },
    { parent },
  );
  new aws.cloudwatch.MetricAlarm(
    `${name}-${rule.label}-low`,
    {
      ...metric,
      comparisonOperator: "LessThanThreshold",
      threshold: scaleInBelow(rule.threshold, scaled.sparePercent),
      // Slow to give back: a quarter of an hour of calm.
      evaluationPeriods: 15,
      treatMissingData: "notBreaching",
      alarmDescription: `Shrinks ${name}`,
      alarmActions: [inPolicy.arn],
    },
    { parent },
  );
}

function trackTarget(
  name: string,
  rule: PerTask,
  scaled: ScaledService,
  target: aws.appautoscaling.Target,
  parent: pulumi.Resource,
): void {
  const { metric } = rule;
  new aws.appautoscaling.Policy(
    `${name}-${rule.label}`,
    {
      ...scalableOf(target),
      policyType: "TargetTrackingScaling",
      targetTrackingScalingPolicyConfiguration: {
        targetValue: rule.target,
        scaleOutCooldown: 30,
        scaleInCooldown: 300,
        customizedMetricSpecification: {
          metrics: [
            {
              id: "total",
              returnData: false,
              metricStat: {
                metric: {
                  namespace: metric.namespace,
                  metricName: metric.name,
                  dimensions: dimensionList(metric.dimensions),
                },
                stat: metric.statistic,
              },
            },
            {
              id: "tasks",
              returnData: false,
              metricStat: {
                metric: {
                  namespace: "ECS/ContainerInsights",
                  metricName: "RunningTaskCount",
                  dimensions: dimensionList(ownDimensions(scaled)),
                },
                stat: "Average",
              },
            },
            { id: "share", expression: "total / tasks", returnData: true },
          ],
        },
      },
    },
    { parent },
  );
}

const scalableOf = (target: aws.appautoscaling.Target) => ({
  serviceNamespace: target.serviceNamespace,
  scalableDimension: target.scalableDimension,
  resourceId: target.resourceId,
});

const dimensionList = (dimensions: Readonly<Record<string, pulumi.Input<string>>>) =>
  Object.entries(dimensions).map(([name, value]) => ({ name, value }));
