// The guard: an experiment may touch what it declared and nothing more, and never adds to a trouble
// that is there already. Pure.

import { ChaosError } from "./errors.ts";
import type { Experiment } from "./experiment.ts";
import type { Reach } from "./faults/fault.ts";

export interface Condition {
  readonly isServing: boolean;
  readonly isolatedZones: readonly string[];
  /** Nodes that do not answer, or do not serve. */
  readonly unwell: readonly string[];
}

/** @throws ChaosError BLAST_RADIUS_EXCEEDED or DRILL_ABORTED: then nothing was touched. */
export function guard(
  experiment: Pick<Experiment, "name" | "blastRadius">,
  reach: Reach,
  condition: Condition,
): void {
  const { zonesMax, processesMax } = experiment.blastRadius;
  if (reach.zones.length > zonesMax || reach.processes.length > processesMax) {
    throw new ChaosError(
      "BLAST_RADIUS_EXCEEDED",
      `${experiment.name} may touch ${zonesMax} zone(s) and ${processesMax} process(es), but would ` +
        `touch zones ${reach.zones.join(", ")} with ${reach.processes.join(", ")}`,
    );
  }
  const troubles = [
    ...(condition.isServing ? [] : ["the exchange does not serve"]),
    ...condition.isolatedZones.map((zone) => `zone ${zone} is isolated`),
    ...condition.unwell.map((node) => `${node} is not well`),
  ];
  if (troubles.length > 0) {
    throw new ChaosError(
      "DRILL_ABORTED",
      `the exchange was not in its steady state before the fault: ${troubles.join("; ")}`,
    );
  }
}
