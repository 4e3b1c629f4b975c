// Rejections of the core as the API words them.

import { unreachable } from "../../core/assert.ts";
import type { OrderRejected, RejectReason } from "../../core/event.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import type { Market } from "./market.ts";
import { type PrintTime, resultJson } from "./order-json.ts";

const rejected = (message: string, detail?: string) => new ApiError(400, -2010, message, detail);

export function placeError(market: Market, event: OrderRejected, time: PrintTime): ApiError {
  const error = errorOf(event.reason);
  // Who sends an order again because the first answer was lost learns here what the first one did.
  if (event.reason === "DUPLICATE_CLIENT_ORDER_ID" && event.existing !== undefined)
    return error.withExtra(`"order":${resultJson(market, event.existing, time)}`);
  return error;
}

export function errorOf(reason: RejectReason): ApiError {
  switch (reason) {
    case "INSUFFICIENT_BALANCE":
      return rejected("Account has insufficient balance for requested action.");
    case "DUPLICATE_CLIENT_ORDER_ID":
      return rejected("Duplicate order sent.");
    case "WOULD_TAKE":
      return rejected("Order would immediately match and take.");
    case "MARKET_CLOSED":
      return rejected("Market is closed.");
    case "NOT_IN_AUCTION":
      return rejected(
        "Market is closed.",
        "orders collect for an auction: only LIMIT orders with timeInForce GTC are taken",
      );
    case "NO_LIQUIDITY":
      return rejected("Market is closed.", "the other side of the book is empty");
    case "UNKNOWN_ACCOUNT":
      return rejected("This action is disabled on this account.", "the account is not open");
    case "UNKNOWN_SYMBOL":
      return apiErrors.invalidSymbol();
    case "UNKNOWN_ORDER":
      return apiErrors.unknownOrderSent();
    case "CANCEL_RESTRICTED":
      return new ApiError(400, -2011, "Order was not canceled due to cancel restrictions.");
    case "INVALID_PRICE":
      return apiErrors.filter("PRICE_FILTER");
    case "INVALID_QUANTITY":
      return apiErrors.filter("LOT_SIZE");
    case "NOTIONAL_TOO_LARGE":
      return apiErrors.filter("NOTIONAL");
    case "TOO_MANY_ORDERS":
      return apiErrors.filter("MAX_NUM_ORDERS");
    case "CAPACITY_EXHAUSTED":
      return apiErrors.overloaded(
        "the exchange holds as many orders as it can; this one was rejected",
      );
    case "INVALID_COMMAND":
    case "UNKNOWN_ASSET":
    case "ALREADY_EXISTS":
      return apiErrors.unsupportedCombination(reason);
    case "UNKNOWN_SESSION":
      return apiErrors.timeout();
    default:
      return unreachable(reason);
  }
}
