// Order parameters: from the API's names and decimals to a command of the core, or the API's error.
// Checked in the API's order: form of each parameter, combination, then the filters of the symbol.

import type { OrderReference, OrderType, PlaceOrder, TimeInForce } from "../../core/command.ts";
import type { CoreReader } from "../../core/core-reader.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import type { ClientOrderIds } from "./client-order-id.ts";
import { MALFORMED, OFF_SCALE, parseDecimal, TOO_LARGE, TOO_PRECISE } from "./decimal.ts";
import type { Market, Markets } from "./market.ts";
import type { Params } from "./params.ts";

const decimalRange = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
/** Order types of the API that this exchange does not take (yet): a clear answer, not "invalid". */
const otherTypes = new Set(["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]);
const unsupported = [
  "stopPrice",
  "trailingDelta",
  "icebergQty",
  "pegPriceType",
  "pegOffsetType",
  "pegOffsetValue",
] as const;

export function marketOf(params: Params, markets: Markets): Market {
  const name = params.required("symbol");
  const market = markets.named(name);
  if (market === undefined) {
    if (!/^[A-Z0-9-_.]{1,20}$/.test(name))
      throw apiErrors.illegalCharacters("symbol", "^[A-Z0-9-_.]{1,20}$");
    throw apiErrors.invalidSymbol();
  }
  return market;
}

/** A decimal as a number of steps; a value off the step or out of range fails `filter`. */
function steps(
  name: string,
  text: string,
  rule: {
    decimals: number;
    step: number;
    max: number;
    filter: string;
    stepText: string;
    maxText: string;
  },
): number {
  const value = parseDecimal(text, rule.decimals);
  if (value === MALFORMED) throw apiErrors.illegalCharacters(name, decimalRange);
  if (value === TOO_PRECISE) throw apiErrors.tooPrecise(name);
  if (value === OFF_SCALE || (value >= 0 && value % rule.step !== 0))
    throw apiErrors.filter(rule.filter, `${name} ${text} is not a multiple of ${rule.stepText}`);
  const count = value / rule.step;
  if (value === TOO_LARGE || count > rule.max)
    throw apiErrors.filter(rule.filter, `${name} ${text} is above the maximum ${rule.maxText}`);
  if (count < 1)
    throw apiErrors.filter(rule.filter, `${name} ${text} is below the minimum ${rule.stepText}`);
  return count;
}

function parsePrice(market: Market, name: string, text: string): number {
  return steps(name, text, {
    decimals: market.tickDecimals,
    step: market.tickStep,
    max: market.priceTicksMax,
    filter: "PRICE_FILTER",
    stepText: market.config.tickSize,
    maxText: market.config.priceMax,
  });
}

export function parseQuantity(market: Market, name: string, text: string): number {
  return steps(name, text, {
    decimals: market.lotDecimals,
    step: market.lotStep,
    max: market.quantityLotsMax,
    filter: "LOT_SIZE",
    stepText: market.config.lotSize,
    maxText: market.config.quantityMax,
  });
}

function parseQuoteUnits(market: Market, text: string): number {
  const value = parseDecimal(text, market.quote.decimals);
  if (value === MALFORMED) throw apiErrors.illegalCharacters("quoteOrderQty", decimalRange);
  if (value === TOO_PRECISE || value === OFF_SCALE) throw apiErrors.tooPrecise("quoteOrderQty");
  if (value === TOO_LARGE) throw apiErrors.filter("NOTIONAL", `quoteOrderQty ${text} is too large`);
  return value;
}

function parseType(params: Params): OrderType {
  const type = params.required("type");
  if (type === "LIMIT") return "limit";
  if (type === "MARKET") return "market";
  if (type === "LIMIT_MAKER") return "limitMaker";
  if (otherTypes.has(type))
    throw new ApiError(
      400,
      -1116,
      "Invalid orderType.",
      `${type} is not offered: see orderTypes in exchangeInfo`,
    );
  throw apiErrors.invalidOrderType();
}

function parseTimeInForce(params: Params, type: OrderType): TimeInForce {
  if (type !== "limit") {
    if (params.has("timeInForce")) throw apiErrors.notRequired("timeInForce");
    // A market order never rests: what finds no liquidity expires.
    return type === "market" ? "ioc" : "gtc";
  }
  const text = params.required("timeInForce");
  if (text === "GTC") return "gtc";
  if (text === "IOC") return "ioc";
  if (text === "FOK") return "fok";
  throw apiErrors.invalidTimeInForce();
}

function checkUnsupported(params: Params): void {
  for (const name of unsupported) if (params.has(name)) throw apiErrors.notRequired(name);
  const prevention = params.text("selfTradePreventionMode");
  if (prevention !== undefined && prevention !== "NONE")
    throw new ApiError(
      400,
      -1013,
      "This symbol does not allow the specified self-trade prevention mode.",
      "allowed: NONE",
    );
}

/** @throws ApiError for whatever the gateway can know to be wrong. */
export function parsePlaceOrder(
  params: Params,
  market: Market,
  core: CoreReader,
  context: { accountId: number; ids: ClientOrderIds },
): PlaceOrder {
  const sideText = params.required("side");
  if (sideText !== "BUY" && sideText !== "SELL") throw apiErrors.invalidSide();
  const type = parseType(params);
  const timeInForce = parseTimeInForce(params, type);
  checkUnsupported(params);
  const clientOrderId = params.clientOrderId("newClientOrderId");
  let priceTicks = 0;
  let quantityLots = 0;
  let quoteUnits = 0;
  if (type === "market") {
    if (params.has("price")) throw apiErrors.notRequired("price");
    const quantity = params.text("quantity");
    const quote = params.text("quoteOrderQty");
    if (quantity === undefined && quote === undefined)
      throw apiErrors.missingBoth("quantity", "quoteOrderQty");
    if (quantity !== undefined && quote !== undefined) throw apiErrors.notRequired("quoteOrderQty");
    if (quantity !== undefined) quantityLots = parseQuantity(market, "quantity", quantity);
    if (quote !== undefined) quoteUnits = parseQuoteUnits(market, quote);
  } else {
    if (params.has("quoteOrderQty")) throw apiErrors.notRequired("quoteOrderQty");
    const quantity = params.required("quantity");
    priceTicks = parsePrice(market, "price", params.required("price"));
    quantityLots = parseQuantity(market, "quantity", quantity);
  }
  checkNotional(market, core, { type, priceTicks, quantityLots, quoteUnits });
  return {
    kind: "placeOrder",
    accountId: context.accountId,
    symbolId: market.symbolId,
    side: sideText === "BUY" ? "buy" : "sell",
    type,
    timeInForce,
    priceTicks,
    quantityLots,
    quoteUnits,
    clientOrderId: clientOrderId ?? context.ids.next(),
  };
}

/** NOTIONAL with avgPriceMins 0: a market order counts at the last price; before the first trade at none. */
function checkNotional(
  market: Market,
  core: CoreReader,
  order: { type: OrderType; priceTicks: number; quantityLots: number; quoteUnits: number },
): void {
  const priceTicks =
    order.type === "market" ? core.lastTrade(market.symbolId).priceTicks : order.priceTicks;
  const isByQuote = order.quoteUnits > 0 || (order.type === "market" && order.quantityLots === 0);
  if (!isByQuote && priceTicks === 0) return;
  // A product past the safe integers is rounded, but then far above any minimum.
  const units = isByQuote
    ? order.quoteUnits
    : priceTicks * order.quantityLots * market.tickUnitsPerLot;
  if (units < market.notionalUnitsMin)
    throw apiErrors.filter(
      "NOTIONAL",
      `order value ${market.quoteText(units)} ${market.quote.name} is below the minimum ${market.config.notionalMin}`,
    );
  if (units > Number.MAX_SAFE_INTEGER)
    throw apiErrors.filter("NOTIONAL", `order value is above ${maxNotionalText(market)}`);
}

export function maxNotionalText(market: Market): string {
  return market.quoteText(Number.MAX_SAFE_INTEGER);
}

export function parseReference(
  params: Params,
  idName: string,
  clientIdName: string,
): OrderReference {
  const orderId = params.integer(idName);
  const clientOrderId = params.text(clientIdName);
  if (orderId === undefined && clientOrderId === undefined)
    throw apiErrors.missingBoth(clientIdName, idName);
  return { orderId: orderId ?? 0, clientOrderId: params.clientOrderId(clientIdName) ?? "" };
}

export function parseCancelRestrictions(params: Params): "any" | "new" | "partiallyFilled" {
  const text = params.text("cancelRestrictions");
  if (text === undefined) return "any";
  if (text === "ONLY_NEW") return "new";
  if (text === "ONLY_PARTIALLY_FILLED") return "partiallyFilled";
  throw apiErrors.badCancelRestrictions();
}
