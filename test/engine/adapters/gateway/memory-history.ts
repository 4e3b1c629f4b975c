// MemoryHistory: the history built from events in memory, with the same answers as the stored one.

import type { Applied, ExchangePort } from "../../../../engine/adapters/exchange-port.ts";
import { CandleSeries } from "../../../../engine/adapters/gateway/candles.ts";
import type {
  AccountTrade,
  AllOrdersQuery,
  Candle,
  CandlesQuery,
  HistoryReader,
  MyTradesQuery,
  PublicTrade,
  PublicTradesQuery,
} from "../../../../engine/adapters/history-reader.ts";
import type { OrderView, Trade } from "../../../../engine/core/event.ts";
import { CastleError } from "../../../../engine/errors.ts";

export class MemoryHistory implements HistoryReader {
  isAvailable = true;
  readonly #orders = new Map<number, OrderView>();
  readonly #trades: Trade[] = [];

  constructor(port: ExchangePort) {
    port.subscribe((applied) => this.#observe(applied));
  }

  #observe(applied: Applied): void {
    for (const event of applied.events) {
      if ("order" in event) this.#orders.set(event.order.orderId, event.order);
      if (event.kind !== "trade") continue;
      this.#orders.set(event.maker.orderId, event.maker);
      this.#orders.set(event.taker.orderId, event.taker);
      this.#trades.push(event);
    }
  }

  #check(): void {
    if (!this.isAvailable) throw new CastleError("HISTORY_UNAVAILABLE", "history is away");
  }

  async orderById(query: { orderId: number }): Promise<OrderView | undefined> {
    this.#check();
    return this.#orders.get(query.orderId);
  }

  async orderByClientId(query: {
    accountId: number;
    clientOrderId: string;
  }): Promise<OrderView | undefined> {
    this.#check();
    return [...this.#orders.values()].findLast(
      (order) => order.accountId === query.accountId && order.clientOrderId === query.clientOrderId,
    );
  }

  async allOrders(query: AllOrdersQuery): Promise<OrderView[]> {
    this.#check();
    const found = [...this.#orders.values()]
      .filter(
        (order) =>
          order.accountId === query.accountId &&
          order.symbolId === query.symbolId &&
          order.orderId >= (query.fromOrderId ?? 0) &&
          isWithin(order.placedUs, query),
      )
      .sort((a, b) => a.orderId - b.orderId);
    return page(found, query.fromOrderId ?? query.startMs, query.limit);
  }

  async myTrades(query: MyTradesQuery): Promise<AccountTrade[]> {
    this.#check();
    const found: AccountTrade[] = [];
    for (const trade of this.#trades)
      for (const [order, isMaker] of [
        [trade.taker, false],
        [trade.maker, true],
      ] as const) {
        if (order.accountId !== query.accountId || trade.symbolId !== query.symbolId) continue;
        if (query.orderId !== undefined && order.orderId !== query.orderId) continue;
        if (trade.tradeId < (query.fromId ?? 0) || !isWithin(trade.timestampUs, query)) continue;
        const { tradeId, symbolId, priceTicks, quantityLots, quoteUnits, timestampUs } = trade;
        found.push({
          ...{ tradeId, symbolId, priceTicks, quantityLots, quoteUnits, timestampUs, isMaker },
          orderId: order.orderId,
          isBuyer: order.side === "buy",
          feeUnits: isMaker ? trade.makerFeeUnits : trade.takerFeeUnits,
        });
      }
    return page(found, query.fromId ?? query.startMs, query.limit);
  }

  async tradesOf(query: PublicTradesQuery): Promise<PublicTrade[]> {
    this.#check();
    const found = this.#publicTrades(query.symbolId).filter(
      (trade) =>
        trade.tradeId >= (query.fromId ?? 0) &&
        trade.tradeId < (query.beforeId ?? Number.POSITIVE_INFINITY) &&
        isWithin(trade.timestampUs, query),
    );
    return page(found, query.fromId ?? query.startMs, query.limit);
  }

  async minuteCandles(query: CandlesQuery): Promise<Candle[]> {
    this.#check();
    const series = new CandleSeries(60_000, 1_000_000);
    for (const trade of this.#publicTrades(query.symbolId))
      if (trade.tradeId < (query.beforeTradeId ?? Number.POSITIVE_INFINITY)) series.add(trade);
    return series
      .since(query.startMs)
      .filter((candle) => candle.openMs <= (query.endMs ?? Number.POSITIVE_INFINITY));
  }

  #publicTrades(symbolId: number): PublicTrade[] {
    return this.#trades
      .filter((trade) => trade.symbolId === symbolId)
      .map(({ tradeId, priceTicks, quantityLots, quoteUnits, timestampUs, maker, taker }) => ({
        ...{ tradeId, symbolId, priceTicks, quantityLots, quoteUnits, timestampUs },
        isBuyerMaker: maker.side === "buy",
        takerOrderId: taker.orderId,
      }));
  }
}

function isWithin(
  timestampUs: number,
  range: { startMs?: number | undefined; endMs?: number | undefined },
): boolean {
  const ms = timestampUs / 1000;
  return ms >= (range.startMs ?? 0) && Math.floor(ms) <= (range.endMs ?? Number.POSITIVE_INFINITY);
}

function page<T>(found: T[], from: number | undefined, limit: number): T[] {
  return from === undefined ? found.slice(-limit) : found.slice(0, limit);
}
