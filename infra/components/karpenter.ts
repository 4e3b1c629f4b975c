// Karpenter: starts nodes for pods that find none, in the zone and of the kind that they need, and takes them away
// when they are empty. Two pools: on demand, which any pod may use, and Spot, whose taint keeps critical pods
// away. It runs on the managed nodes, never on its own. Its nodes boot the image that the last update named,
// so that a new image is a change that somebody made.

import * as aws from "@pulumi/aws";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { helmRelease } from "./helm-charts.ts";
import { InterruptionQueue } from "./interruption-queue.ts";
import { karpenterStatements } from "./karpenter-statements.ts";
import { nodeDiskGiB, nodeRole, rootDevice } from "./node-groups.ts";
import { capacityLabel, commonArchitecture, spotTaint, vCpusOf } from "./node-types.ts";
import { type ClusterPlace, identify } from "./pod-identity.ts";

export interface KarpenterArgs {
  readonly place: ClusterPlace;
  /** Of Kubernetes: image and control plane go together. */
  readonly version: string;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly zoneNames: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly instanceTypes: readonly string[];
  /** Beyond the managed nodes, over all zones, counted in nodes of the largest type. */
  readonly onDemandNodesMax: number;
  readonly spotNodesMax: number;
  readonly dataKeyArn: pulumi.Input<string>;
}

const namespace = "kube-system";
const serviceAccount = "karpenter";
const nodeClassName = "castle";

/** A node is replaced after a month at the latest: its image and its kernel are no older. */
const expireAfter = "720h";
/** A drained node waits so long for pods that budgets hold back, and not for ever. */
const terminationGracePeriod = "15m";

export class Karpenter extends pulumi.ComponentResource {
  readonly nodeRoleArn: pulumi.Output<string>;
  /** By which it starts instances. */
  readonly controllerRoleArn: pulumi.Output<string>;
  readonly queueName: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: KarpenterArgs;

  constructor(name: string, args: KarpenterArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Karpenter", name, {}, options);
    this.#name = name;
    this.#args = args;
    const queue = new InterruptionQueue(
      `${name}-interruptions`,
      { dataKeyArn: args.dataKeyArn },
      { parent: this },
    );
    const { role, profile, joined } = this.#nodeAccess();
    const imageId = this.#imageId();
    const identity = identify(
      name,
      {
        place: args.place,
        namespace,
        serviceAccount,
        statements: karpenterStatements({
          ...args,
          imageId,
          nodeRoleArn: role.arn,
          instanceProfileArn: profile.arn,
          queueArn: queue.queueArn,
        }),
      },
      { parent: this },
    );
    const controller = this.#controller(queue.queueName, [identity, ...joined]);
    const nodeClass = this.#nodeClass(imageId, profile.name, controller);
    this.#pool("on-demand", args.onDemandNodesMax, nodeClass);
    this.#pool("spot", args.spotNodesMax, nodeClass);
    this.nodeRoleArn = role.arn;
    this.controllerRoleArn = identity.roleArn;
    this.queueName = queue.queueName;
    this.registerOutputs({ nodeRoleArn: this.nodeRoleArn, queueName: this.queueName });
  }

  /** A role of its own: EKS admits the managed groups' role itself, and refuses to admit it twice. */
  #nodeAccess() {
    const { place } = this.#args;
    const parent = { parent: this };
    const { role, policies } = nodeRole(`${this.#name}-node`, parent);
    const profile = new aws.iam.InstanceProfile(
      `${this.#name}-node-profile`,
      { role: role.name },
      parent,
    );
    const entry = new aws.eks.AccessEntry(
      `${this.#name}-node-entry`,
      { clusterName: place.clusterName, principalArn: role.arn, type: "EC2_LINUX" },
      parent,
    );
    return { role, profile, joined: [entry, ...policies] };
  }

  /** EKS's image for this version, as it is when the stack is updated. */
  #imageId(): pulumi.Output<string> {
    const { version, instanceTypes } = this.#args;
    const machine = { arm64: "arm64", amd64: "x86_64" }[commonArchitecture(instanceTypes)];
    const name = `/aws/service/eks/optimized-ami/${version}/amazon-linux-2023/${machine}/standard/recommended/image_id`;
    return aws.ssm.getParameterOutput({ name }, { parent: this }).value;
  }

  #controller(
    queueName: pulumi.Output<string>,
    after: readonly pulumi.Resource[],
  ): pulumi.Resource {
    const { place } = this.#args;
    const kinds = helmRelease(
      `${this.#name}-kinds`,
      { chart: "karpenter-crd", namespace, values: {} },
      { parent: this },
    );
    return helmRelease(
      `${this.#name}-controller`,
      {
        chart: "karpenter",
        namespace,
        skipsKinds: true,
        values: {
          replicas: 2,
          serviceAccount: { create: true, name: serviceAccount },
          settings: { clusterName: place.clusterName, interruptionQueue: queueName },
          controller: {
            env: [{ name: "AWS_REGION", value: place.region }],
            resources: {
              requests: { cpu: "500m", memory: "1Gi" },
              limits: { cpu: "1", memory: "1Gi" },
            },
          },
        },
      },
      { parent: this, dependsOn: [kinds, ...after] },
    );
  }

  #nodeClass(
    imageId: pulumi.Output<string>,
    instanceProfile: pulumi.Output<string>,
    controller: pulumi.Resource,
  ): CustomResource {
    const { subnetIds, securityGroupId, dataKeyArn } = this.#args;
    return new CustomResource(
      `${this.#name}-nodes`,
      {
        apiVersion: "karpenter.k8s.aws/v1",
        kind: "EC2NodeClass",
        metadata: { name: nodeClassName },
        spec: {
          amiFamily: "AL2023",
          amiSelectorTerms: [{ id: imageId }],
          instanceProfile,
          subnetSelectorTerms: subnetIds.map((id) => ({ id })),
          securityGroupSelectorTerms: [{ id: securityGroupId }],
          blockDeviceMappings: [
            {
              deviceName: rootDevice,
              ebs: {
                volumeType: "gp3",
                volumeSize: `${nodeDiskGiB}Gi`,
                encrypted: true,
                kmsKeyID: dataKeyArn,
                deleteOnTermination: true,
              },
            },
          ],
          metadataOptions: {
            httpEndpoint: "enabled",
            httpTokens: "required",
            httpPutResponseHopLimit: 1,
          },
          detailedMonitoring: true,
          // Nodes of a zone lose their power with it in an experiment.
          tags: { AzImpairmentPower: "StopInstances" },
        },
      },
      { parent: this, dependsOn: [controller] },
    );
  }

  #pool(capacity: "on-demand" | "spot", nodesMax: number, nodeClass: CustomResource): void {
    const { instanceTypes, zoneNames } = this.#args;
    const among = (key: string, values: readonly pulumi.Input<string>[]) => ({
      key,
      operator: "In",
      values: [...values],
    });
    if (nodesMax === 0) return;
    new CustomResource(
      `${this.#name}-pool-${capacity}`,
      {
        apiVersion: "karpenter.sh/v1",
        kind: "NodePool",
        metadata: { name: capacity },
        spec: {
          template: {
            metadata: { labels: { [capacityLabel]: capacity } },
            spec: {
              nodeClassRef: {
                group: "karpenter.k8s.aws",
                kind: "EC2NodeClass",
                name: nodeClassName,
              },
              requirements: [
                among("karpenter.sh/capacity-type", [capacity]),
                among("node.kubernetes.io/instance-type", instanceTypes),
                among("kubernetes.io/arch", [commonArchitecture(instanceTypes)]),
                among("topology.kubernetes.io/zone", zoneNames),
              ],
              ...(capacity === "spot" ? { taints: [{ ...spotTaint, effect: "NoSchedule" }] } : {}),
              expireAfter,
              terminationGracePeriod,
            },
          },
          // A pod that may use Spot does so while there is any.
          weight: capacity === "spot" ? 20 : 10,
          limits: { cpu: String(nodesMax * Math.max(...instanceTypes.map(vCpusOf))) },
          disruption: {
            consolidationPolicy: "WhenEmptyOrUnderutilized",
            // Load comes and goes within minutes; nodes that follow it would take pods with them.
            consolidateAfter: "5m",
            budgets: [{ nodes: "10%" }],
          },
        },
      },
      { parent: this, dependsOn: [nodeClass] },
    );
  }
}
