// The primary's process dies at once (kill -9), and is started again by its supervisor.

import type { Experiment } from "../experiment.ts";
import { nothingLost } from "./tolerances.ts";

export const primaryCrash: Experiment = {
  name: "primary-crash",
  title: "The primary's process is killed under load",
  fault: { kind: "process-kill", target: "primary" },
  steadyStateHypothesis: {
    title: "The standby takes over within a second and nothing acknowledged is lost",
    tolerances: nothingLost,
  },
  method: [{ atShare: 1 / 3, action: "beginFault" }],
  rollbacks: ["endFault"],
  blastRadius: { zonesMax: 1, processesMax: 1 },
};
