// What to do next about one operation (place, cancel, reduce): pure, observation + now -> action.
// Invariants: an operation is settled as accepted only by a report of the exchange; as rejected only
// where no attempt can still be executed, or with `inDoubt`; else it ends "unknown". Every attempt
// carries the same client order id, so that sending again is safe.

import type { ApiFault } from "./api-errors.ts";

export interface Observation {
  /** A report of the exchange shows that it took effect. */
  readonly isAccepted: boolean;
  /** A final refusal of one attempt. */
  readonly rejection: ApiFault | undefined;
  /** Attempts that nobody answered, whatever became of their connections. */
  readonly unanswered: number;
  /** Of those, the ones whose connection is still open. */
  readonly unansweredOpen: number;
  readonly attempts: number;
  readonly lastSentMs: number;
  /** After an unclear or retryable answer: not before this time. */
  readonly resendAtMs: number;
  /** Questions about the order's status asked so far. */
  readonly queries: number;
  readonly lastQueryMs: number;
  /** A query has shown that it did not take effect up to then. */
  readonly isFoundAbsent: boolean;
  readonly deadlineMs: number;
  /** When the outcome is given up as unknown. */
  readonly giveUpMs: number;
}

export interface Paths {
  readonly hasOpen: boolean;
  /** A connection without any overdue answer, which carries no unanswered attempt of this one. */
  readonly hasFresh: boolean;
  /** The connections that carry its unanswered attempts owe pongs; a fresh one does not. */
  readonly isStalled: boolean;
  readonly hedgeAfterMs: number;
  /** Of second attempts, whatever their cause. */
  readonly isBudgetSpent: boolean;
}

export type Action =
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "send" }
  | { readonly kind: "query" }
  | {
      readonly kind: "settle";
      readonly outcome: "accepted" | "rejected" | "unknown";
      readonly inDoubt: boolean;
    };

/** Six attempts, doubling from 150 ms, span 4.6 s: all of the default deadline. */
export const ATTEMPTS_MAX = 6;
/** How often an operation with no way out looks again. */
const LOOK_AGAIN_MS = 10;

export function decide(seen: Observation, paths: Paths, nowMs: number): Action {
  if (seen.isAccepted) return { kind: "settle", outcome: "accepted", inDoubt: false };
  if (seen.rejection !== undefined) return decideRejected(seen, paths, nowMs);
  if (nowMs >= seen.deadlineMs) return decideLate(seen, paths, nowMs);
  return decideSending(seen, paths, nowMs);
}

/** One attempt was refused; others may have been, or may still be, executed: ask. */
function decideRejected(seen: Observation, paths: Paths, nowMs: number): Action {
  const needsQuery = seen.unanswered > 0 || seen.rejection?.kind === "unknownOrder";
  if (seen.attempts === 1 || !needsQuery) {
    return { kind: "settle", outcome: "rejected", inDoubt: false };
  }
  if (seen.isFoundAbsent || nowMs >= seen.giveUpMs) {
    return { kind: "settle", outcome: "rejected", inDoubt: seen.unanswered > 0 };
  }
  return ask(seen, paths, nowMs);
}

/** Past the deadline nothing new is sent: only the truth about what was sent is sought. */
function decideLate(seen: Observation, paths: Paths, nowMs: number): Action {
  // Never sent at all: nothing can have been executed, but the caller got no service either.
  if (nowMs >= seen.giveUpMs || seen.attempts === 0) {
    return { kind: "settle", outcome: "unknown", inDoubt: seen.attempts > 0 };
  }
  return ask(seen, paths, nowMs);
}

function ask(seen: Observation, paths: Paths, nowMs: number): Action {
  if (!paths.hasOpen) return { kind: "wait", untilMs: nowMs + LOOK_AGAIN_MS };
  const againMs = seen.lastQueryMs + paths.hedgeAfterMs * 2 ** Math.min(seen.queries - 1, 3);
  if (seen.queries > 0 && nowMs < againMs) {
    return { kind: "wait", untilMs: Math.min(againMs, seen.giveUpMs) };
  }
  return { kind: "query" };
}

function decideSending(seen: Observation, paths: Paths, nowMs: number): Action {
  const lookAgain: Action = { kind: "wait", untilMs: nowMs + LOOK_AGAIN_MS };
  if (seen.attempts === 0) return paths.hasOpen ? { kind: "send" } : lookAgain;
  if (seen.attempts >= ATTEMPTS_MAX) return { kind: "wait", untilMs: seen.deadlineMs };
  if (seen.unansweredOpen === 0) {
    if (nowMs < seen.resendAtMs) return { kind: "wait", untilMs: seen.resendAtMs };
    return paths.hasOpen && !paths.isBudgetSpent ? { kind: "send" } : lookAgain;
  }
  const hedgeMs = seen.lastSentMs + paths.hedgeAfterMs * 2 ** (seen.attempts - 1);
  // Where every way is overdue the exchange itself is late: asking twice would make it later. The
  // same connection twice would prove nothing.
  const isLate = nowMs >= hedgeMs && paths.hasFresh;
  if ((isLate || paths.isStalled) && !paths.isBudgetSpent) return { kind: "send" };
  return nowMs < hedgeMs
    ? { kind: "wait", untilMs: Math.min(hedgeMs, seen.deadlineMs) }
    : lookAgain;
}
