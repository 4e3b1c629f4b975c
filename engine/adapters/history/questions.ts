// Questions: the SQL behind each of the history's answers, and how its rows are read. Pure.

import type { OrderView } from "../../core/event.ts";
import type {
  AccountTrade,
  AllOrdersQuery,
  Candle,
  CandlesQuery,
  MyTradesQuery,
  PublicTrade,
  PublicTradesQuery,
} from "../history-reader.ts";
import type { Row } from "./session.ts";

export interface Question {
  readonly text: string;
  readonly values: readonly unknown[];
}

const usPerMs = 1000;

/** Collects conditions and their values; absent bounds leave no condition. */
class Where {
  readonly values: unknown[];
  private readonly conditions: string[] = [];

  constructor(values: unknown[] = []) {
    this.values = values;
  }

  and(column: string, operator: "=" | "<" | "<=" | ">=", value: unknown): this {
    if (value === undefined) return this;
    this.values.push(value);
    this.conditions.push(`${column} ${operator} $${this.values.length}`);
    return this;
  }

  /** Both bounds belong to the range. */
  between(column: string, startMs: number | undefined, endMs: number | undefined): this {
    const startUs = startMs === undefined ? undefined : startMs * usPerMs;
    const afterUs = endMs === undefined ? undefined : (endMs + 1) * usPerMs;
    return this.and(column, ">=", startUs).and(column, "<", afterUs);
  }

  toString(): string {
    return this.conditions.join(" AND ");
  }
}

/** From a beginning, the oldest rows; otherwise the newest. */
function direction(hasBeginning: boolean): "ASC" | "DESC" {
  return hasBeginning ? "ASC" : "DESC";
}

export function orderById(query: {
  accountId: number;
  symbolId: number;
  orderId: number;
}): Question {
  const where = new Where()
    .and("order_id", "=", query.orderId)
    .and("account_id", "=", query.accountId)
    .and("symbol_id", "=", query.symbolId);
  return { text: `SELECT * FROM orders WHERE ${where}`, values: where.values };
}

export function orderByClientId(query: {
  accountId: number;
  symbolId: number;
  clientOrderId: string;
}): Question {
  const where = new Where()
    .and("account_id", "=", query.accountId)
    .and("client_order_id", "=", query.clientOrderId)
    .and("symbol_id", "=", query.symbolId);
  const text = `SELECT * FROM orders WHERE ${where} ORDER BY order_id DESC LIMIT 1`;
  return { text, values: where.values };
}

export function allOrders(query: AllOrdersQuery): Question {
  const where = new Where()
    .and("account_id", "=", query.accountId)
    .and("symbol_id", "=", query.symbolId)
    .and("order_id", ">=", query.fromOrderId)
    .between("placed_us", query.startMs, query.endMs);
  const order = direction(query.fromOrderId !== undefined || query.startMs !== undefined);
  const values = [...where.values, query.limit];
  const text = `SELECT * FROM orders WHERE ${where} ORDER BY order_id ${order} LIMIT $${values.length}`;
  return { text, values };
}

export function myTrades(query: MyTradesQuery): Question {
  const values: unknown[] = [];
  const order = direction(query.fromId !== undefined || query.startMs !== undefined);
  const sides = (["maker", "taker"] as const).map((role) => {
    const where = new Where(values)
      .and(`${role}_account_id`, "=", query.accountId)
      .and("symbol_id", "=", query.symbolId)
      .and(`${role}_order_id`, "=", query.orderId)
      .and("trade_id", ">=", query.fromId)
      .between("timestamp_us", query.startMs, query.endMs);
    values.push(query.limit);
    return `(SELECT *, ${role === "maker"} AS is_maker FROM trades WHERE ${where}
      ORDER BY trade_id ${order} LIMIT $${values.length})`;
  });
  values.push(query.limit);
  // Of a trade with itself an account sees the maker's side first, whichever end the range is cut at.
  const text = `SELECT * FROM (${sides.join(" UNION ALL ")}) AS trades_of_account
    ORDER BY trade_id ${order}, is_maker ${order === "ASC" ? "DESC" : "ASC"} LIMIT $${values.length}`;
  return { text, values };
}

export function tradesOf(query: PublicTradesQuery): Question {
  const where = new Where()
    .and("symbol_id", "=", query.symbolId)
    .and("trade_id", ">=", query.fromId)
    .and("trade_id", "<", query.beforeId)
    .between("timestamp_us", query.startMs, query.endMs);
  const order = direction(query.fromId !== undefined || query.startMs !== undefined);
  const values = [...where.values, query.limit];
  const text = `SELECT * FROM trades WHERE ${where} ORDER BY trade_id ${order} LIMIT $${values.length}`;
  return { text, values };
}

export function minuteCandles(query: CandlesQuery): Question {
  const endUs = query.endMs === undefined ? undefined : query.endMs * usPerMs;
  const where = new Where()
    .and("symbol_id", "=", query.symbolId)
    .and("open_us", ">=", query.startMs * usPerMs)
    .and("open_us", "<=", endUs);
  if (query.beforeTradeId === undefined) {
    return {
      text: `SELECT * FROM minute_candles WHERE ${where} ORDER BY open_us`,
      values: where.values,
    };
  }
  const complete = `${where} AND last_trade_id < $${where.values.length + 1}`;
  const cut = `${where} AND first_trade_id < $${where.values.length + 1}
    AND last_trade_id >= $${where.values.length + 1}`;
  // The minute that the bound cuts in two is counted anew, from its trades.
  const text = `
    SELECT * FROM minute_candles WHERE ${complete}
    UNION ALL
    SELECT t.symbol_id, m.open_us,
      (array_agg(t.price_ticks ORDER BY t.trade_id))[1], max(t.price_ticks), min(t.price_ticks),
      (array_agg(t.price_ticks ORDER BY t.trade_id DESC))[1],
      sum(t.quantity_lots), sum(t.quote_units),
      coalesce(sum(t.quantity_lots) FILTER (WHERE t.taker_side = 'buy'), 0),
      coalesce(sum(t.quote_units) FILTER (WHERE t.taker_side = 'buy'), 0),
      count(*), min(t.trade_id), max(t.trade_id)
    FROM (SELECT * FROM minute_candles WHERE ${cut}) AS m
    JOIN trades t ON t.symbol_id = m.symbol_id AND t.trade_id >= m.first_trade_id
      AND t.timestamp_us >= m.open_us AND t.timestamp_us < m.open_us + 60000000
    WHERE t.trade_id < $${where.values.length + 1}
    GROUP BY t.symbol_id, m.open_us
    ORDER BY open_us`;
  return { text, values: [...where.values, query.beforeTradeId] };
}

export function toOrder(row: Row): OrderView {
  return {
    orderId: row.order_id as number,
    accountId: row.account_id as number,
    symbolId: row.symbol_id as number,
    side: row.side as OrderView["side"],
    type: row.type as OrderView["type"],
    timeInForce: row.time_in_force as OrderView["timeInForce"],
    status: row.status as OrderView["status"],
    clientOrderId: row.client_order_id as string,
    priceTicks: row.price_ticks as number,
    quantityLots: row.quantity_lots as number,
    executedLots: row.executed_lots as number,
    executedQuoteUnits: row.executed_quote_units as number,
    quoteUnits: row.quote_units as number,
    placedUs: row.placed_us as number,
    updatedUs: row.updated_us as number,
  };
}

export function toAccountTrade(row: Row): AccountTrade {
  const isMaker = row.is_maker as boolean;
  return {
    tradeId: row.trade_id as number,
    symbolId: row.symbol_id as number,
    orderId: (isMaker ? row.maker_order_id : row.taker_order_id) as number,
    priceTicks: row.price_ticks as number,
    quantityLots: row.quantity_lots as number,
    quoteUnits: row.quote_units as number,
    timestampUs: row.timestamp_us as number,
    isBuyer: (row.taker_side === "buy") !== isMaker,
    isMaker,
    feeUnits: (isMaker ? row.maker_fee_units : row.taker_fee_units) as number,
  };
}

export function toPublicTrade(row: Row): PublicTrade {
  return {
    tradeId: row.trade_id as number,
    symbolId: row.symbol_id as number,
    priceTicks: row.price_ticks as number,
    quantityLots: row.quantity_lots as number,
    quoteUnits: row.quote_units as number,
    timestampUs: row.timestamp_us as number,
    isBuyerMaker: row.taker_side === "sell",
    takerOrderId: row.taker_order_id as number,
  };
}

export function toCandle(row: Row): Candle {
  return {
    openMs: (row.open_us as number) / usPerMs,
    openTicks: row.open_ticks as number,
    highTicks: row.high_ticks as number,
    lowTicks: row.low_ticks as number,
    closeTicks: row.close_ticks as number,
    volumeLots: BigInt(row.volume_lots as string),
    quoteUnits: BigInt(row.quote_units as string),
    takerBuyLots: BigInt(row.taker_buy_lots as string),
    takerBuyQuoteUnits: BigInt(row.taker_buy_quote_units as string),
    tradeCount: row.trade_count as number,
    firstTradeId: row.first_trade_id as number,
    lastTradeId: row.last_trade_id as number,
  };
}
