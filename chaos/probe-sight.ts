// What a probe saw, from its ledger: the longest that any client waited for an accepted order, and whether
// one is left of which nobody knows what became. Pure. Unknown is never held.

import type { LedgerRecord } from "./load/ledger.ts";

export interface Sight {
  readonly verdict: "held" | "deviated" | "unknown";
  readonly accepted: number;
  readonly rejected: number;
  /** Without an outcome even after the run. */
  readonly unknown: number;
  /** From the time an order was meant to be sent to its acknowledgement; `null` without any. */
  readonly waitMsMax: number | null;
  /** When that order was meant to be sent. */
  readonly waitedFromMs: number | null;
}

export function sightOf(ledger: readonly LedgerRecord[], waitMsAllowed: number): Sight {
  const operations = ledger.filter(({ kind }) => kind !== "recheck");
  const settled = new Set(
    ledger
      .filter(({ kind, outcome }) => kind === "recheck" && outcome !== "unknown")
      .map(({ accountId, clientOrderId }) => `${accountId} ${clientOrderId}`),
  );
  const unknown = operations.filter(
    ({ outcome, accountId, clientOrderId }) =>
      outcome === "unknown" && !settled.has(`${accountId} ${clientOrderId}`),
  ).length;
  const placed = operations.filter(
    ({ kind, outcome }) => kind === "place" && outcome === "accepted",
  );
  const waited = placed.reduce<LedgerRecord | undefined>(
    (worst, one) => (worst === undefined || waitOf(one) > waitOf(worst) ? one : worst),
    undefined,
  );
  const count = (outcome: LedgerRecord["outcome"]) =>
    operations.filter((one) => one.outcome === outcome).length;
  return {
    verdict: verdictOf(waited && waitOf(waited), unknown, waitMsAllowed),
    accepted: count("accepted"),
    rejected: count("rejected"),
    unknown,
    waitMsMax: waited === undefined ? null : waitOf(waited),
    waitedFromMs: waited?.intendedMs ?? null,
  };
}

const waitOf = ({ acknowledgedMs, intendedMs }: LedgerRecord): number =>
  acknowledgedMs - intendedMs;

function verdictOf(
  waitMsMax: number | undefined,
  unknown: number,
  waitMsAllowed: number,
): Sight["verdict"] {
  // Nothing was accepted, or somebody's order is lost from sight: no proof of anything.
  if (waitMsMax === undefined || unknown > 0) return "unknown";
  return waitMsMax <= waitMsAllowed ? "held" : "deviated";
}
