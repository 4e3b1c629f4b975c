// Events: what the core did. Facts, in the order in which they came about. A follower that applies
// the same journal gets the same events, so nothing but commands ever crosses a wire.

import type { OrderType, RequestId, Side, TimeInForce, TradingStatus } from "./command.ts";

export type OrderStatus = "new" | "partiallyFilled" | "filled" | "canceled" | "expired";

/** Why an order ended without being filled or cancelled by its owner. */
export type ExpiryReason =
  | "UNFILLED_IOC_QUANTITY"
  | "UNFILLED_FOK_ORDER"
  | "INSUFFICIENT_LIQUIDITY";

/** A plain copy of an order's record: later commands do not change it. */
export interface OrderView {
  readonly orderId: number;
  readonly accountId: number;
  readonly symbolId: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly status: OrderStatus;
  readonly clientOrderId: string;
  readonly priceTicks: number;
  /** As ordered; for a market order by quote amount, what was bought or sold in the end. */
  readonly quantityLots: number;
  readonly executedLots: number;
  /** Quote units exchanged so far, fees not counted. */
  readonly executedQuoteUnits: number;
  /** As ordered (market orders by quote amount), else 0. */
  readonly quoteUnits: number;
  readonly placedUs: number;
  readonly updatedUs: number;
}

/** Rejections are values; the gateway maps each to the API's code and text. */
export type RejectReason =
  | "UNKNOWN_ACCOUNT"
  | "UNKNOWN_SYMBOL"
  | "UNKNOWN_ASSET"
  | "UNKNOWN_ORDER"
  | "UNKNOWN_SESSION"
  | "INVALID_PRICE"
  | "INVALID_QUANTITY"
  | "INVALID_COMMAND"
  | "NOTIONAL_TOO_LARGE"
  | "INSUFFICIENT_BALANCE"
  | "DUPLICATE_CLIENT_ORDER_ID"
  | "WOULD_TAKE"
  | "NO_LIQUIDITY"
  | "MARKET_CLOSED"
  | "NOT_IN_AUCTION"
  | "CANCEL_RESTRICTED"
  | "TOO_MANY_ORDERS"
  | "CAPACITY_EXHAUSTED"
  | "ALREADY_EXISTS";

interface Caused {
  /** The request of the command that brought this about. */
  readonly request: RequestId;
  readonly timestampUs: number;
}

/** The order passed all checks; trades of the same command follow. `order` is as it stands then. */
export interface OrderAccepted extends Caused {
  readonly kind: "orderAccepted";
  readonly order: OrderView;
}

export interface OrderRejected extends Caused {
  readonly kind: "orderRejected";
  readonly reason: RejectReason;
  readonly accountId: number;
  readonly symbolId: number;
  readonly clientOrderId: string;
  /** DUPLICATE_CLIENT_ORDER_ID: the order that has the id, as it stands now. */
  readonly existing?: OrderView;
}

/**
 * One fill of each side. `maker` and `taker` are as they stand after it. In an auction both rested,
 * at prices of their own, and the later order is the taker.
 */
export interface Trade extends Caused {
  readonly kind: "trade";
  /** Counts from 1 on each symbol. */
  readonly tradeId: number;
  readonly symbolId: number;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly quoteUnits: number;
  readonly maker: OrderView;
  readonly taker: OrderView;
  /** In units of what the side received: base for a buyer, quote for a seller. */
  readonly makerFeeUnits: number;
  readonly takerFeeUnits: number;
}

export interface OrderCanceled extends Caused {
  readonly kind: "orderCanceled";
  readonly order: OrderView;
}

export interface OrderExpired extends Caused {
  readonly kind: "orderExpired";
  readonly reason: ExpiryReason;
  readonly order: OrderView;
}

export interface OrderReduced extends Caused {
  readonly kind: "orderReduced";
  readonly order: OrderView;
  /** 0 where the order had the quantity already: it was not changed. */
  readonly reducedLots: number;
}

export interface CancelRejected extends Caused {
  readonly kind: "cancelRejected";
  readonly reason: RejectReason;
  readonly accountId: number;
  readonly symbolId: number;
}

/** Of a deposit, withdrawal, reduction or an administrative command. */
export interface CommandRejected extends Caused {
  readonly kind: "commandRejected";
  readonly reason: RejectReason;
}

/** Money entered (`units` > 0) or left (`units` < 0) the exchange. */
export interface FundsMoved extends Caused {
  readonly kind: "fundsMoved";
  readonly accountId: number;
  readonly assetId: number;
  readonly units: number;
}

/** After all else of a command, once for each account and asset that it touched. */
export interface BalanceChanged extends Caused {
  readonly kind: "balanceChanged";
  readonly accountId: number;
  readonly assetId: number;
  readonly freeUnits: number;
  readonly lockedUnits: number;
}

/** An administrative command was carried out. */
export interface Configured extends Caused {
  readonly kind: "configured";
  readonly what: "asset" | "symbol" | "account" | "tradingStatus";
  readonly id: number;
  readonly status?: TradingStatus;
}

/** The session has executed this request before: nothing was done now. */
export interface RequestRepeated extends Caused {
  readonly kind: "requestRepeated";
}

export type Event =
  | OrderAccepted
  | OrderRejected
  | Trade
  | OrderCanceled
  | OrderExpired
  | OrderReduced
  | CancelRejected
  | CommandRejected
  | FundsMoved
  | BalanceChanged
  | Configured
  | RequestRepeated;
