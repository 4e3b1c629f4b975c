// The gateways' questions, answered from PostgreSQL, against the same answers from the events.

import { expect } from "chai";
import { PostgresHistoryReader } from "../../../../engine/adapters/history/postgres-reader.ts";
import { PostgresSink } from "../../../../engine/adapters/history/postgres-sink.ts";
import type { OrderView, Trade } from "../../../../engine/core/event.ts";
import { CastleError } from "../../../../engine/errors.ts";
import { HistoryFollower } from "../../../support/history-follower.ts";
import { feedCapacity, JournalFeed } from "../../../support/journal-feed.ts";
import { TestPostgres } from "../../../support/test-postgres.ts";

const accountId = 7;
const symbolId = 1;
const ids = { accountId, symbolId };

describe("PostgresHistoryReader", function () {
  this.timeout(60_000);
  const postgres = new TestPostgres();
  const feed = new JournalFeed(41);
  let url = "";
  let reader: PostgresHistoryReader;
  let sink: PostgresSink;
  let follower: HistoryFollower;
  let orders: OrderView[] = [];
  let trades: Trade[] = [];
  /** All that has been written. */
  let fresh = { minPosition: 0, timeoutMs: 10_000 };

  before(async () => {
    await postgres.start();
    url = await postgres.database();
    sink = new PostgresSink({ url, capacity: feedCapacity });
    follower = await HistoryFollower.start(sink, feedCapacity, feed.journal);
    // A few minutes of trading.
    feed.stepUs = 50_000;
    feed.trade(6_000);
    await follower.write(feed.journal);
    fresh = { ...fresh, minPosition: feed.journal.length };
    reader = new PostgresHistoryReader({ url });
    const events = feed.applied.flatMap((applied) => applied.events);
    const last = new Map<number, OrderView>();
    for (const event of events) {
      if (event.kind === "trade") {
        last.set(event.maker.orderId, event.maker);
        last.set(event.taker.orderId, event.taker);
      } else if ("order" in event) last.set(event.order.orderId, event.order);
    }
    orders = [...last.values()]
      .filter((order) => order.accountId === accountId && order.symbolId === symbolId)
      .sort((a, b) => a.orderId - b.orderId);
    trades = events
      .filter((event) => event.kind === "trade")
      .filter((trade) => trade.symbolId === symbolId);
  });
  after(async () => {
    await reader.close();
    await sink.close();
    await postgres.remove();
  });

  it("finds an order by its id, of its account and symbol only", async () => {
    const order = orders[10] as OrderView;
    const { orderId } = order;
    expect(await reader.orderById({ ...fresh, ...ids, orderId })).to.deep.equal(order);
    expect(await reader.orderById({ ...fresh, ...ids, accountId: 8, orderId })).to.equal(undefined);
    expect(await reader.orderById({ ...fresh, ...ids, symbolId: 2, orderId })).to.equal(undefined);
  });

  it("finds an order by its client order id", async () => {
    const order = orders[20] as OrderView;
    const { clientOrderId } = order;
    const query = { ...fresh, ...ids, clientOrderId };
    expect(await reader.orderByClientId(query)).to.deep.equal(order);
    const unknown = { ...query, clientOrderId: "'; DROP TABLE orders; --" };
    expect(await reader.orderByClientId(unknown)).to.equal(undefined);
  });

  describe("allOrders", () => {
    const ask = (bounds: object, limit = 500) =>
      reader.allOrders({ ...fresh, ...ids, ...bounds, limit });

    it("gives the newest where nothing bounds it", async () => {
      expect(await ask({})).to.deep.equal(orders.slice(-500));
      expect(await ask({}, 3)).to.deep.equal(orders.slice(-3));
    });

    it("gives the oldest from an order id on, that one included", async () => {
      const { orderId } = orders[30] as OrderView;
      expect(await ask({ fromOrderId: orderId }, 5)).to.deep.equal(orders.slice(30, 35));
    });

    it("takes both ends of a time range as inclusive milliseconds", async () => {
      const startMs = Math.floor((orders[40] as OrderView).placedUs / 1000);
      const endMs = Math.floor((orders[50] as OrderView).placedUs / 1000);
      expect(await ask({ startMs, endMs })).to.deep.equal(orders.slice(40, 51));
      expect(await ask({ startMs }, 2)).to.deep.equal(orders.slice(40, 42));
      expect(await ask({ endMs }, 2)).to.deep.equal(orders.slice(49, 51));
    });
  });

  it("shows an account its own side of each trade", async () => {
    const expected = trades.flatMap((trade) => {
      const { tradeId, priceTicks, quantityLots, quoteUnits, timestampUs, maker, taker } = trade;
      const side = (order: OrderView, isMaker: boolean, feeUnits: number) => ({
        tradeId,
        symbolId,
        orderId: order.orderId,
        priceTicks,
        quantityLots,
        quoteUnits,
        timestampUs,
        isBuyer: order.side === "buy",
        isMaker,
        feeUnits,
        accountId: order.accountId,
      });
      return [side(maker, true, trade.makerFeeUnits), side(taker, false, trade.takerFeeUnits)];
    });
    const own = expected
      .filter((side) => side.accountId === accountId)
      .map(({ accountId: _, ...side }) => side);
    const withItself = own.filter((side, index) => own[index - 1]?.tradeId === side.tradeId);
    expect(withItself, "the feed has trades of the account with itself").not.to.deep.equal([]);
    const ask = (bounds: object, limit = 1000) =>
      reader.myTrades({ ...fresh, ...ids, ...bounds, limit });
    expect(await ask({})).to.deep.equal(own.slice(-1000));
    expect(await ask({}, 4)).to.deep.equal(own.slice(-4));
    const { tradeId, orderId, timestampUs } = own[10] as (typeof own)[number];
    const from = own.findIndex((side) => side.tradeId === tradeId);
    expect(await ask({ fromId: tradeId }, 7)).to.deep.equal(own.slice(from, from + 7));
    expect(await ask({ orderId })).to.deep.equal(own.filter((side) => side.orderId === orderId));
    const startMs = Math.floor(timestampUs / 1000);
    const within = own.filter((side) => Math.floor(side.timestampUs / 1000) === startMs);
    expect(await ask({ startMs, endMs: startMs })).to.deep.equal(within);
  });

  it("lists a symbol's trades", async () => {
    const expected = trades.map((trade) => ({
      tradeId: trade.tradeId,
      symbolId,
      priceTicks: trade.priceTicks,
      quantityLots: trade.quantityLots,
      quoteUnits: trade.quoteUnits,
      timestampUs: trade.timestampUs,
      isBuyerMaker: trade.maker.side === "buy",
      takerOrderId: trade.taker.orderId,
    }));
    const ask = (bounds: object, limit = 1000) =>
      reader.tradesOf({ ...fresh, symbolId, ...bounds, limit });
    expect(await ask({}, 50)).to.deep.equal(expected.slice(-50));
    expect(await ask({ fromId: 11, beforeId: 21 })).to.deep.equal(expected.slice(10, 20));
    expect(await ask({ beforeId: 21 }, 5)).to.deep.equal(expected.slice(15, 20));
    const startMs = Math.floor((trades[30] as Trade).timestampUs / 1000);
    expect((await ask({ startMs }, 1))[0]).to.deep.equal(
      expected.find((trade) => trade.timestampUs >= startMs * 1000),
    );
  });

  it("sums trades up by minute, also when the last minute is cut at a trade", async () => {
    const cut = (trades[Math.floor(trades.length * 0.7)] as Trade).tradeId;
    for (const beforeTradeId of [undefined, cut]) {
      const counted = trades.filter((trade) => trade.tradeId < (beforeTradeId ?? Number.MAX_VALUE));
      const expected = candlesOf(counted);
      expect(expected.length).to.be.greaterThan(2);
      const all = await reader.minuteCandles({ ...fresh, symbolId, startMs: 0, beforeTradeId });
      expect(all).to.deep.equal(expected);
      const [, second] = expected as [unknown, { openMs: number }];
      const range = { startMs: second.openMs, endMs: second.openMs };
      const some = await reader.minuteCandles({ ...fresh, symbolId, ...range, beforeTradeId });
      expect(some).to.deep.equal([second]);
    }
  });

  it("waits until PostgreSQL has reached the position asked for", async () => {
    const [applied] = feed.trade(1);
    const minPosition = applied?.position as number;
    let isWritten = false;
    const asking = reader
      .allOrders({ minPosition, timeoutMs: 10_000, ...ids, limit: 1 })
      .then(() => isWritten);
    isWritten = await follower.write(feed.journal.slice(-1)).then(() => true);
    expect(await asking).to.equal(true);
  });

  it("answers HISTORY_UNAVAILABLE where the position is not reached in time", async () => {
    const minPosition = feed.journal.length + 1;
    const code = await reader.orderById({ minPosition, timeoutMs: 30, ...ids, orderId: 1 }).then(
      () => "answered",
      (error: unknown) => (error instanceof CastleError ? error.code : error),
    );
    expect(code).to.equal("HISTORY_UNAVAILABLE");
  });

  it("answers again after PostgreSQL was killed, within one question", async () => {
    const order = orders[0] as OrderView;
    const ask = (timeoutMs: number) =>
      reader.orderById({ ...fresh, timeoutMs, ...ids, orderId: order.orderId }).then(
        (found) => found,
        (error: unknown) => (error instanceof CastleError ? error.code : error),
      );
    await postgres.kill();
    expect(await ask(50)).to.equal("HISTORY_UNAVAILABLE");
    const asking = ask(20_000);
    await postgres.start();
    expect(await asking).to.deep.equal(order);
  });
});

function candlesOf(trades: readonly Trade[]): object[] {
  const minutes = new Map<number, Trade[]>();
  for (const trade of trades) {
    const openMs = Math.floor(trade.timestampUs / 60_000_000) * 60_000;
    minutes.set(openMs, [...(minutes.get(openMs) ?? []), trade]);
  }
  return [...minutes].map(([openMs, group]) => {
    const prices = group.map((trade) => trade.priceTicks);
    const bought = group.filter((trade) => trade.taker.side === "buy");
    const sum = (of: readonly Trade[], field: "quantityLots" | "quoteUnits") =>
      of.reduce((total, trade) => total + BigInt(trade[field]), 0n);
    return {
      openMs,
      openTicks: prices[0],
      highTicks: Math.max(...prices),
      lowTicks: Math.min(...prices),
      closeTicks: prices.at(-1),
      volumeLots: sum(group, "quantityLots"),
      quoteUnits: sum(group, "quoteUnits"),
      takerBuyLots: sum(bought, "quantityLots"),
      takerBuyQuoteUnits: sum(bought, "quoteUnits"),
      tradeCount: group.length,
      firstTradeId: group[0]?.tradeId,
      lastTradeId: group.at(-1)?.tradeId,
    };
  });
}
