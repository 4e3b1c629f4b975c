// What others wrote and our cluster runs, as Helm releases: each chart in one version, which is changed here and
// nowhere else. A release that does not become ready is rolled back, and its failure ends the update.

import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import type * as pulumi from "@pulumi/pulumi";

interface Chart {
  /** Name in its repository, or the address of an OCI artefact. */
  readonly chart: string;
  readonly version: string;
  readonly repository?: string;
}

/** Versions as published, read on 2026-11-28; those of one project go together. */
const charts = {
  "karpenter-crd": { chart: "oci://public.ecr.aws/karpenter/karpenter-crd", version: "1.12.1" },
  karpenter: { chart: "oci://public.ecr.aws/karpenter/karpenter", version: "1.12.1" },
  "cluster-autoscaler": {
    chart: "cluster-autoscaler",
    version: "9.57.0",
    repository: "https://kubernetes.github.io/autoscaler",
  },
  "vertical-pod-autoscaler": {
    chart: "vertical-pod-autoscaler",
    version: "0.9.0",
    repository: "https://kubernetes.github.io/autoscaler",
  },
  keda: { chart: "keda", version: "2.18.1", repository: "https://kedacore.github.io/charts" },
  "aws-load-balancer-controller": {
    chart: "aws-load-balancer-controller",
    version: "1.17.1",
    repository: "https://aws.github.io/eks-charts",
  },
  "external-dns": {
    chart: "external-dns",
    version: "1.20.0",
    repository: "https://kubernetes-sigs.github.io/external-dns",
  },
  "secrets-store": {
    chart: "secrets-store-csi-driver-provider-aws",
    version: "3.1.3",
    repository: "https://aws.github.io/secrets-store-csi-driver-provider-aws",
  },
} as const satisfies Readonly<Record<string, Chart>>;

export type ChartName = keyof typeof charts;

export interface HelmReleaseArgs {
  readonly chart: ChartName;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where another release brings its kinds, so that upgrades change them too. */
  readonly skipsKinds?: boolean;
}

/** Images are pulled and pods become ready within this, on nodes that may have to start first. */
const timeoutSeconds = 600;

export function helmRelease(
  name: string,
  { chart, namespace, values, skipsKinds = false }: HelmReleaseArgs,
  options: pulumi.CustomResourceOptions,
): Release {
  const pinned: Chart = charts[chart];
  return new Release(
    name,
    {
      // Its objects are named after it: a name of our own keeps them when it is replaced.
      name: chart,
      namespace,
      createNamespace: namespace !== "kube-system",
      chart: pinned.chart,
      version: pinned.version,
      ...(pinned.repository === undefined ? {} : { repositoryOpts: { repo: pinned.repository } }),
      values,
      skipCrds: skipsKinds,
      atomic: true,
      cleanupOnFail: true,
      maxHistory: 5,
      timeout: timeoutSeconds,
    },
    options,
  );
}
