// The primary's process is stopped (as by a long pause of its machine) and goes on later, believing
// for a moment that it still leads: the case that fencing is for.

import type { Experiment } from "../experiment.ts";
import { nothingLost } from "./tolerances.ts";

export const primaryPause: Experiment = {
  name: "primary-pause",
  title: "The primary's process stands still under load, and wakes up deposed",
  fault: { kind: "process-pause", target: "primary" },
  steadyStateHypothesis: {
    title: "The standby takes over within a second and the sleeper acknowledges nothing",
    tolerances: nothingLost,
  },
  method: [
    { atShare: 1 / 3, action: "beginFault" },
    { atShare: 2 / 3, action: "endFault" },
  ],
  rollbacks: ["endFault"],
  blastRadius: { zonesMax: 1, processesMax: 1 },
};
