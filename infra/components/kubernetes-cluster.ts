// KubernetesCluster: EKS's control plane, reachable from inside the VPC only, with its secrets under our key, its
// nodes over three zones and its add-ons. The control plane is made by @pulumi/eks, whose children no mock shows:
// what can be checked without it (nodes, add-ons, roles) stands here as plain resources. Whoever deploys talks
// to the private endpoint, so must be in the VPC.

import type * as aws from "@pulumi/aws";
import { Cluster } from "@pulumi/eks/cluster.js";
import * as pulumi from "@pulumi/pulumi";
import { ClusterAddons } from "./cluster-addons.ts";
import { logGroup } from "./log-group.ts";
import { type NodeGroupsArgs, nodeGroups } from "./node-groups.ts";
import { attachManaged, type ClusterPlace } from "./pod-identity.ts";
import { serviceRole } from "./trust.ts";

export interface KubernetesClusterArgs
  extends Omit<NodeGroupsArgs, "clusterName" | "version" | "spotNodesMax"> {
  /** Physical: its log group must be there before it, and its roles' conditions hold it. */
  readonly clusterName: string;
  /** Such as 1.35. */
  readonly version: string;
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  /** Who may do everything in it, beside whoever made it. */
  readonly administratorRoleArns: readonly string[];
  /** In managed groups, over all zones; 0 where Karpenter brings them. */
  readonly managedSpotNodesMax: number;
  /** Whether AWS may keep traffic between its pods out of a zone. */
  readonly hasZonalShift: boolean;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

/** Of all kinds: who did what is asked after it was done. */
const logTypes = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
/** Of Kubernetes services; no VPC of ours or of a peer lies in it. */
const serviceCidr = "172.20.0.0/16";

/** Of what the plugin makes: @pulumi/eks has no argument for it. */
export const allowZonalShift: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === "aws:eks/cluster:Cluster"
    ? { props: { ...props, zonalShiftConfig: { enabled: true } }, opts }
    : undefined;

export class KubernetesCluster extends pulumi.ComponentResource {
  readonly place: ClusterPlace;
  /** Known once the control plane is there. It holds no credentials: it calls `aws eks get-token`. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Of nodes and pods, and of the control plane towards them. */
  readonly securityGroupId: pulumi.Output<string>;
  /** What pods need before they can start. */
  readonly ready: readonly pulumi.Resource[];

  constructor(
    name: string,
    args: KubernetesClusterArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:KubernetesCluster", name, {}, options);
    const { clusterName, accountId, region } = args;
    const control = this.#controlPlane(name, args);
    this.kubeconfig = control.kubeconfigJson;
    this.securityGroupId = control.clusterSecurityGroupId;
    this.place = {
      clusterName,
      clusterArn: pulumi.interpolate`arn:aws:eks:${region}:${accountId}:cluster/${clusterName}`,
      accountId,
      region,
    };
    const addons = new ClusterAddons(name, { ...args, place: this.place }, this);
    const first = addons.beforeNodes(control);
    const nodes = nodeGroups(
      name,
      // By way of an output, so that nobody asks for a group before the cluster is there.
      {
        ...args,
        clusterName: this.securityGroupId.apply(() => clusterName),
        spotNodesMax: args.managedSpotNodesMax,
      },
      first,
      this,
    );
    this.ready = [...nodes, ...addons.afterNodes(nodes)];
    this.registerOutputs({
      clusterArn: this.place.clusterArn,
      securityGroupId: this.securityGroupId,
    });
  }

  #controlPlane(name: string, args: KubernetesClusterArgs): Cluster {
    const { role, policies } = this.#role(name, args);
    const logs = logGroup(
      `${name}-control-logs`,
      {
        name: `/aws/eks/${args.clusterName}/cluster`,
        keyArn: args.logKeyArn,
        retentionDays: args.logRetentionDays,
      },
      { parent: this },
    );
    return new Cluster(
      name,
      {
        name: args.clusterName,
        version: args.version,
        // Extended support costs six times as much: a version is replaced before it needs that.
        upgradePolicy: { supportType: "STANDARD" },
        vpcId: args.vpcId,
        privateSubnetIds: [...args.subnetIds],
        kubernetesServiceIpAddressRange: serviceCidr,
        endpointPrivateAccess: true,
        endpointPublicAccess: false,
        encryptionConfigKeyArn: args.dataKeyArn,
        enabledClusterLogTypes: logTypes,
        deletionProtection: true,
        serviceRole: role,
        // Whoever makes it may use it; everybody else is named here, in AWS, not in a config map in the cluster.
        authenticationMode: "API",
        accessEntries: administrators(args.administratorRoleArns),
        // Nodes and add-ons are plain resources below; pods get roles by Pod Identity.
        skipDefaultNodeGroup: true,
        skipDefaultSecurityGroups: true,
        bootstrapSelfManagedAddons: false,
        useDefaultVpcCni: true,
        kubeProxyAddonOptions: { enabled: false },
        corednsAddonOptions: { enabled: false },
        createOidcProvider: false,
      },
      {
        parent: this,
        protect: true,
        dependsOn: [logs, ...policies],
        transforms: args.hasZonalShift ? [allowZonalShift] : [],
      },
    );
  }

  #role(name: string, args: KubernetesClusterArgs) {
    const role: aws.iam.Role = serviceRole(
      `${name}-control`,
      {
        service: "eks.amazonaws.com",
        sourceAccount: args.accountId,
        statements: [
          {
            Sid: "SecretsOfTheCluster",
            Effect: "Allow",
            Action: ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
            Resource: args.dataKeyArn,
          },
        ],
      },
      { parent: this },
    );
    const attached = attachManaged(`${name}-control`, "AmazonEKSClusterPolicy", role, {
      parent: this,
    });
    return { role, policies: [attached] };
  }
}

function administrators(roleArns: readonly string[]) {
  const entry = (principalArn: string) => ({
    principalArn,
    accessPolicies: {
      admin: {
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      },
    },
  });
  return Object.fromEntries(roleArns.map((arn) => [arn.split("/").at(-1) ?? arn, entry(arn)]));
}
