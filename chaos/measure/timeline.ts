// The run in slices of equal length, for the chart: what was acknowledged in each, and how long what
// was meant to be sent in it took.

import type { LedgerRecord } from "../load/ledger.ts";

export interface Timeline {
  readonly sliceMs: number;
  /** Seconds after the start, of each slice's beginning. */
  readonly seconds: readonly number[];
  readonly intendedPerS: readonly number[];
  readonly acknowledgedPerS: readonly number[];
  /** `null` where nothing was meant to be sent. */
  readonly latencyMsMedian: readonly (number | null)[];
  readonly latencyMsMax: readonly (number | null)[];
}

export function timeline(
  ledger: readonly LedgerRecord[],
  span: { readonly startMs: number; readonly endMs: number; readonly sliceMs: number },
): Timeline {
  const { startMs, endMs, sliceMs } = span;
  const count = Math.max(1, Math.ceil((endMs - startMs) / sliceMs));
  const acknowledged = new Array<number>(count).fill(0);
  const latencies = Array.from({ length: count }, () => [] as number[]);
  for (const { kind, intendedMs, acknowledgedMs, outcome } of ledger) {
    if (kind === "recheck") continue;
    latencies[Math.floor((intendedMs - startMs) / sliceMs)]?.push(acknowledgedMs - intendedMs);
    const slice = Math.floor((acknowledgedMs - startMs) / sliceMs);
    const isAnswered = outcome === "accepted" || outcome === "rejected";
    if (isAnswered && slice >= 0 && slice < count)
      acknowledged[slice] = (acknowledged[slice] ?? 0) + 1;
  }
  for (const slice of latencies) slice.sort((a, b) => a - b);
  const perS = (n: number) => Math.round((n * 1000) / sliceMs);
  const rounded = (ms: number | undefined) =>
    ms === undefined ? null : Math.round(ms * 100) / 100;
  return {
    sliceMs,
    seconds: latencies.map((_, i) => (i * sliceMs) / 1000),
    intendedPerS: latencies.map((slice) => perS(slice.length)),
    acknowledgedPerS: acknowledged.map(perS),
    latencyMsMedian: latencies.map((slice) => rounded(slice[slice.length >> 1])),
    latencyMsMax: latencies.map((slice) => rounded(slice.at(-1))),
  };
}
