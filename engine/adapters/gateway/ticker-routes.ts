// Tickers of a rolling window and of the trading day, folded from minute candles: those that this
// gateway holds, and the history's where the window reaches further back.

import type { Candle } from "../history-reader.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import type { Call, Route } from "./call.ts";
import { fold } from "./candles.ts";
import { ANSWER_TIMEOUT_MS, type GatewayContext } from "./context.ts";
import { selectedMarkets } from "./general-routes.ts";
import type { Market } from "./market.ts";
import { zoneOffsetMs } from "./market-routes.ts";
import type { Params } from "./params.ts";
import { fullMinute, tickerSince, windowTickerJson } from "./ticker.ts";

const DAY_MS = 86_400_000;
const unitMs = { m: 60_000, h: 3_600_000, d: DAY_MS } as const;
const countMax = { m: 59, h: 23, d: 7 } as const;
const SYMBOLS_MAX = 100;

export function tickerRoutes(context: GatewayContext): Route[] {
  const { core, markets, marketData, history, clock } = context;

  async function minutesSince(market: Market, fromMs: number): Promise<readonly Candle[]> {
    const feed = marketData.feedOf(market);
    const hasAll = feed.isPrimed && (feed.minutes.firstMs <= fromMs || feed.historicTradeId === 0);
    if (hasAll) return feed.minutes.since(fromMs);
    const freshness = { minPosition: core.position, timeoutMs: ANSWER_TIMEOUT_MS };
    return history.minuteCandles({ symbolId: market.symbolId, startMs: fromMs, ...freshness });
  }

  async function answer(call: Call, fromMs: number): Promise<void> {
    const { params } = call;
    const type = params.text("type") ?? "FULL";
    if (type !== "FULL" && type !== "MINI")
      throw new ApiError(400, -1139, "Invalid ticker type.", "FULL or MINI");
    if (!params.has("symbol") && !params.has("symbols"))
      throw apiErrors.missingBoth("symbol", "symbols");
    const chosen = selectedMarkets(params, markets.all());
    if (chosen.length > SYMBOLS_MAX)
      throw apiErrors.badData("symbols", `at most ${SYMBOLS_MAX} symbols`);
    const nowMs = clock.nowMs();
    const scale = call.isMicroseconds ? 1000 : 1;
    const rows = await Promise.all(
      chosen.map(async (market) => {
        const candle = fold(await minutesSince(market, fromMs));
        const window = { fromMs, nowMs, candle };
        const ticker = tickerSince(marketData.feedOf(market), core, window);
        return windowTickerJson(market, ticker, type === "MINI", scale);
      }),
    );
    call.done(params.has("symbol") ? (rows[0] ?? "{}") : `[${rows.join(",")}]`);
  }

  function rolling(call: Call): Promise<void> {
    return answer(call, fullMinute(clock.nowMs() - windowMs(call.params.text("windowSize"))));
  }

  function tradingDay(call: Call): Promise<void> {
    const offsetMs = zoneOffsetMs(call.params.text("timeZone"));
    const localMs = clock.nowMs() + offsetMs;
    return answer(call, localMs - (localMs % DAY_MS) - offsetMs);
  }

  const of = { security: "NONE", weight: weightOf } as const;
  return [
    { ...of, rest: "GET /api/v3/ticker", method: "ticker", handle: rolling },
    {
      ...of,
      rest: "GET /api/v3/ticker/tradingDay",
      method: "ticker.tradingDay",
      handle: tradingDay,
    },
  ];
}

function weightOf(params: Params): number {
  return Math.min(200, 4 * (params.list("symbols")?.length ?? 1));
}

/** 1m to 59m, 1h to 23h, 1d to 7d. */
function windowMs(text = "1d"): number {
  const match = /^([1-9]\d?)([mhd])$/.exec(text);
  const unit = match?.[2] as keyof typeof unitMs | undefined;
  const count = Number(match?.[1]);
  if (unit === undefined || count > countMax[unit])
    throw apiErrors.badData("windowSize", "1m to 59m, 1h to 23h or 1d to 7d");
  return count * unitMs[unit];
}
