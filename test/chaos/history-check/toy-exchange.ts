// A toy exchange that records histories: operations of many clients overlap, each takes effect at one
// moment of its own, fills come by themselves, some answers are lost. Right by itself; with a fault
// planted, wrong in one way, as an exchange might be.

import type { Fill, Operation } from "../../../chaos/history-check/check-history.ts";
import type { Change, Seen } from "../../../chaos/history-check/operation.ts";
import { Random } from "../../../flow/random.ts";

export const toyFaults = [
  "lostOrder",
  "lostCancel",
  "fillAfterCancel",
  "staleQuery",
  "staleList",
  "tornList",
  "doubleExecution",
  "refusedButStands",
  "executedShrinks",
  "overfill",
  "forgottenReduction",
  "orderIdTwice",
  "oneSidedFill",
  "resurrection",
] as const;
export type ToyFault = (typeof toyFaults)[number];

interface Order {
  readonly key: string;
  orderId: number;
  status: string;
  quantity: number;
  executed: number;
}

type Kind = "place" | "cancel" | "reduce" | "order" | "openOrders" | "fill";

const orderLots = 10;
const openMax = 30;
const recentMax = 60;

export class ToyExchange {
  readonly operations: Operation[] = [];
  readonly fills: Fill[] = [];
  /** How often the fault was planted. */
  faults = 0;
  readonly #random: Random;
  readonly #fault: ToyFault | undefined;
  readonly #orders = new Map<string, Order>();
  /** The newest, and those that are open. */
  #live: Order[] = [];
  #before: Order[] = [];
  #orderIds = 0;
  #trades = 0;

  constructor(seed: number, fault?: ToyFault) {
    this.#random = new Random(seed);
    this.#fault = fault;
  }

  /** One operation after the other takes effect, one a millisecond; around it, it overlaps others. */
  run(count: number, overlapMs: number): void {
    for (let atMs = 1; atMs <= count; atMs += 1) {
      // As in a real market, orders do not stay for ever.
      const open = this.#live.filter(isOpen);
      const [oldest] = open;
      if (open.length > openMax && oldest !== undefined)
        this.#cancel(oldest, this.#when(atMs, overlapMs));
      else this.#act(this.#kind(), atMs, overlapMs);
    }
    // A last look, after everything.
    for (const { key } of this.#orders.values()) {
      this.#query(key, { invokedMs: count + overlapMs + 1, completedMs: count + overlapMs + 2 });
    }
  }

  #kind(): Kind {
    return this.#random.pick<Kind>([
      ["place", 30],
      ["cancel", 15],
      ["reduce", 5],
      ["order", 25],
      ["openOrders", 5],
      ["fill", 20],
    ]);
  }

  #act(kind: Kind, atMs: number, overlapMs: number): void {
    const when = this.#when(atMs, overlapMs);
    if (kind === "place") {
      this.#place(when);
      return;
    }
    if (kind === "openOrders") {
      this.#list(when);
      return;
    }
    const order = this.#live[this.#random.whole(0, Math.max(0, this.#live.length - 1))];
    if (order === undefined) return;
    const { key } = order;
    if (kind === "order") this.#query(key, when);
    else if (kind === "fill") this.#fill(order);
    else if (kind === "cancel") this.#cancel(order, when);
    else this.#reduce(order, when);
  }

  #when(atMs: number, overlapMs: number): When {
    return {
      invokedMs: atMs - this.#random.fraction() * overlapMs,
      completedMs: this.#random.chance(0.02) ? null : atMs + this.#random.fraction() * overlapMs,
    };
  }

  #has(fault: ToyFault): boolean {
    const isPlanted = this.#fault === fault && this.#random.chance(0.5);
    if (isPlanted) this.faults += 1;
    return isPlanted;
  }

  #place(when: When): void {
    const key = `o${this.#orders.size + 1}`;
    this.#orderIds += 1;
    const order = { key, orderId: this.#orderIds, status: "NEW", quantity: orderLots, executed: 0 };
    this.#orders.set(key, order);
    const beyond = this.#live.length - recentMax;
    this.#live = [...this.#live.filter((one, i) => i >= beyond || isOpen(one)), order];
    if (when.completedMs !== null && this.#has("refusedButStands")) {
      this.#record("place", key, when, { kind: "refused" });
      return;
    }
    if (this.#orderIds > 1 && this.#has("orderIdTwice")) order.orderId -= 1;
    this.#record("place", key, when, { kind: "accepted", isFirst: true, seen: seenOf(order) });
    if (when.completedMs !== null && this.#has("lostOrder")) order.status = "";
    if (when.completedMs !== null && this.#has("doubleExecution")) {
      this.#orderIds += 1;
      order.orderId = this.#orderIds;
    }
  }

  #cancel(order: Order, when: When): void {
    const { key } = order;
    if (!isOpen(order)) {
      this.#record("cancel", key, when, { kind: "notOpen" });
      return;
    }
    order.status = "CANCELED";
    this.#record("cancel", key, when, { kind: "accepted", isFirst: true, seen: seenOf(order) });
    if (when.completedMs === null) return;
    if (this.#has("lostCancel")) order.status = order.executed > 0 ? "PARTIALLY_FILLED" : "NEW";
    if (this.#has("fillAfterCancel")) order.executed += 1;
    if (this.#has("resurrection")) order.status = "FILLED";
  }

  #reduce(order: Order, when: When): void {
    const { key } = order;
    const quantity = order.quantity - 1;
    if (!isOpen(order) || quantity <= order.executed) {
      this.#record("reduce", key, when, { kind: "refused" });
      return;
    }
    const before = order.quantity;
    order.quantity = quantity;
    const answer = { kind: "accepted", isFirst: true, seen: seenOf(order) } as const;
    this.#record("reduce", key, when, answer, quantity);
    if (when.completedMs !== null && this.#has("forgottenReduction")) order.quantity = before;
  }

  #fill(order: Order): void {
    if (!isOpen(order)) return;
    const lots = this.#random.whole(1, order.quantity - order.executed);
    order.executed += lots;
    order.status = order.executed === order.quantity ? "FILLED" : "PARTIALLY_FILLED";
    this.#trades += 1;
    const trade = { symbol: "BTCUSDT", tradeId: this.#trades, price: "1.00", quantity: lots };
    this.fills.push({
      ...trade,
      accountId: 1,
      orderId: order.orderId,
      isBuyer: true,
      isMaker: true,
    });
    if (this.#has("oneSidedFill")) return;
    this.fills.push({ ...trade, accountId: 2, orderId: -1, isBuyer: false, isMaker: false });
    if (this.#has("executedShrinks")) order.executed = 0;
    if (this.#has("overfill")) order.executed = order.quantity + 1;
  }

  #query(key: string, when: When): void {
    const order = this.#orders.get(key) as Order;
    const isStale = this.#before.length > 0 && this.#has("staleQuery");
    const seen = isStale ? this.#before.find((one) => one.key === key) : order;
    const answer =
      seen === undefined || seen.status === ""
        ? ({ kind: "absent" } as const)
        : ({ kind: "found", seen: seenOf(seen) } as const);
    this.operations.push({ ...this.#common(when), kind: "order", clientOrderId: key, answer });
  }

  #list(when: When): void {
    const now = this.#live.map((order) => ({ ...order }));
    const isTorn = this.#has("tornList");
    const from = this.#has("staleList")
      ? this.#before
      : now.map((order, i) => (isTorn && i % 2 === 0 ? (this.#before[i] ?? order) : order));
    const orders = from
      .filter(isOpen)
      .map((order) => ({ clientOrderId: order.key, ...seenOf(order) }));
    this.#before = now;
    this.operations.push({
      ...this.#common(when),
      kind: "openOrders",
      answer: { kind: "list", orders },
    });
  }

  #record(
    kind: Change["kind"],
    key: string,
    when: When,
    answer: NonNullable<Change["answer"]>,
    quantity = orderLots,
  ): void {
    const told = when.completedMs === null ? null : answer;
    const common = this.#common(when);
    this.operations.push({ ...common, kind, clientOrderId: key, quantity, answer: told });
  }

  #common(when: When) {
    return { id: this.operations.length + 1, accountId: 1, symbol: "BTCUSDT", ...when };
  }
}

interface When {
  readonly invokedMs: number;
  readonly completedMs: number | null;
}

function isOpen({ status }: Order): boolean {
  return status === "NEW" || status === "PARTIALLY_FILLED";
}

function seenOf({ orderId, status, quantity, executed }: Order): Seen {
  return { orderId, status, quantity, executed };
}
