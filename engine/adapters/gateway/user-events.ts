// User data events: what an account's owner is told of its orders and balances. One journal entry gives
// its events in order: executionReport for each step of each order, then the balances that changed.

import type { CoreReader } from "../../core/core-reader.ts";
import type { Event, OrderView, Trade } from "../../core/event.ts";
import type { Applied } from "../exchange-port.ts";
import { cancelIdOf } from "./client-order-id.ts";
import { printDecimal } from "./decimal.ts";
import type { Market, Markets } from "./market.ts";
import { sideNames, statusNames, timeInForceName, typeNames, ZERO } from "./order-json.ts";

/** Events of one command, far fewer than this: execution ids are position * this + index. */
const EVENTS_PER_ENTRY = 100_000;

type ExecutionType = "NEW" | "CANCELED" | "REPLACED" | "TRADE" | "EXPIRED";

interface Report {
  readonly market: Market;
  readonly order: OrderView;
  readonly execution: ExecutionType;
  readonly timestampUs: number;
  readonly executionId: number;
  /** `c` and `C`: a cancel has an id of its own. */
  readonly clientOrderId?: string;
  readonly originalId?: string;
  readonly trade?: Trade;
  readonly isMaker?: boolean;
  readonly expiryReason?: string;
}

const expiryReasons = {
  UNFILLED_IOC_QUANTITY: "UNFILLED_IOC_QUANTITY_EXPIRED",
  UNFILLED_FOK_ORDER: "UNFILLED_FOK_ORDER_EXPIRED",
  INSUFFICIENT_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
} as const;

function executionReportJson(report: Report, eventMs: number): string {
  const { market, order, trade } = report;
  const isBuyer = order.side === "buy";
  const isMaker = report.isMaker === true;
  const timeMs = Math.floor(report.timestampUs / 1000);
  const isOnBook =
    (order.status === "new" || order.status === "partiallyFilled") && order.type !== "market";
  const fee = trade === undefined ? 0 : isMaker ? trade.makerFeeUnits : trade.takerFeeUnits;
  const last =
    trade === undefined
      ? `"l":"${ZERO}","z":"${market.quantityText(order.executedLots)}","L":"${ZERO}","n":"0","N":null,"T":${timeMs},"t":-1`
      : `"l":"${market.quantityText(trade.quantityLots)}","z":"${market.quantityText(order.executedLots)}","L":"${market.priceText(trade.priceTicks)}","n":"${market.feeText(fee, isBuyer)}","N":"${market.feeAsset(isBuyer)}","T":${timeMs},"t":${trade.tradeId}`;
  const lastQuote = trade === undefined ? ZERO : market.quoteText(trade.quoteUnits);
  const expiry = report.expiryReason === undefined ? "" : `,"eR":"${report.expiryReason}"`;
  return `{"e":"executionReport","E":${eventMs},"s":"${market.name}","c":"${report.clientOrderId ?? order.clientOrderId}","S":"${sideNames[order.side]}","o":"${typeNames[order.type]}","f":"${timeInForceName(order)}","q":"${market.quantityText(order.quantityLots)}","p":"${market.priceText(order.priceTicks)}","P":"${ZERO}","F":"${ZERO}","g":-1,"C":"${report.originalId ?? ""}","x":"${report.execution}","X":"${statusNames[order.status]}","r":"NONE","i":${order.orderId},${last},"I":${report.executionId},"w":${isOnBook},"m":${isMaker},"M":${trade !== undefined},"O":${Math.floor(order.placedUs / 1000)},"Z":"${market.quoteText(order.executedQuoteUnits)}","Y":"${lastQuote}","Q":"${market.quoteText(order.quoteUnits)}","W":${Math.floor(order.placedUs / 1000)},"V":"NONE"${expiry}}`;
}

export class UserEvents {
  readonly #core: CoreReader;
  readonly #markets: Markets;
  readonly #isFollowed: (accountId: number) => boolean;
  readonly #publish: (accountId: number, json: string) => void;

  constructor(parts: {
    core: CoreReader;
    markets: Markets;
    isFollowed(accountId: number): boolean;
    publish(accountId: number, json: string): void;
  }) {
    this.#core = parts.core;
    this.#markets = parts.markets;
    this.#isFollowed = parts.isFollowed;
    this.#publish = parts.publish;
  }

  observe(applied: Applied, eventMs: number): void {
    let balances: Map<number, string[]> | undefined;
    for (let index = 0; index < applied.events.length; index++) {
      const event = applied.events[index] as Event;
      if (event.kind === "balanceChanged") {
        if (!this.#isFollowed(event.accountId)) continue;
        balances ??= new Map();
        const rows = balances.get(event.accountId) ?? [];
        rows.push(this.#balanceJson(event));
        balances.set(event.accountId, rows);
      } else this.#observeOne(event, applied.position * EVENTS_PER_ENTRY + index, eventMs);
    }
    if (balances === undefined) return;
    const updatedMs = Math.floor((applied.command?.timestampUs ?? 0) / 1000);
    for (const [accountId, rows] of balances)
      this.#publish(
        accountId,
        `{"e":"outboundAccountPosition","E":${eventMs},"u":${updatedMs},"B":[${rows.join(",")}]}`,
      );
  }

  #observeOne(event: Event, executionId: number, eventMs: number): void {
    const { timestampUs } = event;
    const step = { timestampUs, executionId };
    switch (event.kind) {
      case "orderAccepted":
        // As it was accepted: its trades, if any, follow as steps of their own.
        this.#report(event.order, eventMs, { ...step, execution: "NEW" });
        break;
      case "orderReduced":
        // Asked for twice: the first time was told.
        if (event.reducedLots === 0) break;
        this.#report(event.order, eventMs, { ...step, execution: "REPLACED" });
        break;
      case "orderCanceled": {
        const clientOrderId = cancelIdOf(event.request);
        const originalId = event.order.clientOrderId;
        const ids = { clientOrderId, originalId };
        this.#report(event.order, eventMs, { ...step, ...ids, execution: "CANCELED" });
        break;
      }
      case "orderExpired": {
        const expiryReason = expiryReasons[event.reason];
        this.#report(event.order, eventMs, { ...step, expiryReason, execution: "EXPIRED" });
        break;
      }
      case "trade": {
        const traded = { ...step, execution: "TRADE", trade: event } as const;
        this.#report(event.taker, eventMs, { ...traded, isMaker: false });
        this.#report(event.maker, eventMs, { ...traded, isMaker: true });
        break;
      }
      case "fundsMoved":
        this.#fundsMoved(event, eventMs);
        break;
      default:
    }
  }

  #fundsMoved(event: Extract<Event, { kind: "fundsMoved" }>, eventMs: number): void {
    const asset = this.#core.asset(event.assetId);
    if (asset === undefined || !this.#isFollowed(event.accountId)) return;
    const delta = printDecimal(event.units, asset.decimals);
    const timeMs = Math.floor(event.timestampUs / 1000);
    const json = `{"e":"balanceUpdate","E":${eventMs},"a":"${asset.name}","d":"${delta}","T":${timeMs}}`;
    this.#publish(event.accountId, json);
  }

  #report(order: OrderView, eventMs: number, step: Omit<Report, "market" | "order">): void {
    if (!this.#isFollowed(order.accountId)) return;
    const market = this.#markets.withId(order.symbolId);
    if (market === undefined) return;
    this.#publish(order.accountId, executionReportJson({ market, order, ...step }, eventMs));
  }

  #balanceJson(event: Extract<Event, { kind: "balanceChanged" }>): string {
    const asset = this.#core.asset(event.assetId);
    const decimals = asset?.decimals ?? 0;
    return `{"a":"${asset?.name ?? ""}","f":"${printDecimal(event.freeUnits, decimals)}","l":"${printDecimal(event.lockedUnits, decimals)}"}`;
  }
}
