// When each client was served again after a moment, found without a look at every record: a campaign
// asks it a thousand times of a ledger of a million records.

import type { LedgerRecord } from "../load/ledger.ts";

interface Placements {
  /** Ascending. */
  readonly intendedMs: Float64Array;
  /** Of this placement and all later ones, the earliest acknowledgement. */
  readonly earliestMs: Float64Array;
}

export class Acknowledgements {
  /** By account; one that had nothing accepted is there with nothing in it. */
  readonly #accounts: readonly Placements[];

  constructor(ledger: readonly LedgerRecord[]) {
    const byAccount = new Map<number, LedgerRecord[]>();
    for (const record of ledger) {
      const own = byAccount.get(record.accountId) ?? [];
      byAccount.set(record.accountId, own);
      // A refusal is an answer of a working exchange too, but proves less: only accepted ones count.
      if (record.kind === "place" && record.outcome === "accepted") own.push(record);
    }
    this.#accounts = [...byAccount.values()].map(placementsOf);
  }

  /**
   * The first acknowledgement of an order meant to be sent at or after `fromMs`, of the client that
   * waited longest; `undefined` where a client had none.
   */
  worstFirstMs(fromMs: number): number | undefined {
    let worstMs: number | undefined;
    for (const { intendedMs, earliestMs } of this.#accounts) {
      const firstMs = earliestMs[lowerBound(intendedMs, fromMs)];
      if (firstMs === undefined) return undefined;
      worstMs = Math.max(worstMs ?? firstMs, firstMs);
    }
    return worstMs;
  }
}

function placementsOf(records: LedgerRecord[]): Placements {
  records.sort((a, b) => a.intendedMs - b.intendedMs);
  const intendedMs = Float64Array.from(records, (record) => record.intendedMs);
  const earliestMs = Float64Array.from(records, (record) => record.acknowledgedMs);
  for (let i = earliestMs.length - 2; i >= 0; i--) {
    earliestMs[i] = Math.min(earliestMs[i] as number, earliestMs[i + 1] as number);
  }
  return { intendedMs, earliestMs };
}

/** Index of the first value that is not below `bound`. */
function lowerBound(values: Float64Array, bound: number): number {
  let from = 0;
  let to = values.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((values[middle] as number) < bound) from = middle + 1;
    else to = middle;
  }
  return from;
}
