// A trade is two fills: the buyer's and the seller's word on it must agree, and the fills of an order
// must add up to what its answers said was executed.

import type { Operation } from "./operation.ts";

/** One side's word on one trade. */
export interface Fill {
  readonly accountId: number;
  readonly symbol: string;
  readonly tradeId: number;
  readonly orderId: number;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
  /** As the API prints it. */
  readonly price: string;
  /** In hundred-millionths. */
  readonly quantity: number;
}

export function fillFaults(operations: readonly Operation[], fills: readonly Fill[]): string[] {
  if (fills.length === 0) return [];
  return [...sideFaults(fills), ...sumFaults(operations, fills)];
}

function sideFaults(fills: readonly Fill[]): string[] {
  const trades = new Map<string, Fill[]>();
  for (const fill of fills) {
    const key = `${fill.symbol}/${fill.tradeId}`;
    const sides = trades.get(key) ?? [];
    trades.set(key, sides);
    sides.push(fill);
  }
  return [...trades].flatMap(([key, sides]) => {
    const [one, other] = sides;
    if (sides.length !== 2 || one === undefined || other === undefined) {
      return [`trade ${key} has ${sides.length} fills, not a buyer's and a seller's`];
    }
    if (one.isBuyer === other.isBuyer) return [`trade ${key} has two fills of one side`];
    if (one.isMaker === other.isMaker) return [`trade ${key} has no maker and taker`];
    if (one.price === other.price && one.quantity === other.quantity) return [];
    const words = [one, other].map(({ price, quantity }) => `${quantity} at ${price}`);
    return [`trade ${key}: one side says ${words[0]}, the other ${words[1]}`];
  });
}

/** All fills are there, so none of an order's answers may speak of more, and its last one not of less. */
function sumFaults(operations: readonly Operation[], fills: readonly Fill[]): string[] {
  const executed = new Map<string, number>();
  for (const { symbol, orderId, quantity } of fills) {
    const key = `${symbol}/${orderId}`;
    executed.set(key, (executed.get(key) ?? 0) + quantity);
  }
  const faults: string[] = [];
  for (const { id, symbol, answer } of operations) {
    if (answer === null || !("seen" in answer)) continue;
    const { orderId, status, executed: told } = answer.seen;
    if (orderId === undefined || told === undefined) continue;
    const sum = executed.get(`${symbol}/${orderId}`) ?? 0;
    const isEnd = status !== undefined && status !== "NEW" && status !== "PARTIALLY_FILLED";
    if (told > sum || (isEnd && told !== sum)) {
      faults.push(`#${id}: order ${orderId} executed ${told}, its fills add up to ${sum}`);
    }
  }
  return faults;
}
