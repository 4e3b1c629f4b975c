// The add-ons of a cluster, as EKS manages them, each in a version of its own: what pods need to have a
// network, names, an identity and a measure.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type AddonName, addonVersion } from "./addon-versions.ts";
import { logGroup } from "./log-group.ts";
import { type ClusterPlace, podRole } from "./pod-identity.ts";
import type { Statement } from "./trust.ts";

export interface ClusterAddonsArgs {
  readonly place: ClusterPlace;
  readonly version: string;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

interface More {
  readonly configuration?: object;
  readonly identity?: { readonly serviceAccount: string; readonly roleArn: pulumi.Input<string> };
}

export class ClusterAddons {
  readonly #name: string;
  readonly #args: ClusterAddonsArgs;
  readonly #parent: pulumi.Resource;

  /** @param parent the component that they are a part of */
  constructor(name: string, args: ClusterAddonsArgs, parent: pulumi.Resource) {
    this.#name = name;
    this.#args = args;
    this.#parent = parent;
  }

  /** Of the nodes themselves: a node is not ready without them. @param cluster what they wait for */
  beforeNodes(cluster: pulumi.Resource): aws.eks.Addon[] {
    const { place } = this.#args;
    const networkRole = podRole(
      `${this.#name}-network`,
      { place, managedPolicies: ["AmazonEKS_CNI_Policy"] },
      { parent: this.#parent },
    );
    const agent = this.#addon("eks-pod-identity-agent", [cluster]);
    return [
      agent,
      this.#addon("kube-proxy", [cluster]),
      this.#addon("vpc-cni", [cluster, agent], {
        identity: { serviceAccount: "aws-node", roleArn: networkRole.arn },
      }),
    ];
  }

  /** Pods like others: they become active only where there is a node. */
  afterNodes(nodes: readonly pulumi.Resource[]): aws.eks.Addon[] {
    return [
      this.#addon("coredns", nodes, {
        // A name that cannot be looked up is an order that is not sent: one in each zone.
        configuration: { replicaCount: 3 },
      }),
      this.#addon("metrics-server", nodes),
      this.#insights(nodes),
    ];
  }

  #addon(addonName: AddonName, after: readonly pulumi.Resource[], more: More = {}): aws.eks.Addon {
    const { place, version } = this.#args;
    const { configuration, identity } = more;
    return new aws.eks.Addon(
      `${this.#name}-${addonName}`,
      {
        clusterName: place.clusterName,
        addonName,
        addonVersion: addonVersion(version, addonName),
        resolveConflictsOnCreate: "OVERWRITE",
        // What was changed by hand goes back to what is written here.
        resolveConflictsOnUpdate: "OVERWRITE",
        ...(configuration === undefined
          ? {}
          : { configurationValues: JSON.stringify(configuration) }),
        ...(identity === undefined ? {} : { podIdentityAssociations: [identity] }),
      },
      { parent: this.#parent, dependsOn: [...after] },
    );
  }

  /** Logs of all containers, and the counts of running pods that alarms look at. */
  #insights(nodes: readonly pulumi.Resource[]): aws.eks.Addon {
    const { place, logKeyArn, logRetentionDays } = this.#args;
    const parent = { parent: this.#parent };
    const groups = ["application", "dataplane", "host", "performance"].map((kind) =>
      logGroup(
        `${this.#name}-${kind}-logs`,
        {
          // The agent writes under these names; made before it, they end and have a key.
          name: `/aws/containerinsights/${place.clusterName}/${kind}`,
          keyArn: logKeyArn,
          retentionDays: logRetentionDays,
        },
        parent,
      ),
    );
    const role = podRole(
      `${this.#name}-insights`,
      { place, statements: insightStatements(place.region, groups) },
      parent,
    );
    return this.#addon("amazon-cloudwatch-observability", [...nodes, ...groups], {
      identity: { serviceAccount: "cloudwatch-agent", roleArn: role.arn },
    });
  }
}

function insightStatements(
  region: string,
  groups: readonly aws.cloudwatch.LogGroup[],
): Statement[] {
  return [
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: groups.map(({ arn }) => arn.apply((group) => `${group}:*`)),
    },
    {
      Sid: "CountPods",
      Effect: "Allow",
      Action: "cloudwatch:PutMetricData",
      // Metrics have no ARN; their namespace narrows it.
      Resource: "*",
      Condition: { StringEquals: { "cloudwatch:namespace": "ContainerInsights" } },
    },
    {
      Sid: "NameNodes",
      Effect: "Allow",
      Action: ["ec2:DescribeTags", "ec2:DescribeVolumes"],
      // Describing knows no narrower resource than all.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
  ];
}
