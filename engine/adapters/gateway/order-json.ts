// Orders as the API prints them. Built by hand: every part is a number, an enum of ours or a checked
// id, so nothing needs escaping.

import type { OrderType, Side, TimeInForce } from "../../core/command.ts";
import type { OrderStatus, OrderView, Trade } from "../../core/event.ts";
import type { Market } from "./market.ts";

export const sideNames: Record<Side, string> = { buy: "BUY", sell: "SELL" };
export const typeNames: Record<OrderType, string> = {
  limit: "LIMIT",
  limitMaker: "LIMIT_MAKER",
  market: "MARKET",
};
const timeInForceNames: Record<TimeInForce, string> = { gtc: "GTC", ioc: "IOC", fok: "FOK" };
export const statusNames: Record<OrderStatus, string> = {
  new: "NEW",
  partiallyFilled: "PARTIALLY_FILLED",
  filled: "FILLED",
  canceled: "CANCELED",
  expired: "EXPIRED",
};
export const ZERO = "0.00000000";

/** Times as the client asked for them: milliseconds or microseconds. */
export type PrintTime = (timestampUs: number) => number;

/** Market orders have none of their own; the API prints GTC for them. */
export function timeInForceName(order: OrderView): string {
  return order.type === "limit" ? timeInForceNames[order.timeInForce] : "GTC";
}

function amounts(market: Market, order: OrderView): string {
  return `"price":"${market.priceText(order.priceTicks)}","origQty":"${market.quantityText(order.quantityLots)}","executedQty":"${market.quantityText(order.executedLots)}","origQuoteOrderQty":"${market.quoteText(order.quoteUnits)}","cummulativeQuoteQty":"${market.quoteText(order.executedQuoteUnits)}","status":"${statusNames[order.status]}","timeInForce":"${timeInForceName(order)}","type":"${typeNames[order.type]}","side":"${sideNames[order.side]}"`;
}

/** newOrderRespType ACK, without the closing brace. */
function ackStart(market: Market, order: OrderView, time: number): string {
  return `{"symbol":"${market.name}","orderId":${order.orderId},"orderListId":-1,"clientOrderId":"${order.clientOrderId}","transactTime":${time}`;
}

export function ackJson(market: Market, order: OrderView, time: PrintTime): string {
  return `${ackStart(market, order, time(order.updatedUs))}}`;
}

function resultStart(market: Market, order: OrderView, time: PrintTime): string {
  return `${ackStart(market, order, time(order.updatedUs))},${amounts(market, order)},"workingTime":${time(order.placedUs)},"selfTradePreventionMode":"NONE"`;
}

export function resultJson(market: Market, order: OrderView, time: PrintTime): string {
  return `${resultStart(market, order, time)}}`;
}

/** `trades` are those of the order's own command: it was the taker in each. */
export function fullJson(
  market: Market,
  order: OrderView,
  trades: readonly Trade[],
  time: PrintTime,
): string {
  const isBuyer = order.side === "buy";
  let fills = "";
  for (const trade of trades) {
    if (fills !== "") fills += ",";
    fills += `{"price":"${market.priceText(trade.priceTicks)}","qty":"${market.quantityText(trade.quantityLots)}","commission":"${market.feeText(trade.takerFeeUnits, isBuyer)}","commissionAsset":"${market.feeAsset(isBuyer)}","tradeId":${trade.tradeId}}`;
  }
  return `${resultStart(market, order, time)},"fills":[${fills}]}`;
}

/** Answer to a query. */
export function queryJson(market: Market, order: OrderView, time: PrintTime): string {
  const isWorking = order.status === "new" || order.status === "partiallyFilled";
  return `{"symbol":"${market.name}","orderId":${order.orderId},"orderListId":-1,"clientOrderId":"${order.clientOrderId}",${amounts(market, order)},"stopPrice":"${ZERO}","icebergQty":"${ZERO}","time":${time(order.placedUs)},"updateTime":${time(order.updatedUs)},"isWorking":${isWorking || order.executedLots > 0},"workingTime":${time(order.placedUs)},"selfTradePreventionMode":"NONE"}`;
}

export function cancelJson(
  market: Market,
  order: OrderView,
  cancelClientOrderId: string,
  time: PrintTime,
): string {
  return `{"symbol":"${market.name}","origClientOrderId":"${order.clientOrderId}","orderId":${order.orderId},"orderListId":-1,"clientOrderId":"${cancelClientOrderId}","transactTime":${time(order.updatedUs)},${amounts(market, order)},"selfTradePreventionMode":"NONE"}`;
}
