// Histories in a few words, for tables: times in milliseconds, quantities in whole lots.

import type {
  Change,
  Operation,
  OrderQuery,
  SeenOpen,
} from "../../../chaos/history-check/operation.ts";

type When = readonly [number, number | null];

let ids = 0;
const common = ([invokedMs, completedMs]: When) => {
  ids += 1;
  return { id: ids, accountId: 1, symbol: "BTCUSDT", invokedMs, completedMs };
};

const accepted = (seen: object, isFirst = true) =>
  ({ kind: "accepted", isFirst, seen: seen as SeenOpen }) as const;

/** `seen`: null for no answer. */
export function place(key: string, when: When, seen: object | null = {}, isFirst = true): Change {
  const answer =
    seen === null
      ? null
      : accepted({ orderId: orderIdOf(key), status: "NEW", executed: 0, ...seen }, isFirst);
  return { ...common(when), kind: "place", clientOrderId: key, quantity: 10, answer };
}

export function cancel(key: string, when: When, seen: object | null = {}, isFirst = true): Change {
  const answer =
    seen === null
      ? null
      : accepted({ orderId: orderIdOf(key), status: "CANCELED", executed: 0, ...seen }, isFirst);
  return { ...common(when), kind: "cancel", clientOrderId: key, answer };
}

export function reduce(
  key: string,
  when: When,
  quantity: number,
  seen: object | null = {},
): Change {
  const answer = seen === null ? null : accepted({ orderId: orderIdOf(key), quantity, ...seen });
  return { ...common(when), kind: "reduce", clientOrderId: key, quantity, answer };
}

export function refused(
  kind: Change["kind"],
  key: string,
  when: When,
  why: "notOpen" | "duplicate" | "refused",
): Change {
  return { ...common(when), kind, clientOrderId: key, quantity: 10, answer: { kind: why } };
}

export function query(key: string, when: When, seen: object | "absent"): OrderQuery {
  const answer =
    seen === "absent"
      ? ({ kind: "absent" } as const)
      : ({ kind: "found", seen: { orderId: orderIdOf(key), ...seen } } as const);
  return { ...common(when), kind: "order", clientOrderId: key, answer };
}

/** `keys`: of orders, each as NEW with nothing executed, or with what is given. */
export function listed(when: When, keys: readonly (string | SeenOpen)[]): Operation {
  const orders = keys.map((one) =>
    typeof one === "string"
      ? { clientOrderId: one, orderId: orderIdOf(one), status: "NEW", executed: 0 }
      : one,
  );
  return { ...common(when), kind: "openOrders", answer: { kind: "list", orders } };
}

export function orderIdOf(key: string): number {
  return [...key].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
}
