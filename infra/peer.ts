// What a stack reads of those before it: global -> prod -> dr. A missing output stops the deployment with
// the name of the stack that must be deployed first.

import * as pulumi from "@pulumi/pulumi";
import type { GlobalFacts, RegionFacts } from "./outputs.ts";

/** Outputs of another stack, each as an Output of its own. */
export type Read<T> = { readonly [K in keyof T]: pulumi.Output<T[K]> };

export function readGlobal(stack: string): Read<GlobalFacts> {
  return read<GlobalFacts>(stack);
}

export function readProd(stack: string): Read<RegionFacts> {
  return read<RegionFacts>(stack);
}

function read<T extends object>(stack: string): Read<T> {
  const reference = new pulumi.StackReference(stack);
  return new Proxy({} as Read<T>, {
    get: (_, name) => reference.requireOutput(String(name)),
  });
}

/** The value that a map of regions has for one of them. */
export function of(
  byRegion: pulumi.Output<Record<string, string>>,
  region: string,
): pulumi.Output<string> {
  return byRegion.apply((values) => {
    const value = values[region];
    if (value === undefined) {
      throw new Error(
        `the global stack has nothing for ${region}: it is neither prodRegion nor drRegion`,
      );
    }
    return value;
  });
}
