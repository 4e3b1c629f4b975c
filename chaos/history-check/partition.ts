// Which operations can contradict each other? Orders are objects of their own, so each order's
// operations can be searched alone (linearizability is local); only a list of open orders looks at
// several at once, and is seen by each of them as a word on itself.

import { isAnswered, type OpenOrdersQuery, type Operation, type SeenOpen } from "./operation.ts";

/** One account on one symbol. */
export interface Partition {
  readonly accountId: number;
  readonly symbol: string;
  readonly operations: readonly Operation[];
}

export function partitions(operations: readonly Operation[]): Partition[] {
  const all = new Map<string, Operation[]>();
  for (const operation of operations) {
    const key = `${operation.accountId}/${operation.symbol}`;
    const own = all.get(key) ?? [];
    all.set(key, own);
    own.push(operation);
  }
  return [...all.values()].map((own) => {
    const { accountId, symbol } = own[0] as Operation;
    return { accountId, symbol, operations: own };
  });
}

/** The operations on each order by its id, lists of open orders cut down to that order. */
export function byOrder({ operations }: Partition): Map<string, Operation[]> {
  const orders = new Map<string, Operation[]>();
  const lists: OpenOrdersQuery[] = [];
  for (const operation of operations) {
    if (operation.kind === "openOrders") {
      if (isAnswered(operation)) lists.push(operation);
      continue;
    }
    const own = orders.get(operation.clientOrderId) ?? [];
    orders.set(operation.clientOrderId, own);
    own.push(operation);
  }
  lists.sort((a, b) => a.invokedMs - b.invokedMs);
  const spans = [...orders].map(([key, own]) => ({ key, own, ...spanOf(own) }));
  for (const list of lists) {
    const seen = new Map<string, SeenOpen[]>();
    for (const one of list.answer?.orders ?? []) {
      seen.set(one.clientOrderId, [...(seen.get(one.clientOrderId) ?? []), one]);
    }
    for (const span of spans) {
      const words = seen.get(span.key) ?? [];
      // Not listed before it was sent, or after its end was told: nothing is learned from that.
      const isOutside = (list.completedMs as number) < span.fromMs || list.invokedMs > span.untilMs;
      if (words.length === 0 && isOutside) continue;
      span.own.push({ ...list, answer: { kind: "list", orders: words } });
      const isEnded = words.length === 0 && list.invokedMs > span.knownMs;
      if (isEnded) span.untilMs = Math.min(span.untilMs, list.completedMs as number);
    }
    for (const key of seen.keys()) {
      // An order that nobody sent is a history of its own, and a contradiction.
      if (!orders.has(key)) orders.set(key, [list]);
    }
  }
  return orders;
}

const ends: ReadonlySet<string> = new Set(["FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"]);

interface Span {
  /** Its first operation was sent. */
  readonly fromMs: number;
  /** An answer has told that it exists. */
  readonly knownMs: number;
  /** An answer has told that it has ended. */
  untilMs: number;
}

function spanOf(operations: readonly Operation[]): Span {
  const span = { fromMs: Infinity, knownMs: Infinity, untilMs: Infinity };
  for (const { invokedMs, completedMs, answer, kind } of operations) {
    span.fromMs = Math.min(span.fromMs, invokedMs);
    if (completedMs === null || answer === null || !("seen" in answer)) continue;
    span.knownMs = Math.min(span.knownMs, completedMs);
    const isEnd = kind === "cancel" || ends.has(answer.seen.status ?? "");
    if (isEnd) span.untilMs = Math.min(span.untilMs, completedMs);
  }
  return span;
}
