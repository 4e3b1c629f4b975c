// Public trades as the API prints them, single and aggregated (those of one taker order at one price and
// time are one). The id of an aggregate is that of its first trade: ascending, and the same everywhere.

import type { PublicTrade } from "../history-reader.ts";
import type { Market } from "./market.ts";
import type { PrintTime } from "./order-json.ts";

export function tradeJson(market: Market, trade: PublicTrade, time: PrintTime): string {
  return `{"id":${trade.tradeId},"price":"${market.priceText(trade.priceTicks)}","qty":"${market.quantityText(trade.quantityLots)}","quoteQty":"${market.quoteText(trade.quoteUnits)}","time":${time(trade.timestampUs)},"isBuyerMaker":${trade.isBuyerMaker},"isBestMatch":true}`;
}

/** Consecutive trades that the API shows as one. */
export interface AggregateTrade {
  readonly first: PublicTrade;
  quantityLots: number;
  lastTradeId: number;
}

export function aggregate(trades: readonly PublicTrade[]): AggregateTrade[] {
  const aggregates: AggregateTrade[] = [];
  let open: AggregateTrade | undefined;
  for (const trade of trades) {
    if (open !== undefined && belongsTo(open.first, trade)) {
      open.quantityLots += trade.quantityLots;
      open.lastTradeId = trade.tradeId;
    } else {
      open = { first: trade, quantityLots: trade.quantityLots, lastTradeId: trade.tradeId };
      aggregates.push(open);
    }
  }
  return aggregates;
}

function belongsTo(first: PublicTrade, trade: PublicTrade): boolean {
  return (
    first.takerOrderId === trade.takerOrderId &&
    first.priceTicks === trade.priceTicks &&
    first.timestampUs === trade.timestampUs
  );
}

function aggregateFields(market: Market, trade: AggregateTrade, time: PrintTime): string {
  const { first } = trade;
  return `"a":${first.tradeId},"p":"${market.priceText(first.priceTicks)}","q":"${market.quantityText(trade.quantityLots)}","f":${first.tradeId},"l":${trade.lastTradeId},"T":${time(first.timestampUs)},"m":${first.isBuyerMaker},"M":true`;
}

export function aggregateJson(market: Market, trade: AggregateTrade, time: PrintTime): string {
  return `{${aggregateFields(market, trade, time)}}`;
}

export function aggregateEventJson(market: Market, trade: AggregateTrade, eventMs: number): string {
  return `{"e":"aggTrade","E":${eventMs},"s":"${market.name}",${aggregateFields(market, trade, toMs)}}`;
}

export function tradeEventJson(market: Market, trade: PublicTrade, eventMs: number): string {
  return `{"e":"trade","E":${eventMs},"s":"${market.name}","t":${trade.tradeId},"p":"${market.priceText(trade.priceTicks)}","q":"${market.quantityText(trade.quantityLots)}","T":${toMs(trade.timestampUs)},"m":${trade.isBuyerMaker},"M":true}`;
}

function toMs(timestampUs: number): number {
  return Math.floor(timestampUs / 1000);
}
