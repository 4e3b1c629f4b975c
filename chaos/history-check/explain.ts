// Why does a history fail? The smallest set of answers that still contradict each other: one answer
// after the other is left out for as long as a contradiction stays. A query that is left out is gone;
// a change that is left out may still have happened, so that leaving it out invents nothing.

import { describe, type Operation } from "./operation.ts";
import { search } from "./search.ts";

/** Tried a time: an explanation that is not the smallest is better than none. */
const stepsMax = 20_000;

export function explain(operations: readonly Operation[]): string[] {
  let kept = operations.toSorted((a, b) => a.invokedMs - b.invokedMs);
  // Large parts first, then halves of them, down to single ones: few tries where most can go.
  for (let size = kept.length >> 1; size >= 1; size = size >> 1) {
    for (let at = 0; at < kept.length; ) {
      const tried = without(kept, at, size);
      if (tried !== undefined && search(tried, stepsMax).kind === "fail") kept = tried;
      else at += size;
    }
  }
  return kept.filter(({ answer }) => answer !== null).map(describe);
}

/** `undefined` where nothing of the part can be left out any more. */
function without(
  operations: readonly Operation[],
  at: number,
  size: number,
): Operation[] | undefined {
  let isLess = false;
  const result = operations.flatMap((operation, index): Operation[] => {
    if (index < at || index >= at + size) return [operation];
    const isQuery = operation.kind === "order" || operation.kind === "openOrders";
    if (isQuery) {
      isLess = true;
      return [];
    }
    if (operation.answer === null) return [operation];
    isLess = true;
    return [{ ...operation, answer: null, completedMs: null }];
  });
  return isLess ? result : undefined;
}
