// Coverage: which named transitions of the protocol did the runs reach? One that none reaches is a
// part of the protocol that the simulator says nothing about.

import { type DecisionCode, decisionCodes } from "../../engine/replication/decision.ts";
import type { Tally } from "./tally.ts";

/**
 * The simulator has one region, and no operator who lets go of what was acknowledged: these are
 * reached by tests of their own.
 */
const notSimulated: readonly DecisionCode[] = decisionCodes.filter(
  (code) =>
    code.startsWith("REGION_") ||
    ["DRAINED", "FORCED", "FORCE_ENDED", "LOG_ABANDONED"].includes(code),
);

/** The rarest transition comes about once in several hundred seeds. */
export const seedsForCoverage = 3_000;

export const simulatedCodes: readonly DecisionCode[] = decisionCodes.filter(
  (code) => !notSimulated.includes(code),
);

export function neverReached(tally: Pick<Tally, "decisions">): DecisionCode[] {
  return simulatedCodes.filter((code) => tally.decisions[code] === undefined);
}

/** A run that is long enough must have reached all. */
export function isCovered(tally: Pick<Tally, "decisions" | "seeds">): boolean {
  return tally.seeds < seedsForCoverage || neverReached(tally).length === 0;
}
