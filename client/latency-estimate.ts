// When is an answer late? Smoothed round trip plus four deviations, as TCP times its
// retransmissions (RFC 6298), held between two bounds. Answers to hedged requests are not fed in
// twice: only the attempt that was answered counts (Karn's rule holds, ids tell attempts apart).

export interface HedgeBounds {
  readonly leastMs: number;
  readonly mostMs: number;
}

export class LatencyEstimate {
  readonly #bounds: HedgeBounds;
  #smoothedMs = 0;
  #deviationMs = 0;

  constructor(bounds: HedgeBounds) {
    this.#bounds = bounds;
  }

  observe(latencyMs: number): void {
    // An outage is no news about the normal round trip: what was late anyway counts as just late.
    const seenMs = Math.min(latencyMs, this.#bounds.mostMs);
    if (this.#smoothedMs === 0) {
      this.#smoothedMs = seenMs;
      this.#deviationMs = seenMs / 2;
      return;
    }
    const errorMs = seenMs - this.#smoothedMs;
    this.#smoothedMs += errorMs / 8;
    this.#deviationMs += (Math.abs(errorMs) - this.#deviationMs) / 4;
  }

  /** A request not answered for so long is sent again through another gateway. */
  get hedgeAfterMs(): number {
    const lateMs = this.#smoothedMs + 4 * this.#deviationMs;
    return Math.min(this.#bounds.mostMs, Math.max(this.#bounds.leastMs, lateMs));
  }
}
