// Coverage: which named transitions of the protocol did the runs reach? One that none reaches is a
// part of the protocol that the simulator says nothing about.

import { type DecisionCode, decisionCodes } from "../../engine/replication/decision.ts";
import type { Tally } from "./tally.ts";

/** What only a region among others decides: `castle sim --regions` reaches these. */
export const regionCodes: readonly DecisionCode[] = decisionCodes.filter(
  (code) => code.startsWith("REGION_") || code === "DRAINED",
);

/** Each of them comes in most runs of two regions; some need a planned move or a lost region. */
export const regionSeedsForCoverage = 100;

/** The rarest transition comes about once in several hundred seeds. */
export const seedsForCoverage = 3_000;

export const simulatedCodes: readonly DecisionCode[] = decisionCodes.filter(
  (code) => !regionCodes.includes(code),
);

export function neverReached(
  tally: Pick<Tally, "decisions">,
  codes: readonly DecisionCode[] = simulatedCodes,
): DecisionCode[] {
  return codes.filter((code) => tally.decisions[code] === undefined);
}

/** A run that is long enough must have reached all. */
export function isCovered(tally: Pick<Tally, "decisions" | "seeds">): boolean {
  return tally.seeds < seedsForCoverage || neverReached(tally).length === 0;
}
