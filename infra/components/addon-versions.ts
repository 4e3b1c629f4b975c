// Which versions of EKS's add-ons belong to which version of Kubernetes. AWS says so (`aws eks
// describe-addon-versions --kubernetes-version 1.35`); a new version of Kubernetes is a new row here. The first is
// 1.35: from it on a pod can be told in which zone it runs, which is what a gateway is named after. Pure.

interface AddonVersions {
  readonly "vpc-cni": string;
  readonly "kube-proxy": string;
  readonly "eks-pod-identity-agent": string;
  readonly coredns: string;
  readonly "metrics-server": string;
  readonly "amazon-cloudwatch-observability": string;
}

/** From clusters in use, read on 2026-11-28; the account has not confirmed them. */
const versions: Readonly<Record<string, AddonVersions>> = {
  "1.35": {
    "vpc-cni": "v1.21.1-eksbuild.3",
    "kube-proxy": "v1.35.0-eksbuild.2",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.2",
    coredns: "v1.13.2-eksbuild.3",
    "metrics-server": "v0.8.0-eksbuild.6",
    "amazon-cloudwatch-observability": "v6.4.0-eksbuild.1",
  },
};

/** Kubernetes versions whose add-ons are known. */
export const versionsWithAddons: readonly string[] = Object.keys(versions);

export type AddonName = keyof AddonVersions;

/** @throws RangeError for a version of Kubernetes that has no row */
export function addonVersion(kubernetesVersion: string, name: AddonName): string {
  const version = versions[kubernetesVersion]?.[name];
  if (version === undefined) {
    const known = versionsWithAddons.join(", ");
    throw new RangeError(`add-ons are known of ${known}, not of ${kubernetesVersion}`);
  }
  return version;
}
