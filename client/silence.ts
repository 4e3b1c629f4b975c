// Which connection has fallen silent? Pure. Invariant: a connection is given up quickly only while
// another one answers; where all are silent the fault may be ours, and the bound is three times as
// long.

export interface Heard {
  /** When anything, a pong included, last came in. */
  readonly lastHeardMs: number;
  /** Requests in a row that another connection answered and this one did not. */
  readonly missedInARow: number;
}

export interface SilenceLimits {
  readonly silentAfterMs: number;
  readonly missedMax: number;
}

/** Indices of the connections to drop. */
export function silent(heard: readonly Heard[], limits: SilenceLimits, nowMs: number): number[] {
  const dropped: number[] = [];
  for (let index = 0; index < heard.length; index += 1) {
    const one = heard[index] as Heard;
    const isAnotherHeard = heard.some(
      (other, i) => i !== index && nowMs - other.lastHeardMs < limits.silentAfterMs,
    );
    const quietMs = nowMs - one.lastHeardMs;
    const limitMs = isAnotherHeard ? limits.silentAfterMs : 3 * limits.silentAfterMs;
    // Its gateway may live and answer pings while it has lost the exchange.
    const isMissing = isAnotherHeard && one.missedInARow >= limits.missedMax;
    if (quietMs >= limitMs || isMissing) dropped.push(index);
  }
  return dropped;
}
