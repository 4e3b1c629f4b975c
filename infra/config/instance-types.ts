// Facts of the instance types that engines may run on, as far as the program depends on them. From
// DescribeInstanceTypes as packaged in moto 5.2 (November 2026). z1d has no EFA in any size; bare
// metal takes no processor options.

export interface InstanceTypeFacts {
  readonly vCpus: number;
  readonly cores: number;
  readonly isMetal: boolean;
  readonly hasEfa: boolean;
  /** Local NVMe disks; 0: the engine's files lie on the encrypted root volume. */
  readonly nvmeCount: number;
  readonly nvmeGbEach: number;
}

type Row = readonly [cores: number, nvmeCount?: number, nvmeGbEach?: number, flags?: "efa"];

// Two threads a core in all of them.
const rows: Readonly<Record<string, Row>> = {
  "z1d.large": [1, 1, 75],
  "z1d.xlarge": [2, 1, 150],
  "z1d.2xlarge": [4, 1, 300],
  "z1d.3xlarge": [6, 1, 450],
  "z1d.6xlarge": [12, 1, 900],
  "z1d.12xlarge": [24, 2, 900],
  "z1d.metal": [24, 2, 900],
  "m5zn.large": [1],
  "m5zn.xlarge": [2],
  "m5zn.2xlarge": [4],
  "m5zn.3xlarge": [6],
  "m5zn.6xlarge": [12],
  "m5zn.12xlarge": [24, 0, 0, "efa"],
  "m5zn.metal": [24, 0, 0, "efa"],
  "r7iz.large": [1],
  "r7iz.xlarge": [2],
  "r7iz.2xlarge": [4],
  "r7iz.4xlarge": [8],
  "r7iz.8xlarge": [16],
  "r7iz.12xlarge": [24],
  "r7iz.16xlarge": [32],
  "r7iz.32xlarge": [64, 0, 0, "efa"],
  "r7iz.metal-16xl": [32],
  "r7iz.metal-32xl": [64, 0, 0, "efa"],
  "c7i.large": [1],
  "c7i.xlarge": [2],
  "c7i.2xlarge": [4],
  "c7i.4xlarge": [8],
  "c7i.8xlarge": [16],
  "c7i.12xlarge": [24],
  "c7i.16xlarge": [32],
  "c7i.24xlarge": [48],
  "c7i.48xlarge": [96, 0, 0, "efa"],
  "c7i.metal-24xl": [48],
  "c7i.metal-48xl": [96, 0, 0, "efa"],
  "r6id.large": [1, 1, 118],
  "r6id.xlarge": [2, 1, 237],
  "r6id.2xlarge": [4, 1, 474],
  "r6id.4xlarge": [8, 1, 950],
  "r6id.8xlarge": [16, 1, 1900],
  "r6id.12xlarge": [24, 2, 1425],
  "r6id.16xlarge": [32, 2, 1900],
  "r6id.24xlarge": [48, 4, 1425],
  "r6id.32xlarge": [64, 4, 1900, "efa"],
  "r6id.metal": [64, 4, 1900, "efa"],
  "c5d.large": [1, 1, 50],
  "c5d.xlarge": [2, 1, 100],
  "c5d.2xlarge": [4, 1, 200],
  "c5d.4xlarge": [8, 1, 400],
  "c5d.9xlarge": [18, 1, 900],
  "c5d.12xlarge": [24, 2, 900],
  "c5d.18xlarge": [36, 2, 900],
  "c5d.24xlarge": [48, 4, 900],
  "c5d.metal": [48, 4, 900],
};

/** `undefined` for a type that is not listed. */
export function factsOf(instanceType: string): InstanceTypeFacts | undefined {
  const row = rows[instanceType];
  if (row === undefined) return undefined;
  const [cores, nvmeCount = 0, nvmeGbEach = 0, flag] = row;
  return {
    vCpus: 2 * cores,
    cores,
    isMetal: instanceType.includes(".metal"),
    hasEfa: flag === "efa",
    nvmeCount,
    nvmeGbEach,
  };
}

/** For a sentence that says what to write instead. */
export const typesWithEfa: readonly string[] = Object.keys(rows).filter(
  (type) => factsOf(type)?.hasEfa,
);
