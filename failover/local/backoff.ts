// How long to wait before a process that died is started again. Pure.

/** A process that lived this long is healthy: its next death starts the count anew. */
export const healthyAfterMs = 10_000;

const delayMsMin = 50;
const delayMsMax = 2_000;

/** At once the first time, then 50 ms, 100 ms, … up to 2 s: a process that cannot start must not
 * take a core from those that can. `deathsInRow` counts this one. */
export function restartDelayMs(deathsInRow: number): number {
  if (deathsInRow <= 1) return 0;
  // The exponent is bounded, so that no count of deaths can overflow.
  return Math.min(delayMsMax, delayMsMin * 2 ** Math.min(deathsInRow - 2, 10));
}
