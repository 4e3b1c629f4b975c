// Which promotions were called for, and what led to those that were not. Pure.

import type { TimedDecision } from "../measure/time-split.ts";

export interface Promotions {
  readonly expected: number;
  readonly seen: number;
  /** Trials that no promotion followed. */
  readonly missing: number;
  /** Promotions beyond the first after each fault, and those before any. */
  readonly extra: readonly TimedDecision[];
}

/** `faultsMs`: when each fault began, ascending. Each calls for one promotion before the next one. */
export function countPromotions(
  faultsMs: readonly number[],
  decisions: readonly TimedDecision[],
): Promotions {
  const served = decisions.filter(({ code }) => code === "SERVING");
  const extra: TimedDecision[] = [];
  const answered = new Set<number>();
  for (const decision of served.toSorted((a, b) => a.atMs - b.atMs)) {
    const fault = faultsMs.findLastIndex((beganMs) => beganMs <= decision.atMs);
    if (fault < 0 || answered.has(fault)) extra.push(decision);
    else answered.add(fault);
  }
  return {
    expected: faultsMs.length,
    seen: served.length,
    missing: faultsMs.length - answered.size,
    extra,
  };
}

/** The last steps of either engine up to a promotion: enough to see who was silent to whom. */
export function ledUpTo(
  promotion: TimedDecision,
  decisions: readonly (TimedDecision & { readonly reason?: string | undefined })[],
): string {
  const steps = decisions
    .filter(({ atMs }) => atMs <= promotion.atMs && atMs > promotion.atMs - 2_000)
    .map(({ atMs, node, code, epoch, reason }) => {
      const why = reason === undefined ? "" : ` (${reason})`;
      return `${(atMs - promotion.atMs).toFixed(0)} ms ${node} ${code} ${epoch}${why}`;
    });
  return `${promotion.node} was promoted to epoch ${promotion.epoch} for no fault: ${steps.join(", ")}`;
}
