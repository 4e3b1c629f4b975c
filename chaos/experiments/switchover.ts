// Planned work: the primary hands over to its standby under load, both alive.

import type { Experiment } from "../experiment.ts";
import { nothingLost } from "./tolerances.ts";

export const plannedSwitchover: Experiment = {
  name: "switchover",
  title: "The primary hands over to its standby under load, as planned",
  fault: { kind: "switchover", target: "primary" },
  steadyStateHypothesis: {
    title: "Clients hardly notice, and nothing acknowledged is lost",
    tolerances: nothingLost,
  },
  method: [{ atShare: 1 / 3, action: "beginFault" }],
  rollbacks: ["endFault"],
  blastRadius: { zonesMax: 1, processesMax: 1 },
};
