// The nodes that are always there: on demand, one in each zone at least, and where no Karpenter finds them,
// groups on Spot. They boot EKS's image with an encrypted disk; pods cannot reach the node's own role.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { capacityLabel, commonArchitecture, spotTaint } from "./node-types.ts";
import { attachManaged } from "./pod-identity.ts";
import { serviceRole } from "./trust.ts";

export interface NodeGroupsArgs {
  readonly clusterName: pulumi.Input<string>;
  readonly version: string;
  /** One in each zone. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Of one architecture, the preferred one first; alike in size, for what scales them counts with one. */
  readonly instanceTypes: readonly string[];
  readonly onDemandNodesMin: number;
  readonly onDemandNodesMax: number;
  /** Over all zones; 0 where Karpenter brings the Spot nodes. */
  readonly spotNodesMax: number;
  readonly dataKeyArn: pulumi.Input<string>;
}

/** Images, layers and logs of containers: the 20 GiB that EKS gives fill up with a few versions of each image. */
export const nodeDiskGiB = 50;
/** Of Amazon Linux 2023. */
export const rootDevice = "/dev/xvda";

const imageTypes = { arm64: "AL2023_ARM_64_STANDARD", amd64: "AL2023_x86_64_STANDARD" } as const;

/**
 * AWS's policies of a node: to join, to pull images, to be reached by Session Manager. The network plugin has a
 * role of its own.
 */
const nodePolicies = [
  "AmazonEKSWorkerNodePolicy",
  "AmazonEC2ContainerRegistryPullOnly",
  "AmazonSSMManagedInstanceCore",
];

export interface NodeRole {
  readonly role: aws.iam.Role;
  readonly policies: readonly pulumi.Resource[];
}

export function nodeRole(name: string, options: pulumi.CustomResourceOptions): NodeRole {
  const role = serviceRole(name, { service: "ec2.amazonaws.com", statements: [] }, options);
  return { role, policies: nodePolicies.map((one) => attachManaged(name, one, role, options)) };
}

/**
 * @param ready what must be there before a node starts, such as the network plugin
 * @returns all groups, the one on demand first
 */
export function nodeGroups(
  name: string,
  args: NodeGroupsArgs,
  ready: readonly pulumi.Resource[],
  parent: pulumi.Resource,
): aws.eks.NodeGroup[] {
  const { role, policies } = nodeRole(`${name}-node`, { parent });
  const template = nodeTemplate(`${name}-node`, args, parent);
  const common = {
    clusterName: args.clusterName,
    version: args.version,
    nodeRoleArn: role.arn,
    amiType: imageTypes[commonArchitecture(args.instanceTypes)],
    instanceTypes: [...args.instanceTypes],
    launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    updateConfig: { maxUnavailable: 1 },
    nodeRepairConfig: { enabled: true },
  };
  const options = {
    parent,
    dependsOn: [...policies, ...ready],
    // What scales the group owns the count.
    ignoreChanges: ["scalingConfig.desiredSize"],
  };
  const onDemand = new aws.eks.NodeGroup(
    `${name}-on-demand`,
    {
      ...common,
      subnetIds: [...args.subnetIds],
      capacityType: "ON_DEMAND",
      labels: { [capacityLabel]: "on-demand" },
      scalingConfig: {
        minSize: args.onDemandNodesMin,
        desiredSize: args.onDemandNodesMin,
        maxSize: args.onDemandNodesMax,
      },
    },
    options,
  );
  if (args.spotNodesMax === 0) return [onDemand];
  // A group for each zone: a group over all of them may add its node in any, and a pod waits for one of them.
  const zones = args.subnetIds.length;
  const spot = args.subnetIds.map(
    (subnetId, zone) =>
      new aws.eks.NodeGroup(
        `${name}-spot-${"abc"[zone]}`,
        {
          ...common,
          subnetIds: [subnetId],
          capacityType: "SPOT",
          labels: { [capacityLabel]: "spot" },
          taints: [{ ...spotTaint, effect: "NO_SCHEDULE" }],
          scalingConfig: {
            minSize: 0,
            desiredSize: 0,
            maxSize: Math.ceil(args.spotNodesMax / zones),
          },
        },
        options,
      ),
  );
  return [onDemand, ...spot];
}

function nodeTemplate(
  name: string,
  args: NodeGroupsArgs,
  parent: pulumi.Resource,
): aws.ec2.LaunchTemplate {
  return new aws.ec2.LaunchTemplate(
    `${name}-template`,
    {
      updateDefaultVersion: true,
      blockDeviceMappings: [
        {
          deviceName: rootDevice,
          ebs: {
            volumeType: "gp3",
            volumeSize: nodeDiskGiB,
            encrypted: "true",
            kmsKeyId: args.dataKeyArn,
            deleteOnTermination: "true",
          },
        },
      ],
      // One hop ends at the node: a pod that asks for the node's keys gets no answer.
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
      },
      monitoring: { enabled: true },
      // Stopped like their zone by an experiment, and not started again as long as that is without power.
      tagSpecifications: [
        { resourceType: "instance", tags: { Name: name, AzImpairmentPower: "IceAsg" } },
        { resourceType: "volume", tags: { Name: name, AzImpairmentPower: "ApiPauseVolume" } },
      ],
    },
    { parent },
  );
}
