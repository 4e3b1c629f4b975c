// Which connection has fallen silent? Pure. Invariant: a connection is given up quickly only while
// another one answers; where all are silent the fault may be ours, and the bound is three times as
// long.

export interface Heard {
  /** When anything, a pong included, last came in. */
  readonly lastHeardMs: number;
  /** Requests in a row that another connection answered and this one did not. */
  readonly missedInARow: number;
  /** When the first of them was missed. */
  readonly missedSinceMs: number;
}

export interface SilenceLimits {
  readonly silentAfterMs: number;
  readonly missedMax: number;
}

export interface Drop {
  readonly index: number;
  readonly reason: "silent" | "answers pings only";
}

/** The connections to drop. */
export function silent(heard: readonly Heard[], limits: SilenceLimits, nowMs: number): Drop[] {
  const dropped: Drop[] = [];
  for (let index = 0; index < heard.length; index += 1) {
    const one = heard[index] as Heard;
    const isAnotherHeard = heard.some(
      (other, i) => i !== index && nowMs - other.lastHeardMs < limits.silentAfterMs,
    );
    const quietMs = nowMs - one.lastHeardMs;
    const limitMs = isAnotherHeard ? limits.silentAfterMs : 3 * limits.silentAfterMs;
    // Its gateway may live and answer pings while it has lost the exchange.
    const isMissing =
      one.missedInARow >= limits.missedMax && nowMs - one.missedSinceMs >= 2 * limits.silentAfterMs;
    if (quietMs >= limitMs) dropped.push({ index, reason: "silent" });
    else if (isAnotherHeard && isMissing) dropped.push({ index, reason: "answers pings only" });
  }
  return dropped;
}
