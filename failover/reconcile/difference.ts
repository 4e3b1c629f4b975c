// Difference: one command of the old region's journal behind the fork, and what became of it. A
// command is known by its request (session and number) or, if it places an order, by account and
// client order id: those stay the same when a gateway or a client sends it again to the new region.

import type { Command, PlaceOrder, RequestId, SequencedCommand } from "../../engine/index.ts";
import type { Outcome } from "./outcome.ts";

/**
 * `lost`: not in the new region. `duplicate`: carried out in both, with the same outcome.
 * `divergent`: in both, with another outcome.
 */
export type DifferenceKind = "lost" | "duplicate" | "divergent";

export interface Difference {
  /** Stable, for files that choose: `r-<session>-<number>`, else `p-<position>`. */
  readonly id: string;
  readonly kind: DifferenceKind;
  readonly position: number;
  readonly epoch: number;
  readonly timestampUs: number;
  readonly request: RequestId;
  readonly command: Command;
  /** Both engines of the old region had it: it was committed, and may have been acknowledged. */
  readonly isCertain: boolean;
  readonly outcome: Outcome;
  /** Where it was carried out again. */
  readonly after: { readonly position: number; readonly outcome: Outcome } | null;
}

export function idOf(request: RequestId, position: number): string {
  return request.sessionId === 0 ? `p-${position}` : `r-${request.sessionId}-${request.requestSeq}`;
}

/** The exchange's own commands are of session 0, whose numbers say nothing. */
export function requestKeyOf({ request }: SequencedCommand): string | null {
  return request.sessionId === 0 ? null : `${request.sessionId}/${request.requestSeq}`;
}

export function orderKeyOf(command: Command): string | null {
  const place = placeOf(command);
  return place === null ? null : `${place.accountId}/${place.clientOrderId}`;
}

export function placeOf(command: Command): Omit<PlaceOrder, "kind"> | null {
  if (command.kind === "placeOrder") return command;
  return command.kind === "cancelReplaceOrder" ? command.place : null;
}

export function accountOf(command: Command): number | null {
  if (command.kind === "cancelReplaceOrder") return command.place.accountId;
  return "accountId" in command ? command.accountId : null;
}

export function symbolOf(command: Command): number | null {
  if (command.kind === "cancelReplaceOrder") return command.place.symbolId;
  return "symbolId" in command ? command.symbolId : null;
}
