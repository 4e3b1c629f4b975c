// ClusterAutoscaler: grows and shrinks the managed node groups, as seed 000 has it. It knows groups, not pods' zones:
// the Spot groups are one a zone for it, and it keeps them alike.

import * as pulumi from "@pulumi/pulumi";
import { helmRelease } from "./helm-charts.ts";
import { type ClusterPlace, identify } from "./pod-identity.ts";
import type { Statement } from "./trust.ts";

export interface ClusterAutoscalerArgs {
  readonly place: ClusterPlace;
}

const namespace = "kube-system";
const serviceAccount = "cluster-autoscaler";

export class ClusterAutoscaler extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;

  constructor(
    name: string,
    { place }: ClusterAutoscalerArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:ClusterAutoscaler", name, {}, options);
    const identity = identify(
      name,
      { place, namespace, serviceAccount, statements: statementsOf(place) },
      { parent: this },
    );
    helmRelease(
      `${name}-controller`,
      {
        chart: "cluster-autoscaler",
        namespace,
        values: {
          cloudProvider: "aws",
          awsRegion: place.region,
          autoDiscovery: { clusterName: place.clusterName },
          replicaCount: 2,
          podDisruptionBudget: { maxUnavailable: 1 },
          rbac: { serviceAccount: { create: true, name: serviceAccount } },
          extraArgs: {
            expander: "least-waste",
            "balance-similar-node-groups": true,
            // A node is as full as its pods ask for; half empty for ten minutes, it goes.
            "scale-down-utilization-threshold": 0.5,
            "scale-down-unneeded-time": "10m",
            "skip-nodes-with-system-pods": false,
          },
          resources: {
            requests: { cpu: "200m", memory: "600Mi" },
            limits: { cpu: "500m", memory: "600Mi" },
          },
        },
      },
      { parent: this, dependsOn: [identity] },
    );
    this.roleArn = identity.roleArn;
    this.registerOutputs({ roleArn: this.roleArn });
  }
}

/** The policy that cluster-autoscaler publishes for AWS, with what it changes narrowed to this cluster's groups. */
function statementsOf(place: ClusterPlace): Statement[] {
  return [
    {
      Sid: "SeeGroups",
      Effect: "Allow",
      Action: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
      ],
      // Describing knows no narrower resource than all.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": place.region } },
    },
    {
      Sid: "SeeLabelsOfEmptyGroups",
      Effect: "Allow",
      Action: "eks:DescribeNodegroup",
      Resource: pulumi.interpolate`arn:aws:eks:${place.region}:${place.accountId}:nodegroup/${place.clusterName}/*`,
    },
    {
      Sid: "ResizeGroupsOfTheCluster",
      Effect: "Allow",
      Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
      Resource: pulumi.interpolate`arn:aws:autoscaling:${place.region}:${place.accountId}:autoScalingGroup:*:autoScalingGroupName/*`,
      Condition: {
        StringEquals: {
          [`aws:ResourceTag/k8s.io/cluster-autoscaler/${place.clusterName}`]: "owned",
        },
      },
    },
  ];
}
