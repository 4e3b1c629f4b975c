// Reporter: collects the events of the command being applied. On the primary's hot path nobody wants
// them: `isOn` is false then, and callers build nothing. Balances are reported once each, after all
// else, as they stand at the command's end.

import type { Accounts } from "./accounts.ts";
import { unpackClientOrderId } from "./client-order-id.ts";
import type { RequestId } from "./command.ts";
import type { CommandWords } from "./command-words.ts";
import type { Event, ExpiryReason, RejectReason } from "./event.ts";
import type { Orders } from "./orders.ts";

type Configured = Extract<Event, { kind: "configured" }>;

export class Reporter {
  isOn = false;
  private events: Event[] = [];
  private request: RequestId = { sessionId: 0, requestSeq: 0 };
  private timestampUs = 0;
  private readonly touched = new Map<number, { accountId: number; assetId: number }>();
  private readonly orders: Orders;
  private readonly accounts: Accounts;

  constructor(orders: Orders, accounts: Accounts) {
    this.orders = orders;
    this.accounts = accounts;
  }

  begin(events: Event[] | null, command: CommandWords): void {
    this.isOn = events !== null;
    if (events === null) return;
    this.events = events;
    this.request = { sessionId: command.sessionId, requestSeq: command.requestSeq };
    this.timestampUs = command.timestampUs;
    this.touched.clear();
  }

  end(): void {
    if (!this.isOn) return;
    for (const [balance, { accountId, assetId }] of this.touched) {
      this.events.push({
        kind: "balanceChanged",
        ...this.cause(),
        accountId,
        assetId,
        freeUnits: this.accounts.free(balance),
        lockedUnits: this.accounts.locked(balance),
      });
    }
    this.events = [];
  }

  balance(accountId: number, assetId: number): void {
    if (!this.isOn) return;
    this.touched.set(this.accounts.balance(accountId, assetId), { accountId, assetId });
  }

  orderAccepted(slot: number): void {
    if (!this.isOn) return;
    this.events.push({ kind: "orderAccepted", ...this.cause(), order: this.orders.view(slot) });
  }

  /** `existing` is the order that has the client id already, or 0. */
  orderRejected(
    reason: RejectReason,
    placing: { accountId: number; symbolId: number; clientOrderIdBytes: Uint8Array; at: number },
    existing: number,
  ): void {
    if (!this.isOn) return;
    const { accountId, symbolId, clientOrderIdBytes, at } = placing;
    const clientOrderId = unpackClientOrderId(clientOrderIdBytes, at);
    this.events.push({
      kind: "orderRejected",
      ...this.cause(),
      reason,
      accountId,
      symbolId,
      clientOrderId,
      ...(existing === 0 ? {} : { existing: this.orders.view(existing) }),
    });
  }

  trade(fill: {
    tradeId: number;
    symbolId: number;
    priceTicks: number;
    quantityLots: number;
    quoteUnits: number;
    maker: number;
    taker: number;
    makerFeeUnits: number;
    takerFeeUnits: number;
  }): void {
    if (!this.isOn) return;
    this.events.push({
      kind: "trade",
      ...this.cause(),
      ...fill,
      maker: this.orders.view(fill.maker),
      taker: this.orders.view(fill.taker),
    });
  }

  orderCanceled(slot: number): void {
    if (!this.isOn) return;
    this.events.push({ kind: "orderCanceled", ...this.cause(), order: this.orders.view(slot) });
  }

  orderExpired(slot: number, reason: ExpiryReason): void {
    if (!this.isOn) return;
    const order = this.orders.view(slot);
    this.events.push({ kind: "orderExpired", ...this.cause(), reason, order });
  }

  orderReduced(slot: number, reducedLots: number): void {
    if (!this.isOn) return;
    const order = this.orders.view(slot);
    this.events.push({ kind: "orderReduced", ...this.cause(), order, reducedLots });
  }

  cancelRejected(reason: RejectReason, accountId: number, symbolId: number): void {
    if (!this.isOn) return;
    this.events.push({ kind: "cancelRejected", ...this.cause(), reason, accountId, symbolId });
  }

  commandRejected(reason: RejectReason): void {
    if (!this.isOn) return;
    this.events.push({ kind: "commandRejected", ...this.cause(), reason });
  }

  fundsMoved(accountId: number, assetId: number, units: number): void {
    if (!this.isOn) return;
    this.events.push({ kind: "fundsMoved", ...this.cause(), accountId, assetId, units });
  }

  configured(what: Configured["what"], id: number, status?: Configured["status"]): void {
    if (!this.isOn) return;
    const of = status === undefined ? {} : { status };
    this.events.push({ kind: "configured", ...this.cause(), what, id, ...of });
  }

  requestRepeated(): void {
    if (!this.isOn) return;
    this.events.push({ kind: "requestRepeated", ...this.cause() });
  }

  private cause(): { request: RequestId; timestampUs: number } {
    return { request: this.request, timestampUs: this.timestampUs };
  }
}
