// One order as a sequential machine, with what is not known left open. Fills happen by themselves, at
// moments that nobody saw; so do changes that were sent and never answered. Both are taken to have
// happened only when an answer cannot be explained otherwise: nothing is lost by waiting, since an
// effect that nobody has seen yet constrains nobody.
// Each function answers the state after the operation, or `undefined`: no history allows it here.

import type { Change, OrderQuery, Seen } from "./operation.ts";

export interface OrderState {
  readonly phase: "absent" | "open" | "ended";
  /** Once it has ended: how, where that was seen; "" before. */
  readonly status: string;
  /** 0: not seen yet. */
  readonly orderId: number;
  /** At least so much; exactly, once `isFinal`. */
  readonly executed: number;
  readonly isFinal: boolean;
  /** -1: not known. */
  readonly quantity: number;
  /** It ended unseen, and an unanswered cancel may have been what ended it. */
  readonly mayBeCanceled: boolean;
}

/** Changes of the order that nobody answered, by the time from which on they may have happened. */
export interface Unanswered {
  readonly places: readonly { readonly fromMs: number; readonly quantity: number }[];
  readonly cancels: readonly number[];
  readonly reduces: readonly { readonly fromMs: number; readonly quantity: number }[];
}

export const absent: OrderState = {
  phase: "absent",
  status: "",
  orderId: 0,
  executed: 0,
  isFinal: false,
  quantity: -1,
  mayBeCanceled: false,
};

const openStatuses: ReadonlySet<string> = new Set(["NEW", "PARTIALLY_FILLED"]);

/**
 * `untilMs`: the earliest end of an operation that has not happened yet. Whatever was sent before it
 * may happen now, and nothing that was sent after it.
 */
export interface Moment {
  readonly untilMs: number;
  readonly unanswered: Unanswered;
}

export function change(state: OrderState, op: Change, moment: Moment): OrderState | undefined {
  const { answer } = op;
  if (answer === null || answer.kind === "refused") return state;
  if (answer.kind === "duplicate") return placed(state, moment);
  if (answer.kind === "notOpen") return notOpen(state, moment);
  if (op.kind === "place") return place(state, op, { ...answer, moment });
  if (op.kind === "cancel") return cancel(state, { ...answer, moment });
  return reduce(state, op, { ...answer, moment });
}

export function query(state: OrderState, op: OrderQuery, moment: Moment): OrderState | undefined {
  const { answer } = op;
  if (answer === null) return state;
  if (answer.kind === "absent") return state.phase === "absent" ? state : undefined;
  return found(state, answer.seen, moment);
}

/** The order exists and looks like this. */
export function found(state: OrderState, seen: Seen, moment: Moment): OrderState | undefined {
  const there = placed(state, moment);
  return there && observe(there, seen, moment);
}

/** It is not among the open ones: it has ended, or is not there yet. */
export function notOpen(state: OrderState, { untilMs, unanswered }: Moment): OrderState {
  if (state.phase !== "open") return state;
  const mayBeCanceled = unanswered.cancels.some((fromMs) => fromMs <= untilMs);
  return { ...state, phase: "ended", mayBeCanceled };
}

interface Accepted {
  readonly isFirst: boolean;
  readonly seen: Seen;
  readonly moment: Moment;
}

function place(state: OrderState, op: Change, { isFirst, seen, moment }: Accepted) {
  // A first answer says that this very request made the order. A later word may be of a request that
  // was sent before and never answered.
  if (state.phase !== "absent") return isFirst ? undefined : observe(state, seen, moment);
  const made: OrderState = { ...absent, phase: "open", quantity: op.quantity ?? -1 };
  return observe(made, seen, moment);
}

function cancel(before: OrderState, { isFirst, seen, moment }: Accepted): OrderState | undefined {
  const state = placed(before, moment);
  if (state === undefined) return undefined;
  if (state.phase === "ended") {
    return isFirst ? undefined : observe(state, { ...seen, status: "CANCELED" }, moment);
  }
  // Fills up to the cancel are in its answer; none may follow.
  const filled = observe(state, { ...seen, status: undefined }, moment);
  if (filled === undefined) return undefined;
  const isFinal = seen.executed !== undefined;
  return { ...filled, phase: "ended", status: "CANCELED", isFinal };
}

function reduce(before: OrderState, op: Change, { isFirst, seen, moment }: Accepted) {
  const state = placed(before, moment);
  if (state === undefined) return undefined;
  const quantity = op.quantity ?? -1;
  if (state.phase === "ended") {
    return isFirst ? undefined : observe(state, seen, moment);
  }
  if (quantity >= 0 && quantity < state.executed) return undefined;
  return observe({ ...state, quantity }, { ...seen, quantity: undefined }, moment);
}

/** It exists; where it did not, an unanswered placement must have made it by now. */
function placed(state: OrderState, { untilMs, unanswered }: Moment): OrderState | undefined {
  if (state.phase !== "absent") return state;
  const sent = unanswered.places.find(({ fromMs }) => fromMs <= untilMs);
  return sent && { ...absent, phase: "open", quantity: sent.quantity };
}

/** Lets happen what must have happened for the order to look like this. */
function observe(before: OrderState, seen: Seen, moment: Moment): OrderState | undefined {
  if (seen.orderId !== undefined && before.orderId !== 0 && seen.orderId !== before.orderId) {
    return undefined;
  }
  const orderId = seen.orderId ?? before.orderId;
  const sized = resize({ ...before, orderId }, seen.quantity, moment);
  const filled = sized && fill(sized, seen.executed);
  return filled && turn(filled, seen, moment);
}

function resize(
  state: OrderState,
  quantity: number | undefined,
  { untilMs, unanswered }: Moment,
): OrderState | undefined {
  if (quantity === undefined || quantity === state.quantity) return state;
  if (state.quantity < 0) return { ...state, quantity };
  if (state.isFinal || quantity > state.quantity) return undefined;
  const isSent = unanswered.reduces.some(
    (sent) => sent.quantity === quantity && sent.fromMs <= untilMs,
  );
  return isSent ? { ...state, quantity } : undefined;
}

function fill(state: OrderState, executed: number | undefined): OrderState | undefined {
  if (executed === undefined || executed === state.executed) {
    return executed !== undefined && state.phase === "ended" ? { ...state, isFinal: true } : state;
  }
  if (executed < state.executed || state.isFinal) return undefined;
  if (state.quantity >= 0 && executed > state.quantity) return undefined;
  return { ...state, executed, isFinal: state.phase === "ended" };
}

/** Statuses only move forward: NEW, PARTIALLY_FILLED, then one of the ends. */
function turn(state: OrderState, { status, executed }: Seen, moment: Moment) {
  if (status === undefined) return state;
  if (openStatuses.has(status)) {
    const isPartial = state.executed > 0;
    const isFitting = executed === undefined || isPartial === (status === "PARTIALLY_FILLED");
    const isFull = state.quantity >= 0 && state.executed >= state.quantity;
    return state.phase === "open" && isFitting && !isFull ? state : undefined;
  }
  if (state.phase === "ended" && state.status !== "") {
    return state.status === status ? state : undefined;
  }
  if (status === "CANCELED" && !canBeCanceled(state, moment)) return undefined;
  const isWhole = state.quantity < 0 || executed === undefined || executed === state.quantity;
  if (status === "FILLED" && !isWhole) return undefined;
  return { ...state, phase: "ended" as const, status, isFinal: executed !== undefined };
}

function canBeCanceled(state: OrderState, { untilMs, unanswered }: Moment): boolean {
  if (state.phase === "ended") return state.mayBeCanceled;
  return unanswered.cancels.some((fromMs) => fromMs <= untilMs);
}
