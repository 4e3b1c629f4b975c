// KubernetesPlatform: what stands between a bare cluster and its services: who adds nodes, who counts events (KEDA)
// and use (VPA's recommender), who brings secrets, who registers pods with balancers and names; and the namespace
// that services live in. Everything here is a chart in a pinned version. It needs the private endpoint to be reachable.
//
// Secrets come by the Secrets Store CSI driver, not by External Secrets: each pod reads its own secrets with its own
// role while it starts, and no controller may read those of all.

import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { ClusterAutoscaler } from "./cluster-autoscaler.ts";
import { helmRelease } from "./helm-charts.ts";
import { Karpenter, type KarpenterArgs } from "./karpenter.ts";
import { NameRegistrar, type NameRegistrarArgs } from "./name-registrar.ts";
import { type ClusterPlace, identify } from "./pod-identity.ts";
import { TargetRegistrar } from "./target-registrar.ts";
import type { Statement } from "./trust.ts";

export interface KubernetesPlatformArgs {
  readonly place: ClusterPlace;
  readonly kubeconfig: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  /** Absent: Cluster Autoscaler, on the managed groups. */
  readonly karpenter?: Omit<KarpenterArgs, "place">;
  /** Where pods are found from outside of the cluster. */
  readonly names: Omit<NameRegistrarArgs, "place">;
  /** Of balancers that the stack made; without any nobody registers pods. */
  readonly targetGroupArns: readonly pulumi.Input<string>[];
  /** What KEDA reads to count waiting work: lag of topics, depth of queues, metrics. */
  readonly scalerStatements: readonly Statement[];
}

const eventNamespace = "keda";
const eventAccount = "keda-operator";
const measureNamespace = "vpa";

export class KubernetesPlatform extends pulumi.ComponentResource {
  /** For everything that lives in the cluster. */
  readonly provider: Provider;
  readonly namespace: pulumi.Output<string>;
  /** The releases that bring kinds of objects; services wait for them. */
  readonly installed: readonly pulumi.Resource[];
  /** Of what starts nodes by itself, outside of groups. */
  readonly launcherRoleArns: readonly pulumi.Output<string>[];
  readonly #name: string;
  readonly #args: KubernetesPlatformArgs;

  /** @param ready nodes and add-ons of the cluster */
  constructor(
    name: string,
    args: KubernetesPlatformArgs,
    ready: readonly pulumi.Resource[],
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:KubernetesPlatform", name, {}, options);
    this.#name = name;
    this.#args = args;
    this.provider = new Provider(
      `${name}-cluster`,
      { kubeconfig: args.kubeconfig, enableServerSideApply: true },
      { parent: this, dependsOn: [...ready] },
    );
    const inCluster = { parent: this, provider: this.provider };
    const namespace = this.#namespace();
    this.launcherRoleArns = this.#nodes();
    new NameRegistrar(
      "name-registrar",
      { ...args.names, place: args.place },
      { parent: this, provider: this.provider },
    );
    const registrar = this.#registrar();
    this.installed = [
      this.#events(),
      this.#measures(),
      helmRelease(
        `${name}-secrets`,
        { chart: "secrets-store", namespace: "kube-system", values: secretValues },
        inCluster,
      ),
      ...(registrar === undefined ? [] : [registrar]),
    ];
    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace });
  }

  #namespace(): Namespace {
    return new Namespace(
      `${this.#name}-services`,
      {
        metadata: {
          name: "castle",
          labels: {
            // The API refuses a pod that is root, privileged or has more than it needs, whoever asks for it.
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
            // A pod counts as ready when its balancer finds it healthy: no rollout is faster than that.
            "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
          },
        },
      },
      { parent: this, provider: this.provider },
    );
  }

  #nodes(): readonly pulumi.Output<string>[] {
    const { place, karpenter } = this.#args;
    const options = { parent: this, provider: this.provider };
    if (karpenter !== undefined) {
      return [new Karpenter("karpenter", { ...karpenter, place }, options).controllerRoleArn];
    }
    new ClusterAutoscaler("cluster-autoscaler", { place }, options);
    return [];
  }

  #events(): pulumi.Resource {
    const { place, scalerStatements } = this.#args;
    const identity = identify(
      `${this.#name}-events`,
      {
        place,
        namespace: eventNamespace,
        serviceAccount: eventAccount,
        statements: scalerStatements,
      },
      { parent: this },
    );
    return helmRelease(
      `${this.#name}-events`,
      {
        chart: "keda",
        namespace: eventNamespace,
        values: {
          clusterName: place.clusterName,
          serviceAccount: { operator: { create: true, name: eventAccount } },
          // One works, the other waits; while neither does, counts stay as they are.
          operator: { replicaCount: 2 },
          metricsServer: { replicaCount: 2 },
          webhooks: { replicaCount: 2 },
          podDisruptionBudget: {
            operator: { maxUnavailable: 1 },
            metricServer: { maxUnavailable: 1 },
            webhooks: { maxUnavailable: 1 },
          },
        },
      },
      { parent: this, provider: this.provider, dependsOn: [identity] },
    );
  }

  /** Recommends sizes, and gives them to new pods. No updater: nobody restarts a running gateway for its size. */
  #measures(): pulumi.Resource {
    return helmRelease(
      `${this.#name}-measures`,
      {
        chart: "vertical-pod-autoscaler",
        namespace: measureNamespace,
        values: {
          recommender: { enabled: true, replicas: 2 },
          admissionController: { enabled: true, replicas: 2 },
          updater: { enabled: false },
        },
      },
      { parent: this, provider: this.provider },
    );
  }

  #registrar(): pulumi.Resource | undefined {
    const { place, vpcId, targetGroupArns } = this.#args;
    if (targetGroupArns.length === 0) return undefined;
    return new TargetRegistrar(
      "target-registrar",
      { place, vpcId, targetGroupArns },
      { parent: this, provider: this.provider },
    ).release;
  }
}

/** The driver comes with AWS's provider. Values also become variables, so they are synced while a pod mounts them. */
const secretValues = {
  tolerations: [{ operator: "Exists" }],
  "secrets-store-csi-driver": {
    install: true,
    syncSecret: { enabled: true },
    enableSecretRotation: true,
    tokenRequests: [{ audience: "sts.amazonaws.com" }, { audience: "pods.eks.amazonaws.com" }],
    linux: { tolerations: [{ operator: "Exists" }] },
  },
};
