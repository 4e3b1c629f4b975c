// Market data routes: depth, trades, aggregated trades, klines, tickers. Answered from this gateway's own
// follower of the journal; only what lies further back than it remembers is asked of the history.

import type { Candle, PublicTrade } from "../history-reader.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import type { Call, Route } from "./call.ts";
import { ANSWER_TIMEOUT_MS, type GatewayContext } from "./context.ts";
import { depthJson } from "./depth-feed.ts";
import { selectedMarkets } from "./general-routes.ts";
import { type Interval, intervalNamed } from "./intervals.ts";
import { klineJson, regroup } from "./kline-json.ts";
import type { Market } from "./market.ts";
import type { MarketFeed } from "./market-data.ts";
import { marketOf } from "./order-params.ts";
import type { Params } from "./params.ts";
import { averageText, bookTickerJson, tickerJson, tickerOf } from "./ticker.ts";
import { aggregate, aggregateJson, tradeJson } from "./trade-json.ts";

/** Trades read from the history to find one page of aggregates. */
const AGGREGATE_SOURCE_MAX = 5000;
const AVERAGE_MINUTES = 5;

export function marketRoutes(context: GatewayContext): Route[] {
  const { core, markets, marketData, history, clock } = context;

  const freshness = () => ({ minPosition: core.position, timeoutMs: ANSWER_TIMEOUT_MS });
  const feedOf = (call: Call): MarketFeed => marketData.feedOf(marketOf(call.params, markets));

  function depth(call: Call): void {
    const { market, depth: feed } = feedOf(call);
    call.done(depthJson(market, core, feed, call.params.limit(100, 5000)));
  }

  function trades(call: Call): void {
    const feed = feedOf(call);
    const rows = feed
      .recentTrades(call.params.limit(500, 1000))
      .map((trade) => tradeJson(feed.market, trade, (us) => call.time(us)));
    call.done(`[${rows.join(",")}]`);
  }

  async function historicalTrades(call: Call): Promise<void> {
    const feed = feedOf(call);
    const limit = call.params.limit(500, 1000);
    const fromId = call.params.integer("fromId");
    const found =
      fromId !== undefined && fromId >= feed.firstTradeId
        ? feed.tradesFrom(fromId, limit)
        : await history.tradesOf({ symbolId: feed.market.symbolId, fromId, limit, ...freshness() });
    const rows = found.map((trade) => tradeJson(feed.market, trade, (us) => call.time(us)));
    call.done(`[${rows.join(",")}]`);
  }

  async function aggTrades(call: Call): Promise<void> {
    const feed = feedOf(call);
    const limit = call.params.limit(500, 1000);
    const fromId = call.params.integer("fromId");
    const startMs = call.params.timeMs("startTime");
    const endMs = call.params.timeMs("endTime");
    if (fromId !== undefined && (startMs !== undefined || endMs !== undefined))
      throw apiErrors.badCombination();
    let source: readonly PublicTrade[];
    const isNewest = fromId === undefined && startMs === undefined;
    if (isNewest && endMs === undefined) source = feed.recentTrades(AGGREGATE_SOURCE_MAX);
    else if (fromId !== undefined && fromId >= feed.firstTradeId)
      source = feed.tradesFrom(fromId, AGGREGATE_SOURCE_MAX);
    else {
      const { symbolId } = feed.market;
      const query = { symbolId, fromId, startMs, endMs, limit: AGGREGATE_SOURCE_MAX };
      source = await history.tradesOf({ ...query, ...freshness() });
    }
    const all = aggregate(source);
    const page = isNewest ? all.slice(-limit) : all.slice(0, limit);
    const rows = page.map((trade) => aggregateJson(feed.market, trade, (us) => call.time(us)));
    call.done(`[${rows.join(",")}]`);
  }

  async function klines(call: Call): Promise<void> {
    const feed = feedOf(call);
    const interval = intervalOf(call.params);
    const limit = call.params.limit(500, 1000);
    const startMs = call.params.timeMs("startTime");
    const endMs = call.params.timeMs("endTime");
    const base = await baseCandles(feed, interval, { startMs, endMs, limit });
    const inRange = regroup(base, interval).filter(
      (candle) =>
        (startMs === undefined || candle.openMs >= startMs) &&
        (endMs === undefined || candle.openMs <= endMs),
    );
    const page = startMs === undefined ? inRange.slice(-limit) : inRange.slice(0, limit);
    const scale = call.isMicroseconds ? 1000 : 1;
    const rows = page.map((candle) => klineJson(feed.market, candle, interval, scale));
    call.done(`[${rows.join(",")}]`);
  }

  /** Enough candles of the base interval to build the page asked for. */
  async function baseCandles(
    feed: MarketFeed,
    interval: Interval,
    range: { startMs: number | undefined; endMs: number | undefined; limit: number },
  ): Promise<readonly Candle[]> {
    const nowMs = clock.nowMs();
    if (interval.name === "1s") return feed.seconds.since(range.startMs ?? 0);
    const lengthMs = interval.closeMs(interval.openMs(nowMs)) + 1 - interval.openMs(nowMs);
    const untilMs = Math.min(range.endMs ?? nowMs, nowMs);
    const fromMs = interval.openMs(range.startMs ?? Math.max(0, untilMs - range.limit * lengthMs));
    const held = feed.minutes.since(fromMs);
    const hasAll = feed.isPrimed && (feed.minutes.firstMs <= fromMs || feed.historicTradeId === 0);
    if (hasAll) return held;
    try {
      const older = await history.minuteCandles({
        symbolId: feed.market.symbolId,
        startMs: fromMs,
        endMs: range.endMs,
        ...freshness(),
      });
      return older;
    } catch (cause) {
      // The newest page is still useful without its oldest part; a page of the past is not.
      if (range.startMs === undefined && held.length > 0) return held;
      throw cause;
    }
  }

  function dayTicker(call: Call): void {
    const type = call.params.text("type") ?? "FULL";
    if (type !== "FULL" && type !== "MINI")
      throw new ApiError(400, -1139, "Invalid ticker type.", "FULL or MINI");
    const scale = call.isMicroseconds ? 1000 : 1;
    answerEach(call, (market) => {
      const day = tickerOf(marketData.feedOf(market), core, clock.nowMs());
      return tickerJson(market, day, type === "MINI", scale);
    });
  }

  function price(call: Call): void {
    answerEach(call, (market) => {
      const { priceTicks } = core.lastTrade(market.symbolId);
      return `{"symbol":"${market.name}","price":"${market.priceText(priceTicks)}"}`;
    });
  }

  /** One object for `symbol`, an array for `symbols` and for all. */
  function answerEach(call: Call, json: (market: Market) => string): void {
    const rows = selectedMarkets(call.params, markets.all()).map(json);
    call.done(call.params.has("symbol") ? (rows[0] ?? "{}") : `[${rows.join(",")}]`);
  }

  function averagePrice(call: Call): void {
    const feed = feedOf(call);
    const nowMs = clock.nowMs();
    const recent = feed.minutes.since(nowMs - AVERAGE_MINUTES * 60_000);
    const folded = recent.length === 0 ? undefined : regroup(recent, wholeTime)[0];
    const { priceTicks } = core.lastTrade(feed.market.symbolId);
    const text = folded ? averageText(feed.market, folded) : feed.market.priceText(priceTicks);
    const closeTime = call.time(Math.floor(nowMs * 1000));
    call.done(`{"mins":${AVERAGE_MINUTES},"price":"${text}","closeTime":${closeTime}}`);
  }

  const symbol = ["symbol"];
  const several = (one: number, all: number) => (params: Params) =>
    params.has("symbol") ? one : all;
  const route = (
    rest: string,
    method: string,
    weight: Route["weight"],
    handle: Route["handle"],
    mandatory: readonly string[] = [],
  ): Route => ({
    rest: `GET /api/v3/${rest}`,
    method,
    security: "NONE",
    weight,
    handle,
    mandatory,
  });
  return [
    route("depth", "depth", depthWeight, depth, symbol),
    route("trades", "trades.recent", 25, trades, symbol),
    route("historicalTrades", "trades.historical", 25, historicalTrades, symbol),
    route("aggTrades", "trades.aggregate", 4, aggTrades, symbol),
    route("klines", "klines", 2, klines, ["symbol", "interval"]),
    route("uiKlines", "uiKlines", 2, klines, ["symbol", "interval"]),
    route("avgPrice", "avgPrice", 2, averagePrice, symbol),
    route("ticker/24hr", "ticker.24hr", several(2, 80), dayTicker),
    route("ticker/price", "ticker.price", several(2, 4), price),
    route("ticker/bookTicker", "ticker.book", several(2, 4), (call) =>
      answerEach(call, (market) => bookTickerJson(market, core)),
    ),
  ];
}

/** Everything is one interval. */
const wholeTime: Interval = { name: "all", openMs: () => 0, closeMs: () => 0 };

function depthWeight(params: Params): number {
  const limit = params.limit(100, 5000);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

function intervalOf(params: Params): Interval {
  const interval = intervalNamed(
    params.required("interval"),
    zoneOffsetMs(params.text("timeZone")),
  );
  if (interval === undefined) throw apiErrors.invalidInterval();
  return interval;
}

/** In milliseconds: `8`, `-1:00`, `05:45`; from -12:00 to +14:00. */
export function zoneOffsetMs(text: string | undefined): number {
  if (text === undefined) return 0;
  const match = /^([+-]?)(\d{1,2})(?::(\d{2}))?$/.exec(text);
  if (match === null) throw apiErrors.badData("timeZone", "hours, or hours:minutes");
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  const signed = match[1] === "-" ? -minutes : minutes;
  if (signed < -720 || signed > 840) throw apiErrors.badData("timeZone", "from -12:00 to +14:00");
  return signed * 60_000;
}
