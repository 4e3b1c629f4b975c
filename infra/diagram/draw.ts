// A stack's topology, from a rehearsal of its program.

import { rehearse } from "../rehearsal.ts";
import { type Topology, topologyOf } from "./topology.ts";

/** @param stack a stack, an example or a file */
export async function topologyOfStack(stack: string): Promise<Topology> {
  const { resources } = await rehearse(stack);
  return topologyOf(
    resources.map(({ urn, type, name, parentUrn, options }) => ({
      urn,
      type,
      name,
      ...(parentUrn === undefined ? {} : { parentUrn }),
      sources: [...Object.values(options.inputSources).flat(), ...options.dependsOn],
    })),
  );
}
