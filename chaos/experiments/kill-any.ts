// Any one process dies at any moment (kill -9), again and again, under load.

import type { FaultKind, Tolerance } from "../experiment.ts";
import { nothingLost } from "./tolerances.ts";

export const killAny: {
  readonly name: string;
  readonly title: string;
  readonly fault: { readonly kind: FaultKind };
  readonly tolerances: readonly Tolerance[];
  readonly blastRadius: { readonly zonesMax: number; readonly processesMax: number };
} = {
  name: "kill-any",
  title: "Any one process is killed at a random moment, again and again",
  fault: { kind: "process-kill" },
  // The longest of all gaps: a killed engine is noticed at once, but a machine that is busy starting
  // the killed process again is slower at everything else.
  tolerances: nothingLost.map((one) =>
    one.measure === "gapMs" ? { measure: "gapMs", most: 2000 } : one,
  ),
  blastRadius: { zonesMax: 1, processesMax: 1 },
};
