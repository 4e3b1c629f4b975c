// General routes: ping, time, exchangeInfo; and short answers on other products' paths, which common
// clients call before they trade here (empty lists let them start unmodified).

import { ApiError, apiErrors } from "./api-error.ts";
import type { Call, Route } from "./call.ts";
import type { GatewayContext } from "./context.ts";
import { exchangeInfoJson } from "./exchange-info.ts";
import type { Market } from "./market.ts";
import { rateText } from "./order-routes.ts";
import type { Params } from "./params.ts";

export function generalRoutes(context: GatewayContext): Route[] {
  const { markets, clock, limits, core } = context;

  const nowOf = (call: Call) => call.time(Math.floor(clock.nowMs() * 1000));

  function exchangeInfo(call: Call): void {
    const wanted = selectedMarkets(call.params, markets.all());
    const status = call.params.text("symbolStatus");
    const shown = wanted
      .map((market) => ({ market, status: markets.statusOf(market) }))
      .filter((symbol) => status === undefined || symbol.status === status);
    call.done(exchangeInfoJson(shown, limits.config, nowOf(call)));
  }

  const plain = (
    rest: string,
    method: string | undefined,
    weight: number,
    handle: Route["handle"],
  ): Route => ({
    rest: `GET ${rest}`,
    ...(method === undefined ? {} : { method }),
    security: "NONE",
    weight,
    handle,
  });

  const empty = (path: string, json: string) =>
    plain(path, undefined, 1, (call) => call.done(json));

  /** Other products' signed paths take a key, but show nothing of an account. */
  const assets: Route = plain("/sapi/v1/capital/config/getall", undefined, 1, (call) => {
    const rows = core.assets().map((asset) =>
      JSON.stringify({
        coin: asset.name,
        name: asset.name,
        depositAllEnable: false,
        withdrawAllEnable: false,
        trading: true,
        isLegalMoney: false,
        free: "0",
        locked: "0",
        freeze: "0",
        withdrawing: "0",
        ipoing: "0",
        ipoable: "0",
        storage: "0",
        networkList: [],
      }),
    );
    call.done(`[${rows.join(",")}]`);
  });

  const fees: Route = plain("/sapi/v1/asset/tradeFee", undefined, 1, (call) => {
    const rows = selectedMarkets(call.params, markets.all()).map(
      (market) =>
        `{"symbol":"${market.name}","makerCommission":"${rateText(market.makerFeePpm)}","takerCommission":"${rateText(market.takerFeePpm)}"}`,
    );
    call.done(`[${rows.join(",")}]`);
  });

  return [
    plain("/api/v3/ping", "ping", 1, (call) => call.done("{}")),
    plain("/api/v3/time", "time", 1, (call) => call.done(`{"serverTime":${nowOf(call)}}`)),
    plain("/api/v3/exchangeInfo", "exchangeInfo", 20, exchangeInfo),
    assets,
    fees,
    empty("/sapi/v1/margin/allPairs", "[]"),
    empty("/sapi/v1/margin/isolated/allPairs", "[]"),
    empty("/fapi/v1/exchangeInfo", '{"symbols":[]}'),
    empty("/dapi/v1/exchangeInfo", '{"symbols":[]}'),
  ];
}

/** By `symbol`, by `symbols`, or all. */
export function selectedMarkets(params: Params, all: readonly Market[]): readonly Market[] {
  const symbol = params.text("symbol");
  const symbols = params.list("symbols");
  if (symbol !== undefined && symbols !== undefined) throw apiErrors.badCombination();
  const names = symbol === undefined ? symbols : [symbol];
  if (names === undefined) return all;
  return names.map((name) => {
    const market = all.find((candidate) => candidate.name === name);
    if (market === undefined)
      throw new ApiError(
        400,
        -1121,
        "Invalid symbol.",
        `unknown symbol ${JSON.stringify(name.slice(0, 20))}`,
      );
    return market;
  });
}
