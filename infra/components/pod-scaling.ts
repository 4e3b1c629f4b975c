// How many pods, and how large: the objects that scale a deployment. The count has one owner: an HPA where the use of CPU
// or memory decides, KEDA where waiting work does (it makes an HPA of its own). The size is measured by VPA: where
// an HPA counts by use, VPA only recommends ("Off"), for both on one metric would chase each other; elsewhere it
// gives new pods the size it recommends ("Initial") and never restarts a running one.

import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import * as pulumi from "@pulumi/pulumi";
import type { Metric } from "./service-scaling.ts";

/** What more pods are there for; figures are the seeds'. */
export type PodGrowth =
  | { readonly kind: "fixed" }
  | {
      readonly kind: "use";
      readonly metric: "cpu" | "memory";
      readonly percent: number;
      readonly minutes: number;
    }
  | { readonly kind: "work"; readonly work: WaitingWork };

export type WaitingWork =
  | {
      readonly in: "topic";
      /** With IAM: host:9098, by comma. */
      readonly bootstrapServers: pulumi.Input<string>;
      readonly topic: string;
      readonly consumerGroup: string;
      /** Messages that wait in all partitions together: above so many, pods are added. */
      readonly messages: number;
    }
  | { readonly in: "queue"; readonly queueUrl: pulumi.Input<string>; readonly messages: number }
  /** Such as connections of a balancer; the metric's sum, so many to a pod. */
  | { readonly in: "metric"; readonly metric: Metric; readonly perPod: number };

export interface PodScalingArgs {
  readonly namespace: pulumi.Input<string>;
  readonly region: string;
  /** Of the deployment and of its container. */
  readonly target: string;
  readonly growth: PodGrowth;
  readonly podsMin: number;
  readonly podsMax: number;
  readonly zones: number;
  readonly size: { readonly cpu: number; readonly memoryMiB: number };
}

/** As on Fargate: a quarter of an hour of calm before the first one goes, then one in five minutes. */
const calmSeconds = 900;
const shrinkEverySeconds = 300;

export function scalePods(
  name: string,
  args: PodScalingArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const { growth } = args;
  measureSize(name, args, options);
  if (growth.kind === "use") scaleByUse(name, args, growth, options);
  if (growth.kind === "work") scaleByWork(name, args, growth.work, options);
}

const metadata = ({ namespace, target }: PodScalingArgs) => ({ name: target, namespace });
const scaleTargetRef = ({ target: name }: PodScalingArgs) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  name,
});

/** Grows by a pod in each zone or by half, whichever is more; a spike shorter than the minutes adds none. */
const behavior = (zones: number, minutes: number) => ({
  scaleUp: {
    stabilizationWindowSeconds: minutes * 60,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: zones, periodSeconds: 60 },
      { type: "Percent", value: 50, periodSeconds: 60 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: calmSeconds,
    selectPolicy: "Max",
    policies: [{ type: "Pods", value: 1, periodSeconds: shrinkEverySeconds }],
  },
});

type Use = Extract<PodGrowth, { kind: "use" }>;

function scaleByUse(
  name: string,
  args: PodScalingArgs,
  { metric, percent, minutes }: Use,
  options: pulumi.CustomResourceOptions,
): void {
  new HorizontalPodAutoscaler(
    `${name}-count`,
    {
      metadata: metadata(args),
      spec: {
        scaleTargetRef: scaleTargetRef(args),
        minReplicas: args.podsMin,
        maxReplicas: args.podsMax,
        metrics: [
          {
            type: "Resource",
            resource: {
              name: metric,
              target: { type: "Utilization", averageUtilization: percent },
            },
          },
        ],
        behavior: behavior(args.zones, minutes),
      },
    },
    options,
  );
}

function scaleByWork(
  name: string,
  args: PodScalingArgs,
  work: WaitingWork,
  options: pulumi.CustomResourceOptions,
): void {
  const { namespace } = args;
  const account = new CustomResource(
    `${name}-count-account`,
    {
      apiVersion: "keda.sh/v1alpha1",
      kind: "TriggerAuthentication",
      metadata: metadata(args),
      // KEDA's own role: Pod Identity gives a pod's role to the pod alone.
      spec: { podIdentity: { provider: "aws", identityOwner: "keda" } },
    },
    options,
  );
  new CustomResource(
    `${name}-count`,
    {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: args.target, namespace },
      spec: {
        scaleTargetRef: scaleTargetRef(args),
        minReplicaCount: args.podsMin,
        maxReplicaCount: args.podsMax,
        pollingInterval: 15,
        advanced: { horizontalPodAutoscalerConfig: { behavior: behavior(args.zones, 0) } },
        triggers: [{ ...triggerOf(args, work), authenticationRef: { name: args.target } }],
      },
    },
    { ...options, dependsOn: [...listOf(options.dependsOn), account] },
  );
}

const listOf = (given: pulumi.CustomResourceOptions["dependsOn"]): pulumi.Resource[] =>
  (Array.isArray(given) ? given : given === undefined ? [] : [given]) as pulumi.Resource[];

/**
 * KEDA divides what waits by a figure for each pod. The seeds say how much may wait in all: divided by the pods that
 * always run, so that more are added when more than that waits.
 */
const perPod = (messages: number, { podsMin }: PodScalingArgs): string =>
  String(Math.max(1, Math.floor(messages / podsMin)));

function triggerOf(args: PodScalingArgs, work: WaitingWork) {
  const { region: awsRegion } = args;
  switch (work.in) {
    case "topic":
      return {
        type: "kafka",
        metadata: {
          bootstrapServers: work.bootstrapServers,
          consumerGroup: work.consumerGroup,
          topic: work.topic,
          lagThreshold: perPod(work.messages, args),
          // Nothing was read yet: everything waits.
          offsetResetPolicy: "earliest",
          // A pod beyond the partitions has nothing to read.
          allowIdleConsumers: "false",
          // So MSK's IAM is spelt for this scaler; `aws_msk_iam` as sasl is the experimental one's.
          sasl: "oauthbearer",
          saslTokenProvider: "aws_msk_iam",
          tls: "enable",
          awsRegion,
        },
      };
    case "queue":
      return {
        type: "aws-sqs-queue",
        metadata: {
          queueURL: work.queueUrl,
          queueLength: perPod(work.messages, args),
          // What is being handled does not wait.
          scaleOnInFlight: "false",
          awsRegion,
        },
      };
    case "metric":
      return {
        type: "aws-cloudwatch",
        metadata: {
          namespace: work.metric.namespace,
          metricName: work.metric.name,
          dimensionName: Object.keys(work.metric.dimensions).join(";"),
          dimensionValue: joined(Object.values(work.metric.dimensions)),
          targetMetricValue: String(work.perPod),
          minMetricValue: "0",
          metricStat: work.metric.statistic,
          metricStatPeriod: "60",
          metricCollectionTime: "300",
          awsRegion,
        },
      };
  }
}

const joined = (values: readonly pulumi.Input<string>[]): pulumi.Output<string> =>
  pulumi.all([...values]).apply((known) => known.join(";"));

/** A small container gets no less than runs Node; a grown one still fits the smallest node that is used. */
const shrunk = 0.5;
const grown = 1.5;

function measureSize(
  name: string,
  args: PodScalingArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const { size, growth, target } = args;
  const quantities = (factor: number) => ({
    cpu: milliCpus(size.cpu * factor),
    memory: `${Math.round(size.memoryMiB * factor)}Mi`,
  });
  new CustomResource(
    `${name}-size`,
    {
      apiVersion: "autoscaling.k8s.io/v1",
      kind: "VerticalPodAutoscaler",
      metadata: metadata(args),
      spec: {
        targetRef: scaleTargetRef(args),
        updatePolicy: { updateMode: growth.kind === "use" ? "Off" : "Initial" },
        resourcePolicy: {
          containerPolicies: [
            {
              containerName: target,
              controlledValues: "RequestsAndLimits",
              minAllowed: quantities(shrunk),
              maxAllowed: quantities(grown),
            },
          ],
        },
      },
    },
    options,
  );
}

/** From Fargate's units, of which a processor has 1,024. */
export const milliCpus = (units: number): string => `${Math.round((units * 1000) / 1024)}m`;
