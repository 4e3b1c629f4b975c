// BatchRows: what a batch of journal entries changes in the history's tables. Pure: entries in, rows
// out. An order or balance that changed many times in a batch is one row, as it stands at the end.

import { assert } from "../../core/assert.ts";
import type { CoreReader } from "../../core/core-reader.ts";
import type { Event, OrderView, Trade } from "../../core/event.ts";
import type { Asset, Instrument } from "../../core/instrument.ts";
import type { Applied } from "../exchange-port.ts";
import { CopyRows } from "./copy-rows.ts";

/** Ledger accounts that belong to no client. */
const HOUSE = 0;
const EXTERNAL = -1;

const minuteUs = 60_000_000;

export interface OrderRow {
  order: OrderView;
  /** Of the entry that placed it; 0 where an earlier batch did. */
  firstPosition: number;
  lastPosition: number;
}

export interface BalanceRow {
  readonly accountId: number;
  readonly assetId: number;
  readonly freeUnits: number;
  readonly lockedUnits: number;
}

export interface CandleRow {
  readonly symbolId: number;
  readonly openUs: number;
  readonly openTicks: number;
  readonly firstTradeId: number;
  highTicks: number;
  lowTicks: number;
  closeTicks: number;
  lastTradeId: number;
  tradeCount: number;
  volumeLots: bigint;
  quoteUnits: bigint;
  takerBuyLots: bigint;
  takerBuyQuoteUnits: bigint;
}

export class BatchRows {
  readonly orders = new Map<number, OrderRow>();
  readonly trades = new CopyRows(14);
  readonly ledgerEntries = new CopyRows(10);
  readonly balances = new Map<string, BalanceRow>();
  readonly candles = new Map<string, CandleRow>();
  readonly assets = new Map<number, Asset>();
  readonly symbols = new Map<number, Instrument>();
  /** Account to when it was opened. */
  readonly accounts = new Map<number, number>();
  /** Times of the partitions that the rows need; a few each day. */
  readonly timesUs = new Set<number>();

  private readonly core: CoreReader;
  private position = 0;
  private timestampUs = 0;
  private entryNo = 0;
  private lastMinute = -1;

  /** `core` stands at the end of `batch`. */
  constructor(batch: readonly Applied[], core: CoreReader) {
    this.core = core;
    for (const { position, command, events } of batch) {
      this.position = position;
      this.entryNo = 0;
      if (command === undefined) continue;
      this.timestampUs = command.timestampUs;
      for (const event of events) this.take(event);
    }
  }

  private take(event: Event): void {
    switch (event.kind) {
      case "orderAccepted":
        this.needPartition(event.order.placedUs);
        this.orders.set(event.order.orderId, {
          order: event.order,
          firstPosition: this.position,
          lastPosition: this.position,
        });
        break;
      case "orderCanceled":
      case "orderExpired":
      case "orderReduced":
        this.changeOrder(event.order);
        break;
      case "trade":
        this.trade(event);
        break;
      case "fundsMoved":
        this.moveFunds(event.accountId, event.assetId, event.units);
        break;
      case "balanceChanged":
        this.balances.set(`${event.accountId}:${event.assetId}`, event);
        break;
      case "configured":
        this.configure(event.what, event.id);
        break;
      default:
        // Rejections and repetitions change nothing.
        break;
    }
  }

  private changeOrder(order: OrderView): void {
    const row = this.orders.get(order.orderId);
    if (row === undefined) {
      this.orders.set(order.orderId, { order, firstPosition: 0, lastPosition: this.position });
    } else {
      row.order = order;
      row.lastPosition = this.position;
    }
  }

  private trade(trade: Trade): void {
    const { maker, taker, symbolId, tradeId, quoteUnits } = trade;
    this.changeOrder(maker);
    this.changeOrder(taker);
    this.needPartition(this.timestampUs);
    const { trades } = this;
    trades.beginRow();
    trades.int4(symbolId);
    trades.int8(tradeId);
    trades.int8(this.timestampUs);
    trades.int8(trade.priceTicks);
    trades.int8(trade.quantityLots);
    trades.int8(quoteUnits);
    trades.text(taker.side);
    trades.int8(maker.orderId);
    trades.int8(taker.orderId);
    trades.int4(maker.accountId);
    trades.int4(taker.accountId);
    trades.int8(trade.makerFeeUnits);
    trades.int8(trade.takerFeeUnits);
    trades.int8(this.position);
    const { baseAssetId, quoteAssetId, lotUnits } = this.instrument(symbolId);
    const baseUnits = trade.quantityLots * lotUnits;
    assert(Number.isSafeInteger(baseUnits), "the base amount of a trade is a safe integer");
    const isTakerBuyer = taker.side === "buy";
    const [buyer, seller] = isTakerBuyer ? [taker, maker] : [maker, taker];
    const { makerFeeUnits, takerFeeUnits } = trade;
    const buyerFeeUnits = isTakerBuyer ? takerFeeUnits : makerFeeUnits;
    const sellerFeeUnits = isTakerBuyer ? makerFeeUnits : takerFeeUnits;
    const of = { symbolId, tradeId };
    this.post("base", seller.accountId, buyer.accountId, baseAssetId, baseUnits, of);
    this.post("quote", buyer.accountId, seller.accountId, quoteAssetId, quoteUnits, of);
    this.post("fee", buyer.accountId, HOUSE, baseAssetId, buyerFeeUnits, of);
    this.post("fee", seller.accountId, HOUSE, quoteAssetId, sellerFeeUnits, of);
    this.intoCandle(trade, isTakerBuyer);
  }

  private moveFunds(accountId: number, assetId: number, units: number): void {
    if (units > 0) this.post("deposit", EXTERNAL, accountId, assetId, units);
    else this.post("withdrawal", accountId, EXTERNAL, assetId, -units);
  }

  private post(
    kind: "deposit" | "withdrawal" | "base" | "quote" | "fee",
    debit: number,
    credit: number,
    assetId: number,
    units: number,
    of?: { symbolId: number; tradeId: number },
  ): void {
    // Nothing moves where a client trades with itself, or where there is no fee.
    if (units === 0 || debit === credit) return;
    this.needPartition(this.timestampUs);
    this.entryNo += 1;
    const entries = this.ledgerEntries;
    entries.beginRow();
    entries.int8(this.position);
    entries.int4(this.entryNo);
    entries.int8(this.timestampUs);
    entries.text(kind);
    entries.int4(debit);
    entries.int4(credit);
    entries.int4(assetId);
    entries.int8(units);
    if (of === undefined) {
      entries.null();
      entries.null();
    } else {
      entries.int4(of.symbolId);
      entries.int8(of.tradeId);
    }
  }

  private intoCandle(trade: Trade, isTakerBuyer: boolean): void {
    const { symbolId, tradeId, priceTicks } = trade;
    const openUs = Math.floor(this.timestampUs / minuteUs) * minuteUs;
    const key = `${symbolId}:${openUs}`;
    let candle = this.candles.get(key);
    if (candle === undefined) {
      candle = {
        symbolId,
        openUs,
        openTicks: priceTicks,
        firstTradeId: tradeId,
        highTicks: priceTicks,
        lowTicks: priceTicks,
        closeTicks: priceTicks,
        lastTradeId: tradeId,
        tradeCount: 0,
        volumeLots: 0n,
        quoteUnits: 0n,
        takerBuyLots: 0n,
        takerBuyQuoteUnits: 0n,
      };
      this.candles.set(key, candle);
    }
    candle.highTicks = Math.max(candle.highTicks, priceTicks);
    candle.lowTicks = Math.min(candle.lowTicks, priceTicks);
    candle.closeTicks = priceTicks;
    candle.lastTradeId = tradeId;
    candle.tradeCount += 1;
    const lots = BigInt(trade.quantityLots);
    const quoteUnits = BigInt(trade.quoteUnits);
    candle.volumeLots += lots;
    candle.quoteUnits += quoteUnits;
    if (!isTakerBuyer) return;
    candle.takerBuyLots += lots;
    candle.takerBuyQuoteUnits += quoteUnits;
  }

  private configure(what: "asset" | "symbol" | "account" | "tradingStatus", id: number): void {
    switch (what) {
      case "asset": {
        const asset = this.core.asset(id);
        assert(asset !== undefined, "the core knows an asset that was added");
        this.assets.set(id, asset);
        break;
      }
      case "symbol":
      case "tradingStatus":
        this.symbols.set(id, this.instrument(id));
        break;
      case "account":
        this.accounts.set(id, this.timestampUs);
        break;
    }
  }

  private instrument(symbolId: number): Instrument {
    const instrument = this.core.instrument(symbolId);
    assert(instrument !== undefined, "the core knows a symbol that events name");
    return instrument;
  }

  private needPartition(timestampUs: number): void {
    // One time a minute is enough to find every day.
    const minute = Math.floor(timestampUs / minuteUs);
    if (minute === this.lastMinute) return;
    this.lastMinute = minute;
    this.timesUs.add(timestampUs);
  }
}
