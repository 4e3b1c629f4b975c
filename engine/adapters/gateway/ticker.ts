// The 24-hour ticker, folded from minute candles when it is asked for: exact, and nothing to maintain.
// The window therefore starts at a full minute: up to 59 s more than 24 hours are in it.

import type { CoreReader } from "../../core/core-reader.ts";
import type { Candle } from "../history-reader.ts";
import { fold } from "./candles.ts";
import { printDecimal, printWide } from "./decimal.ts";
import { lotsText, quoteText } from "./kline-json.ts";
import type { Market } from "./market.ts";
import { type MarketFeed, MINUTE_MS } from "./market-data.ts";
import { ZERO } from "./order-json.ts";

const DAY_MS = 86_400_000;

export interface DayTicker {
  readonly candle: Candle | undefined;
  readonly bid: { price: string; quantity: string };
  readonly ask: { price: string; quantity: string };
  /** Price of the last trade before the window. */
  readonly previousCloseTicks: number;
  readonly lastTicks: number;
  readonly lastLots: number;
  readonly lastTradeId: number;
  readonly openMs: number;
  readonly closeMs: number;
}

export function tickerOf(feed: MarketFeed, core: CoreReader, nowMs: number): DayTicker {
  const fromMs = fullMinute(nowMs - DAY_MS);
  return tickerSince(feed, core, { fromMs, nowMs, candle: fold(feed.minutes.since(fromMs)) });
}

export function fullMinute(timeMs: number): number {
  return timeMs - (timeMs % MINUTE_MS);
}

/** `candle`: all minutes from `fromMs` on, as one. */
export function tickerSince(
  feed: MarketFeed,
  core: CoreReader,
  window: { fromMs: number; nowMs: number; candle: Candle | undefined },
): DayTicker {
  const { market } = feed;
  const { fromMs, nowMs, candle } = window;
  const before = feed.minutes.since(0).findLast((minute) => minute.openMs < fromMs);
  const [last] = feed.recentTrades(1);
  const { bid, ask } = core.top(market.symbolId);
  return {
    candle,
    bid: {
      price: market.priceText(bid.priceTicks),
      quantity: market.quantityText(bid.quantityLots),
    },
    ask: {
      price: market.priceText(ask.priceTicks),
      quantity: market.quantityText(ask.quantityLots),
    },
    previousCloseTicks: before?.closeTicks ?? candle?.openTicks ?? 0,
    lastTicks: core.lastTrade(market.symbolId).priceTicks,
    lastLots: last?.quantityLots ?? 0,
    lastTradeId: candle?.lastTradeId ?? 0,
    openMs: Math.floor(fromMs),
    closeMs: Math.floor(nowMs),
  };
}

/** Price change in per cent with three digits, rounded half away from zero. */
function percentText(change: number, open: number): string {
  if (open === 0) return "0.000";
  const thousandths = (BigInt(Math.abs(change)) * 200_000n + BigInt(open)) / (2n * BigInt(open));
  const text = printWide(thousandths, 3, 3);
  return change < 0 && thousandths !== 0n ? `-${text}` : text;
}

/** Quote per base at eight digits, cut off. */
export function averageText(market: Market, candle: Candle | undefined): string {
  if (candle === undefined || candle.volumeLots === 0n) return ZERO;
  const baseScaled = candle.volumeLots * BigInt(market.lotStep);
  const scale = 10n ** BigInt(8 + market.lotDecimals);
  const average = (candle.quoteUnits * scale) / (baseScaled * 10n ** BigInt(market.quote.decimals));
  return printWide(average, 8);
}

function signedPrice(market: Market, ticks: number): string {
  return printDecimal(ticks * market.tickStep, market.tickDecimals);
}

interface Parts {
  readonly change: string;
  readonly percent: string;
  readonly average: string;
  readonly previous: string;
  readonly last: string;
  readonly lastQuantity: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
}

function partsOf(market: Market, day: DayTicker): Parts {
  const { candle } = day;
  const openTicks = candle?.openTicks ?? day.lastTicks;
  const change = day.lastTicks - openTicks;
  return {
    change: signedPrice(market, change),
    percent: percentText(change, openTicks),
    average: averageText(market, candle),
    previous: market.priceText(day.previousCloseTicks),
    last: market.priceText(day.lastTicks),
    lastQuantity: market.quantityText(day.lastLots),
    open: market.priceText(openTicks),
    high: market.priceText(candle?.highTicks ?? day.lastTicks),
    low: market.priceText(candle?.lowTicks ?? day.lastTicks),
    volume: lotsText(market, candle?.volumeLots ?? 0n),
    quoteVolume: quoteText(market, candle?.quoteUnits ?? 0n),
    firstId: candle?.firstTradeId ?? -1,
    lastId: candle?.lastTradeId ?? -1,
    count: candle?.tradeCount ?? 0,
  };
}

export function tickerJson(market: Market, day: DayTicker, isMini: boolean, scale: number): string {
  const p = partsOf(market, day);
  const head = isMini
    ? `"lastPrice":"${p.last}","openPrice":"${p.open}"`
    : `"priceChange":"${p.change}","priceChangePercent":"${p.percent}","weightedAvgPrice":"${p.average}","prevClosePrice":"${p.previous}","lastPrice":"${p.last}","lastQty":"${p.lastQuantity}","bidPrice":"${day.bid.price}","bidQty":"${day.bid.quantity}","askPrice":"${day.ask.price}","askQty":"${day.ask.quantity}","openPrice":"${p.open}"`;
  return `{"symbol":"${market.name}",${head},"highPrice":"${p.high}","lowPrice":"${p.low}","volume":"${p.volume}","quoteVolume":"${p.quoteVolume}","openTime":${day.openMs * scale},"closeTime":${day.closeMs * scale},"firstId":${p.firstId},"lastId":${p.lastId},"count":${p.count}}`;
}

/** Of a window of any length: without what is now, and without what was before. */
export function windowTickerJson(
  market: Market,
  window: DayTicker,
  isMini: boolean,
  scale: number,
): string {
  const p = partsOf(market, window);
  const change = isMini
    ? ""
    : `"priceChange":"${p.change}","priceChangePercent":"${p.percent}","weightedAvgPrice":"${p.average}",`;
  return `{"symbol":"${market.name}",${change}"openPrice":"${p.open}","highPrice":"${p.high}","lowPrice":"${p.low}","lastPrice":"${p.last}","volume":"${p.volume}","quoteVolume":"${p.quoteVolume}","openTime":${window.openMs * scale},"closeTime":${window.closeMs * scale},"firstId":${p.firstId},"lastId":${p.lastId},"count":${p.count}}`;
}

export function tickerEventJson(market: Market, day: DayTicker, eventMs: number): string {
  const p = partsOf(market, day);
  return `{"e":"24hrTicker","E":${eventMs},"s":"${market.name}","p":"${p.change}","P":"${p.percent}","w":"${p.average}","x":"${p.previous}","c":"${p.last}","Q":"${p.lastQuantity}","b":"${day.bid.price}","B":"${day.bid.quantity}","a":"${day.ask.price}","A":"${day.ask.quantity}","o":"${p.open}","h":"${p.high}","l":"${p.low}","v":"${p.volume}","q":"${p.quoteVolume}","O":${day.openMs},"C":${day.closeMs},"F":${p.firstId},"L":${p.lastId},"n":${p.count}}`;
}

export function miniTickerEventJson(market: Market, day: DayTicker, eventMs: number): string {
  const p = partsOf(market, day);
  return `{"e":"24hrMiniTicker","E":${eventMs},"s":"${market.name}","c":"${p.last}","o":"${p.open}","h":"${p.high}","l":"${p.low}","v":"${p.volume}","q":"${p.quoteVolume}"}`;
}

export function bookTickerJson(market: Market, core: CoreReader): string {
  const { bid, ask } = core.top(market.symbolId);
  return `{"symbol":"${market.name}","bidPrice":"${market.priceText(bid.priceTicks)}","bidQty":"${market.quantityText(bid.quantityLots)}","askPrice":"${market.priceText(ask.priceTicks)}","askQty":"${market.quantityText(ask.quantityLots)}"}`;
}

export function bookTickerEventJson(market: Market, core: CoreReader, position: number): string {
  const { bid, ask } = core.top(market.symbolId);
  return `{"u":${position},"s":"${market.name}","b":"${market.priceText(bid.priceTicks)}","B":"${market.quantityText(bid.quantityLots)}","a":"${market.priceText(ask.priceTicks)}","A":"${market.quantityText(ask.quantityLots)}"}`;
}
