// What the name of an instance type tells of a node: its processor, and how many of them. Pure.

export type Architecture = "arm64" | "amd64";

/** Graviton has a g behind its generation (m7g, c7gn, im4gn); a g before it is graphics (g5). */
export function architectureOf(instanceType: string): Architecture {
  return /^[a-z]+\d+g[a-z]*\./.test(instanceType) ? "arm64" : "amd64";
}

/** The one of all types: a node group boots one image. @throws RangeError where they differ */
export function commonArchitecture(instanceTypes: readonly string[]): Architecture {
  const [first, ...others] = new Set(instanceTypes.map(architectureOf));
  if (first === undefined || others.length > 0) {
    throw new RangeError(`${instanceTypes.join(", ")}: types of one architecture are needed`);
  }
  return first;
}

const vCpusBySize: Readonly<Record<string, number>> = { large: 2, xlarge: 4 };

/** Of sizes from large to any number of xlarge. @throws RangeError for smaller ones and for bare metal */
export function vCpusOf(instanceType: string): number {
  const [, size = ""] = instanceType.split(".");
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  const vCpus = times === undefined ? vCpusBySize[size] : 4 * Number(times);
  if (vCpus === undefined) throw new RangeError(`${instanceType}: write a size from large on`);
  return vCpus;
}

/** How a node is paid for, as a label of our own: managed groups and Karpenter name theirs differently. */
export const capacityLabel = "castle/capacity";

/** Keeps from Spot nodes every pod that does not say that it may be there. */
export const spotTaint = { key: capacityLabel, value: "spot" } as const;
