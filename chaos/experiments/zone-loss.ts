// The main job: the primary's zone falls silent under load, and comes back later.

import type { Experiment } from "../experiment.ts";
import { nothingLost } from "./tolerances.ts";

export const zoneLoss: Experiment = {
  name: "zone-loss",
  title: "The primary's zone falls silent under load, and comes back",
  fault: { kind: "zone-silent", target: "primary" },
  steadyStateHypothesis: {
    title: "Trading goes on within a second and nothing acknowledged is lost",
    tolerances: nothingLost,
  },
  method: [
    { atShare: 1 / 3, action: "beginFault" },
    { atShare: 2 / 3, action: "endFault" },
  ],
  rollbacks: ["endFault"],
  // An engine and a gateway live in the zone of a primary.
  blastRadius: { zonesMax: 1, processesMax: 2 },
};
