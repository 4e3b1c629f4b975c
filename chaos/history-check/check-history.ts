// The verdict on a recorded history: is there one order of all operations, each within its own time,
// in which every answer is right (linearizability)? Knows nothing of the exchange but its API's words.
// "pass": such an order was found for every account and symbol. "fail": there is none, and here is
// why. "unknown": the search ended at its budget, which is never a pass.

import { explain } from "./explain.ts";
import { type Fill, fillFaults } from "./fills.ts";
import { findMoments } from "./moments.ts";
import { describe, isAnswered, type Operation, touches } from "./operation.ts";
import { byOrder, type Partition, partitions } from "./partition.ts";
import { search } from "./search.ts";

export type { Fill } from "./fills.ts";
export type { Operation } from "./operation.ts";

export interface History {
  readonly operations: readonly Operation[];
  /** What the exchange says of its trades afterwards, both sides of each; absent: not asked. */
  readonly fills?: readonly Fill[] | undefined;
}

export interface HistoryVerdict {
  readonly verdict: "pass" | "fail" | "unknown";
  readonly operations: number;
  /** Without an answer: each may have happened or not. */
  readonly unanswered: number;
  /** Accounts by symbols. */
  readonly partitions: number;
  readonly orders: number;
  readonly fills: number;
  /** Operations tried by the search. */
  readonly steps: number;
  /** Contradictions, each with the answers that contradict each other; the first twenty. */
  readonly findings: readonly string[];
}

/** An order with a hundred operations takes a few hundred steps where no clash is hidden in it. */
const orderStepsMax = 200_000;
/** For all lists of one account and symbol, by the number of its operations. */
const momentStepsPerOperation = 500;
const findingsMax = 20;

export function checkHistory({ operations, fills = [] }: History): HistoryVerdict {
  const checked = partitions(operations.flatMap(laterWordApart)).map(checkPartition);
  const contradictions = [
    ...fillFaults(operations, fills),
    ...sharedOrderIds(operations),
    ...checked.flatMap(({ findings }) => findings),
  ];
  const isUnknown = checked.some((one) => one.isUnknown);
  return {
    verdict: contradictions.length > 0 ? "fail" : isUnknown ? "unknown" : "pass",
    operations: operations.length,
    unanswered: operations.filter((operation) => !isAnswered(operation)).length,
    partitions: checked.length,
    orders: checked.reduce((sum, one) => sum + one.orders, 0),
    fills: fills.length,
    steps: checked.reduce((sum, one) => sum + one.steps, 0),
    findings: contradictions.slice(0, findingsMax),
  };
}

/**
 * What was learned by a later question is two events, the change and the look, each at a moment of its
 * own: in between others may have changed the order again.
 */
function laterWordApart(operation: Operation): Operation[] {
  const { kind, answer } = operation;
  if (kind === "openOrders" || kind === "order") return [operation];
  if (answer?.kind !== "accepted" || answer.isFirst) return [operation];
  const { id, accountId, symbol, invokedMs, completedMs, clientOrderId } = operation;
  const common = { id, accountId, symbol, invokedMs, completedMs, clientOrderId };
  return [
    { ...operation, answer: { ...answer, seen: {} } },
    { ...common, kind: "order", answer: { kind: "found", seen: answer.seen } },
  ];
}

interface Checked {
  readonly orders: number;
  readonly steps: number;
  readonly isUnknown: boolean;
  readonly findings: readonly string[];
}

function checkPartition(partition: Partition): Checked {
  const orders = byOrder(partition);
  const findings: string[] = [];
  let steps = 0;
  let isUnknown = false;
  for (const [clientOrderId, own] of orders) {
    const found = search(own, orderStepsMax);
    steps += found.steps;
    if (found.kind === "unknown") isUnknown = true;
    else if (found.kind === "fail")
      findings.push(sentence(`order ${clientOrderId}`, partition, own));
  }
  if (findings.length === 0 && !isUnknown) {
    const found = findMoments(orders, momentStepsPerOperation * partition.operations.length);
    steps += found.steps;
    isUnknown = found.kind === "unknown";
    if (found.kind === "fail") {
      const own = found.orders.flatMap((key) => orders.get(key) ?? []);
      const related = own.filter((one) => one.id !== found.list.id && touches(one, found.list));
      findings.push(
        `account ${partition.accountId}, ${partition.symbol}: at no moment were all orders as ` +
          `${describe(found.list)} shows them; see ${related.map(describe).join("; ")}`,
      );
    }
  }
  return { orders: orders.size, steps, isUnknown, findings };
}

function sentence(
  what: string,
  { accountId, symbol }: Partition,
  operations: readonly Operation[],
): string {
  const answers = explain(operations).join("; ");
  return `account ${accountId}, ${symbol}, ${what}: no order of events explains ${answers}`;
}

/** An order id names one order of one account. */
function sharedOrderIds(operations: readonly Operation[]): string[] {
  const owners = new Map<string, string>();
  const faults: string[] = [];
  for (const { accountId, symbol, ...operation } of operations) {
    if (operation.kind === "openOrders" || operation.answer === null) continue;
    if (!("seen" in operation.answer) || operation.answer.seen.orderId === undefined) continue;
    const key = `${symbol}/${operation.answer.seen.orderId}`;
    const owner = `account ${accountId}'s ${operation.clientOrderId}`;
    const known = owners.get(key) ?? owner;
    owners.set(key, known);
    if (known !== owner) faults.push(`order id ${key} names both ${known} and ${owner}`);
  }
  return [...new Set(faults)];
}
