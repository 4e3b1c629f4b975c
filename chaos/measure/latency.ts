// Latency by part of the run, from the intended time of each operation, so that an outage counts for
// everything that should have happened in it. Unanswered operations count with the time they waited.

import { build } from "hdr-histogram-js";
import type { LedgerRecord } from "../load/ledger.ts";

export interface LatencySummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** By name of the span; an operation belongs to the span in which it was meant to be sent. */
export function summarizeLatency(
  ledger: readonly LedgerRecord[],
  spans: readonly Span[],
): Record<string, LatencySummary> {
  const summaries: Record<string, LatencySummary> = {};
  for (const { name, fromMs, toMs } of spans) {
    const histogram = build({ numberOfSignificantValueDigits: 3 });
    for (const { kind, intendedMs, acknowledgedMs } of ledger) {
      if (kind === "recheck" || intendedMs < fromMs || intendedMs >= toMs) continue;
      histogram.recordValue(Math.max(1, Math.round((acknowledgedMs - intendedMs) * 1000)));
    }
    const at = (percentile: number) =>
      histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1000;
    summaries[name] = {
      count: histogram.totalCount,
      p50Ms: at(50),
      p99Ms: at(99),
      p999Ms: at(99.9),
      maxMs: histogram.totalCount === 0 ? 0 : histogram.maxValue / 1000,
    };
  }
  return summaries;
}
