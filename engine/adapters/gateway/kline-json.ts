// Candles as the API prints them: tuples in REST, objects in streams.

import type { Candle } from "../history-reader.ts";
import { join } from "./candles.ts";
import { printWide } from "./decimal.ts";
import type { Interval } from "./intervals.ts";
import type { Market } from "./market.ts";

/** Base candles gathered into those of a longer interval; each opens where the interval does. */
export function regroup(candles: readonly Candle[], interval: Interval): Candle[] {
  const groups: Candle[] = [];
  for (const candle of candles) {
    const openMs = interval.openMs(candle.openMs);
    const last = groups[groups.length - 1];
    if (last?.openMs === openMs) groups[groups.length - 1] = join(last, candle);
    else groups.push({ ...candle, openMs });
  }
  return groups;
}

export function lotsText(market: Market, lots: bigint): string {
  return printWide(lots * BigInt(market.lotStep), market.lotDecimals);
}

export function quoteText(market: Market, units: bigint): string {
  return printWide(units, market.quote.decimals);
}

export function klineJson(
  market: Market,
  candle: Candle,
  interval: Interval,
  scale: number,
): string {
  const close = interval.closeMs(candle.openMs);
  // In microseconds an interval ends with its last microsecond.
  const closeTime = scale === 1 ? close : (close + 1) * scale - 1;
  return `[${candle.openMs * scale},"${market.priceText(candle.openTicks)}","${market.priceText(candle.highTicks)}","${market.priceText(candle.lowTicks)}","${market.priceText(candle.closeTicks)}","${lotsText(market, candle.volumeLots)}",${closeTime},"${quoteText(market, candle.quoteUnits)}",${candle.tradeCount},"${lotsText(market, candle.takerBuyLots)}","${quoteText(market, candle.takerBuyQuoteUnits)}","0"]`;
}

export function klineEventJson(
  market: Market,
  candle: Candle,
  interval: Interval,
  event: { timeMs: number; isClosed: boolean },
): string {
  return `{"e":"kline","E":${event.timeMs},"s":"${market.name}","k":{"t":${candle.openMs},"T":${interval.closeMs(candle.openMs)},"s":"${market.name}","i":"${interval.name}","f":${candle.firstTradeId},"L":${candle.lastTradeId},"o":"${market.priceText(candle.openTicks)}","c":"${market.priceText(candle.closeTicks)}","h":"${market.priceText(candle.highTicks)}","l":"${market.priceText(candle.lowTicks)}","v":"${lotsText(market, candle.volumeLots)}","n":${candle.tradeCount},"x":${event.isClosed},"q":"${quoteText(market, candle.quoteUnits)}","V":"${lotsText(market, candle.takerBuyLots)}","Q":"${quoteText(market, candle.takerBuyQuoteUnits)}","B":"0"}}`;
}
