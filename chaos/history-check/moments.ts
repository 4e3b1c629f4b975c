// A list of open orders shows all orders of an account and symbol at one moment. Each order by itself
// allows the list some moments; here one is sought for every list that all its orders allow. Between
// two ends of operations all moments are alike, so that there are few to try. With the moments of all
// lists fixed, orders are independent again, and each one's own search is the proof of its part.

import { type Operation, touches } from "./operation.ts";
import { search } from "./search.ts";

export type Moments =
  | { readonly kind: "pass"; readonly steps: number }
  /** `list` has no moment; the orders named allow it none together. */
  | {
      readonly kind: "fail";
      readonly list: Operation;
      readonly orders: readonly string[];
      readonly steps: number;
    }
  | { readonly kind: "unknown"; readonly steps: number };

interface Level {
  readonly list: Operation;
  /** Orders of which another operation overlaps the list: to all others every moment is alike. */
  readonly concerned: string[];
  readonly candidates: readonly number[];
  next: number;
}

const orderStepsMax = 20_000;

/** `orders`: each order's operations, lists cut down to it; each has an explanation by itself. */
export function findMoments(
  orders: ReadonlyMap<string, readonly Operation[]>,
  stepsMax: number,
): Moments {
  const levels = levelsOf(orders);
  const fixed = new Map<number, number>();
  const taken = new Set<number>();
  let steps = 0;
  let deepest = 0;
  const isAllowed = (key: string) => {
    const found = search(withMoments(orders.get(key) ?? [], fixed), orderStepsMax);
    steps += found.steps;
    return found.kind === "pass";
  };
  let depth = 0;
  while (depth < levels.length) {
    const level = levels[depth] as Level;
    const { id } = level.list;
    taken.delete(fixed.get(id) ?? Number.NaN);
    fixed.delete(id);
    const atMs = level.candidates[level.next];
    if (atMs === undefined) {
      level.next = 0;
      if (depth === 0) break;
      depth -= 1;
      continue;
    }
    if (steps > stepsMax) return { kind: "unknown", steps };
    level.next += 1;
    // Two lists at one moment would be in no order: another moment as near is among the candidates.
    if (taken.has(atMs)) continue;
    taken.add(atMs);
    fixed.set(id, atMs);
    const refusing = level.concerned.findIndex((key) => !isAllowed(key));
    if (refusing < 0) {
      depth += 1;
      deepest = Math.max(deepest, depth);
      continue;
    }
    // It is likely to refuse the next moment, too.
    level.concerned.unshift(...level.concerned.splice(refusing, 1));
  }
  if (depth === levels.length) return { kind: "pass", steps };
  const { list, concerned } = levels[deepest] as Level;
  return { kind: "fail", list, orders: concerned.slice(0, 2), steps };
}

/** Lists that more than one order has a say in, by invocation. */
function levelsOf(orders: ReadonlyMap<string, readonly Operation[]>): Level[] {
  const found = new Map<number, { list: Operation; concerned: string[]; boundaries: number[] }>();
  for (const [key, operations] of orders) {
    for (const list of operations) {
      if (list.kind !== "openOrders") continue;
      const others = operations.filter(
        (one) => one !== list && touches(one, list) && !isSame(one, list),
      );
      if (others.length === 0) continue;
      const entry = found.get(list.id) ?? { list, concerned: [], boundaries: [] };
      found.set(list.id, entry);
      entry.concerned.push(key);
      for (const { invokedMs, completedMs } of others) {
        entry.boundaries.push(invokedMs, completedMs ?? invokedMs);
      }
    }
  }
  return [...found.values()]
    .filter(({ concerned }) => concerned.length > 1)
    .sort((a, b) => a.list.invokedMs - b.list.invokedMs)
    .map(({ list, concerned, boundaries }) => {
      return { list, concerned, candidates: momentsIn(list, boundaries), next: 0 };
    });
}

/** Two lists that say the same of an order may come in any order. */
function isSame(one: Operation, list: Operation): boolean {
  return one.kind === "openOrders" && JSON.stringify(one.answer) === JSON.stringify(list.answer);
}

/** Every boundary within the list's time, and the two thirds between each of them and the next. */
function momentsIn({ invokedMs, completedMs }: Operation, boundaries: readonly number[]): number[] {
  const endMs = completedMs as number;
  const within = boundaries.filter((ms) => ms > invokedMs && ms < endMs);
  const marks = [...new Set([invokedMs, ...within, endMs])].sort((a, b) => a - b);
  return marks.flatMap((ms, i) => {
    const nextMs = marks[i + 1];
    if (nextMs === undefined) return [ms];
    return [ms, ms + (nextMs - ms) / 3, ms + (2 * (nextMs - ms)) / 3];
  });
}

function withMoments(
  operations: readonly Operation[],
  fixed: ReadonlyMap<number, number>,
): Operation[] {
  return operations.map((one) => {
    const atMs = fixed.get(one.id);
    return atMs === undefined ? one : { ...one, invokedMs: atMs, completedMs: atMs };
  });
}
