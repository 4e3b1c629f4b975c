// What a stack reads of those before it: global -> prod -> dr. A missing output stops the deployment with
// the name of the stack that must be deployed first, and before anything depends on it: of a value that is
// missed only later, every resource that waits for it would complain in its turn.

import * as pulumi from "@pulumi/pulumi";
import { InfraError } from "./errors.ts";
import type { GlobalFacts, RegionFacts } from "./outputs.ts";

/** Outputs of another stack, each as an Output of its own. */
export type Read<T> = { readonly [K in keyof T]: pulumi.Output<T[K]> };

/** @throws InfraError STACK_NOT_DEPLOYED when an output is asked for that the stack does not have */
export function readGlobal(stack: string): Promise<Read<GlobalFacts>> {
  return read<GlobalFacts>(stack);
}

/** @throws InfraError STACK_NOT_DEPLOYED when an output is asked for that the stack does not have */
export function readProd(stack: string): Promise<Read<RegionFacts>> {
  return read<RegionFacts>(stack);
}

async function read<T extends object>(stack: string): Promise<Read<T>> {
  const reference = new pulumi.StackReference(stack);
  const names = await outputNamesOf(reference);
  return new Proxy({} as Read<T>, {
    get: (_, name) => {
      // What is awaited is asked whether it is a promise.
      if (name === "then" || typeof name !== "string") return undefined;
      if (names.includes(name)) return reference.requireOutput(name);
      const short = stack.split("/").at(-1);
      throw new InfraError(
        "STACK_NOT_DEPLOYED",
        `${stack} has no output ${name}: deploy it first (npm run pulumi -- up --stack ${short})`,
      );
    },
  });
}

/** None where the stack was never deployed. */
async function outputNamesOf(reference: pulumi.StackReference): Promise<readonly string[]> {
  // Fails where there is no such stack, of which the next line would never hear.
  await reference.getOutputDetails("region");
  return new Promise((resolve) => {
    reference.outputs.apply((outputs) => resolve(Object.keys(outputs)));
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
