// Outcome: what one command did in one region: accepted or refused, its trades, the orders that it
// ended, and by how much each balance changed. Order ids are a region's own and are never compared.

import type { CoreReader, Event, OrderView, Trade } from "../../engine/index.ts";

export interface BalanceChange {
  readonly accountId: number;
  readonly assetId: number;
  readonly freeUnits: number;
  readonly lockedUnits: number;
}

export interface Outcome {
  /** Steps in order: `accepted`, `rejected INSUFFICIENT_BALANCE`, `canceled accepted`, … */
  readonly result: string;
  /** The order that was placed, as the command left it. */
  readonly placed: OrderView | null;
  readonly canceled: readonly OrderView[];
  readonly reduced: OrderView | null;
  readonly trades: readonly Trade[];
  readonly balances: readonly BalanceChange[];
}

/** `before` is the state that the command met. `null`: it had been carried out already, or a tick. */
export function outcomeOf(events: readonly Event[], before: CoreReader): Outcome | null {
  if (events.length === 0 || events.some((event) => event.kind === "requestRepeated")) return null;
  const trades = events.filter((event) => event.kind === "trade");
  const canceled = events.flatMap((event) => (event.kind === "orderCanceled" ? event.order : []));
  const reduced = events.find((event) => event.kind === "orderReduced")?.order ?? null;
  const balances = events.flatMap((event) => changeOf(event, before));
  const result = events.flatMap(stepOf).join(" ");
  return { result, placed: placedBy(events), canceled, reduced, trades, balances };
}

/** Whether two regions made the same of a command. */
export function isSameOutcome(one: Outcome, other: Outcome): boolean {
  return signatureOf(one) === signatureOf(other);
}

export function isAccepted({ result }: Outcome): boolean {
  return !result.includes("rejected");
}

function stepOf(event: Event): string[] {
  switch (event.kind) {
    case "orderAccepted":
      return ["accepted"];
    case "orderRejected":
    case "commandRejected":
      return [`rejected ${event.reason}`];
    case "cancelRejected":
      return [`cancel rejected ${event.reason}`];
    case "orderCanceled":
      return ["canceled"];
    case "orderReduced":
      return ["reduced"];
    case "orderExpired":
      return [`expired ${event.reason}`];
    case "fundsMoved":
      return [event.units > 0 ? "deposited" : "withdrawn"];
    case "configured":
      return [event.status ?? `added ${event.what}`];
    case "trade":
    case "balanceChanged":
    case "requestRepeated":
      return [];
  }
}

function placedBy(events: readonly Event[]): OrderView | null {
  let placed: OrderView | null = null;
  for (const event of events) {
    if (event.kind === "orderAccepted") placed = event.order;
    else if (event.kind === "trade" && placed !== null) placed = event.taker;
    else if (event.kind === "orderExpired" && placed !== null) placed = event.order;
  }
  return placed;
}

function changeOf(event: Event, before: CoreReader): BalanceChange[] {
  if (event.kind !== "balanceChanged") return [];
  const { accountId, assetId } = event;
  const was = before.balance(accountId, assetId);
  const freeUnits = event.freeUnits - was.freeUnits;
  const lockedUnits = event.lockedUnits - was.lockedUnits;
  return freeUnits === 0 && lockedUnits === 0
    ? []
    : [{ accountId, assetId, freeUnits, lockedUnits }];
}

function signatureOf({ result, trades, reduced, canceled }: Outcome): string {
  const nameOf = (order: OrderView) => `${order.accountId}/${order.clientOrderId}`;
  return JSON.stringify([
    result,
    trades.map((trade) => [
      ...[trade.priceTicks, trade.quantityLots, nameOf(trade.maker), nameOf(trade.taker)],
    ]),
    reduced?.quantityLots,
    canceled.map((order) => [nameOf(order), order.executedLots]),
  ]);
}
