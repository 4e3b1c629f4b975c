// exchangeInfo: what may be traded and by which rules. The filters printed here are the ones enforced in
// order-params.ts.

import { API_DECIMALS, parseStep, printDecimal } from "./decimal.ts";
import type { Market } from "./market.ts";
import { maxNotionalText } from "./order-params.ts";
import type { LimitsConfig } from "./rate-limits.ts";

/** A decimal of the configuration with the API's eight digits. */
function eight(text: string): string {
  const { decimals, step } = parseStep(text);
  return printDecimal(step, decimals);
}

function rateLimitsJson(limits: LimitsConfig): string {
  return `[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":${limits.requestWeightPerMinute}},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":${limits.ordersPer10Seconds}},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":${limits.ordersPerDay}},{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":${limits.rawRequestsPer5Minutes}}]`;
}

function symbolJson(market: Market, status: string): string {
  const { config } = market;
  const lot = {
    minQty: eight(config.lotSize),
    maxQty: market.quantityText(market.quantityLotsMax),
  };
  return JSON.stringify({
    symbol: market.name,
    status,
    baseAsset: market.base.name,
    baseAssetPrecision: API_DECIMALS,
    quoteAsset: market.quote.name,
    quotePrecision: API_DECIMALS,
    quoteAssetPrecision: API_DECIMALS,
    baseCommissionPrecision: API_DECIMALS,
    quoteCommissionPrecision: API_DECIMALS,
    orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET"],
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    opoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      {
        filterType: "PRICE_FILTER",
        minPrice: eight(config.tickSize),
        maxPrice: market.priceText(market.priceTicksMax),
        tickSize: eight(config.tickSize),
      },
      { filterType: "LOT_SIZE", ...lot, stepSize: eight(config.lotSize) },
      { filterType: "MARKET_LOT_SIZE", ...lot, stepSize: eight(config.lotSize) },
      {
        filterType: "NOTIONAL",
        minNotional: eight(config.notionalMin),
        applyMinToMarket: true,
        maxNotional: maxNotionalText(market),
        applyMaxToMarket: true,
        avgPriceMins: 0,
      },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
    defaultSelfTradePreventionMode: "NONE",
    allowedSelfTradePreventionModes: ["NONE"],
  });
}

export function exchangeInfoJson(
  markets: readonly { market: Market; status: string }[],
  limits: LimitsConfig,
  serverTime: number,
): string {
  const symbols = markets.map(({ market, status }) => symbolJson(market, status)).join(",");
  return `{"timezone":"UTC","serverTime":${serverTime},"rateLimits":${rateLimitsJson(limits)},"exchangeFilters":[],"symbols":[${symbols}]}`;
}
