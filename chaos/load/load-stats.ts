// Counts what the load sends and hears, and summarizes the time since the last summary.

import { build, type Histogram } from "hdr-histogram-js";
import type { LedgerRecord } from "./ledger.ts";
import type { LoadProgress } from "./load-protocol.ts";

/** A minute: nothing in the client waits longer. */
const LATENCY_US_MAX = 60_000_000;

export class LoadStats {
  sent = 0;
  unsent = 0;
  skipped = 0;
  #accepted = 0;
  #rejected = 0;
  #unknown = 0;
  #retried = 0;
  #lagMsMax = 0;
  #lastMs: number;
  readonly #latencyUs: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: 3,
  });

  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  lag(lagMs: number): void {
    if (lagMs > this.#lagMsMax) this.#lagMsMax = lagMs;
  }

  settled(record: LedgerRecord): void {
    if (record.outcome === "accepted") this.#accepted += 1;
    else if (record.outcome === "rejected") this.#rejected += 1;
    else this.#unknown += 1;
    if (record.attempts > 1) this.#retried += 1;
    const latencyUs = Math.round((record.acknowledgedMs - record.intendedMs) * 1000);
    this.#latencyUs.recordValue(Math.min(LATENCY_US_MAX, Math.max(1, latencyUs)));
  }

  progress(nowMs: number, pending: number): LoadProgress {
    const latencyUs = this.#latencyUs;
    const report: LoadProgress = {
      kind: "progress",
      atMs: nowMs,
      sent: this.sent,
      accepted: this.#accepted,
      rejected: this.#rejected,
      unknown: this.#unknown,
      retried: this.#retried,
      pending,
      ackPerS: (latencyUs.totalCount * 1000) / Math.max(1, nowMs - this.#lastMs),
      latencyMsP50: latencyUs.totalCount > 0 ? latencyUs.getValueAtPercentile(50) / 1000 : 0,
      latencyMsP99: latencyUs.totalCount > 0 ? latencyUs.getValueAtPercentile(99) / 1000 : 0,
      lagMsMax: this.#lagMsMax,
    };
    latencyUs.reset();
    this.#lagMsMax = 0;
    this.#lastMs = nowMs;
    return report;
  }
}
