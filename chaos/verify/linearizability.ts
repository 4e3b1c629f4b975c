// The recorded history's verdict, as a measure: an unknown one is none.

import { checkHistory, type HistoryVerdict } from "../history-check/check-history.ts";
import { readHistory } from "../load/history-recorder.ts";

export interface Linearizability extends HistoryVerdict {
  readonly isLinearizable: boolean | undefined;
}

export function linearizability(historyFile: string): Linearizability {
  const found = checkHistory({ operations: readHistory(historyFile) });
  const isLinearizable = found.verdict === "unknown" ? undefined : found.verdict === "pass";
  return { ...found, isLinearizable };
}

/** For people: the verdict and what it rests on. */
export function describeHistory({
  verdict,
  operations,
  orders,
  unanswered,
}: HistoryVerdict): string {
  const counted = (count: number) => count.toLocaleString("en");
  return (
    `${verdict}: ${counted(operations)} operations on ${counted(orders)} orders, ` +
    `${counted(unanswered)} without an answer`
  );
}
