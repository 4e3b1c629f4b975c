// The orders of one account on one symbol as one object: what operations do to them, one at a time,
// each undoable. The state has a hash that is kept as it changes, so that a search can remember where
// it has been.

import type { OpenOrdersQuery, Operation } from "./operation.ts";
import {
  absent,
  change,
  found,
  type Moment,
  notOpen,
  type OrderState,
  query,
  type Unanswered,
} from "./order-state.ts";

const nothingUnanswered: Unanswered = { places: [], cancels: [], reduces: [] };

export class BookModel {
  readonly #states = new Map<string, OrderState>();
  readonly #open = new Set<string>();
  readonly #unanswered: ReadonlyMap<string, Unanswered>;
  /** Orders that somebody sent: any other one in an answer is a contradiction. */
  readonly #known: ReadonlySet<string>;
  readonly #undo: (readonly [string, OrderState])[] = [];
  #low = 0;
  #high = 0;

  constructor(operations: readonly Operation[]) {
    this.#unanswered = unansweredOf(operations);
    this.#known = new Set(
      operations.flatMap((op) => (op.kind === "place" ? [op.clientOrderId] : [])),
    );
  }

  /** Two independent hashes of 32 bits: that both agree for different states does not happen. */
  get hash(): string {
    return `${this.#low}.${this.#high}`;
  }

  /** To be handed to `rewind`. */
  get mark(): number {
    return this.#undo.length;
  }

  rewind(mark: number): void {
    while (this.#undo.length > mark) {
      const [key, state] = this.#undo.pop() as readonly [string, OrderState];
      this.#put(key, state);
    }
  }

  /** `false`: it cannot happen now; the state may have changed up to there and must be rewound. */
  step(operation: Operation, untilMs: number): boolean {
    if (operation.kind === "openOrders") return this.#listed(operation, untilMs);
    const key = operation.clientOrderId;
    const state = this.#states.get(key) ?? absent;
    const moment = this.#moment(key, untilMs);
    const next =
      operation.kind === "order"
        ? query(state, operation, moment)
        : change(state, operation, moment);
    return next !== undefined && this.#set(key, state, next);
  }

  #listed({ answer }: OpenOrdersQuery, untilMs: number): boolean {
    if (answer === null) return true;
    const listed = new Set<string>();
    for (const seen of answer.orders) {
      const key = seen.clientOrderId;
      if (listed.has(key) || !this.#known.has(key)) return false;
      listed.add(key);
      const state = this.#states.get(key) ?? absent;
      const next = found(state, { ...seen, status: seen.status ?? "" }, this.#moment(key, untilMs));
      if (next === undefined || next.phase !== "open") return false;
      this.#set(key, state, next);
    }
    for (const key of [...this.#open]) {
      if (listed.has(key)) continue;
      const state = this.#states.get(key) ?? absent;
      this.#set(key, state, notOpen(state, this.#moment(key, untilMs)));
    }
    return true;
  }

  #moment(key: string, untilMs: number): Moment {
    return { untilMs, unanswered: this.#unanswered.get(key) ?? nothingUnanswered };
  }

  #set(key: string, before: OrderState, next: OrderState): true {
    if (next === before) return true;
    this.#undo.push([key, before]);
    this.#put(key, next);
    return true;
  }

  #put(key: string, state: OrderState): void {
    this.#mix(key, this.#states.get(key));
    this.#mix(key, state);
    this.#states.set(key, state);
    if (state.phase === "open") this.#open.add(key);
    else this.#open.delete(key);
  }

  /** Mixing in twice is mixing out. */
  #mix(key: string, state: OrderState | undefined): void {
    if (state === undefined || state.phase === "absent") return;
    const { phase, status, orderId, executed, isFinal, quantity, mayBeCanceled } = state;
    const text = `${key}|${phase}|${status}|${orderId}|${executed}|${isFinal}|${quantity}|${mayBeCanceled}`;
    this.#low ^= hash32(text, 0x811c9dc5);
    this.#high ^= hash32(text, 0x01000193);
  }
}

/** FNV-1a, finished by MurmurHash3's mixer, since the last characters differ most. */
function hash32(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function unansweredOf(operations: readonly Operation[]): Map<string, Unanswered> {
  const all = new Map<
    string,
    {
      places: Unanswered["places"][number][];
      cancels: number[];
      reduces: Unanswered["reduces"][number][];
    }
  >();
  for (const op of operations) {
    if (op.kind === "openOrders" || op.kind === "order") continue;
    if (op.completedMs !== null && op.answer !== null) continue;
    const own = all.get(op.clientOrderId) ?? { places: [], cancels: [], reduces: [] };
    all.set(op.clientOrderId, own);
    const sent = { fromMs: op.invokedMs, quantity: op.quantity ?? -1 };
    if (op.kind === "place") own.places.push(sent);
    else if (op.kind === "cancel") own.cancels.push(op.invokedMs);
    else own.reduces.push(sent);
  }
  return all;
}
