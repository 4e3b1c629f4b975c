// How long the steps of an engine's last promotion took, from its decisions. Pure.

import type { Decision } from "../../status.ts";

/** Each step ends with its code and begins where the one before ended. */
const steps = [
  { step: "suspect_to_epoch", from: "SUSPECTED", to: "EPOCH_TAKEN" },
  { step: "epoch_to_vote", from: "EPOCH_TAKEN", to: "VOTE_GRANTED" },
  { step: "vote_to_log", from: "VOTE_GRANTED", to: "LOG_READ" },
  { step: "log_to_barrier", from: "LOG_READ", to: "BARRIER_APPENDED" },
  { step: "barrier_to_serving", from: "BARRIER_APPENDED", to: "SERVING" },
] as const;

export interface PromotionStep {
  readonly step: string;
  readonly ms: number;
}

/** Empty before the first promotion; a switchover has no suspicion, and then no such step. */
export function promotionSteps(decisions: readonly Decision[]): PromotionStep[] {
  const end = decisions.findLastIndex(({ code }) => code === "SERVING");
  if (end < 0) return [];
  const start = decisions.findLastIndex(
    ({ code }, index) => index < end && (code === "DEPOSED" || code === "SERVING"),
  );
  const promotion = decisions.slice(start + 1, end + 1);
  const atOf = (code: string) => promotion.findLast((decision) => decision.code === code)?.atMs;
  return steps.flatMap(({ step, from, to }) => {
    const [fromMs, toMs] = [atOf(from), atOf(to)];
    return fromMs === undefined || toMs === undefined || toMs < fromMs
      ? []
      : [{ step, ms: toMs - fromMs }];
  });
}
