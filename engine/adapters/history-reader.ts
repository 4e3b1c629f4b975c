// HistoryReader: what the gateway asks of the history (PostgreSQL behind it), which follows the
// journal a little later than the gateway. Every question names the position it must have reached,
// so that a client reads its own writes. Rejects with CastleError HISTORY_UNAVAILABLE where the
// history cannot be reached or has not reached `minPosition` within `timeoutMs`.

import type { OrderView } from "../core/event.ts";

export interface Freshness {
  /** The answer shows every journal entry up to this one. */
  readonly minPosition: number;
  readonly timeoutMs: number;
}

/** Ids and times are inclusive bounds; absent ones do not bound. */
export interface AllOrdersQuery extends Freshness {
  readonly accountId: number;
  readonly symbolId: number;
  readonly fromOrderId?: number | undefined;
  /** Bounds of `placedUs`, in milliseconds. */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limit: number;
}

export interface MyTradesQuery extends Freshness {
  readonly accountId: number;
  readonly symbolId: number;
  readonly orderId?: number | undefined;
  readonly fromId?: number | undefined;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limit: number;
}

export interface PublicTradesQuery extends Freshness {
  readonly symbolId: number;
  readonly fromId?: number | undefined;
  /** Only trades below this id (a gateway has the later ones itself). */
  readonly beforeId?: number | undefined;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limit: number;
}

export interface CandlesQuery extends Freshness {
  readonly symbolId: number;
  /** Start of the first minute. */
  readonly startMs: number;
  /** Minutes that start after this are left out. */
  readonly endMs?: number | undefined;
  /** Counts only trades below this id. */
  readonly beforeTradeId?: number | undefined;
}

export interface PublicTrade {
  readonly tradeId: number;
  readonly symbolId: number;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly quoteUnits: number;
  readonly timestampUs: number;
  /** Whether the buyer's order rested and the seller took it. */
  readonly isBuyerMaker: boolean;
  readonly takerOrderId: number;
}

export interface AccountTrade {
  readonly tradeId: number;
  readonly symbolId: number;
  readonly orderId: number;
  readonly priceTicks: number;
  readonly quantityLots: number;
  readonly quoteUnits: number;
  readonly timestampUs: number;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
  /** In units of what was received: base for a buyer, quote for a seller. */
  readonly feeUnits: number;
}

/** Sums are bigint: a busy minute passes the safe integers. Minutes without a trade are left out. */
export interface Candle {
  readonly openMs: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: bigint;
  readonly quoteUnits: bigint;
  readonly takerBuyLots: bigint;
  readonly takerBuyQuoteUnits: bigint;
  readonly tradeCount: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

export interface HistoryReader {
  orderById(
    query: Freshness & { accountId: number; symbolId: number; orderId: number },
  ): Promise<OrderView | undefined>;
  /** The newest one, where the id was used more than once. */
  orderByClientId(
    query: Freshness & { accountId: number; symbolId: number; clientOrderId: string },
  ): Promise<OrderView | undefined>;
  /**
   * Ascending by order id, as each order stands now. From `fromOrderId` or `startMs`: the oldest
   * `limit` from there; otherwise the newest `limit` (up to `endMs`).
   */
  allOrders(query: AllOrdersQuery): Promise<OrderView[]>;
  /** Ascending by trade id; an account that traded with itself gets both sides. Range as above. */
  myTrades(query: MyTradesQuery): Promise<AccountTrade[]>;
  /** Ascending by trade id. Range as above. */
  tradesOf(query: PublicTradesQuery): Promise<PublicTrade[]>;
  /** Minute candles, ascending. */
  minuteCandles(query: CandlesQuery): Promise<Candle[]>;
}
