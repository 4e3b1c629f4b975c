// ccxt, untouched but for its addresses, against the gateway: what a user's existing bot does.

import type { binance } from "ccxt";
import { expect } from "chai";
import { alice, bob, type Harness, limit, place, startHarness } from "./harness.ts";

describe("Gateway with ccxt", function () {
  // ccxt is large: importing it takes a second or two.
  this.timeout(20_000);

  let harness: Harness;
  let exchange: binance;

  before(async () => {
    const { default: ccxt } = await import("ccxt");
    harness = await startHarness();
    exchange = new ccxt.binance({ apiKey: alice.apiKey, secret: alice.secretKey });
    const api = exchange.urls.api as Record<string, string>;
    for (const [name, url] of Object.entries(api))
      api[name] = url.replace(/^https:\/\/[^/]+/, harness.url);
  });

  after(() => harness.close());

  it("loads markets with their precisions and limits", async () => {
    const markets = await exchange.loadMarkets();
    const market = markets["BTC/USDT"];
    expect(market?.spot).to.equal(true);
    expect(market?.active).to.equal(true);
    expect(market?.precision).to.include({ price: 0.01, amount: 0.0001 });
    expect(market?.limits.cost?.min).to.equal(5);
    expect(markets).to.include.keys("ETH/BTC");
  });

  it("places, finds, edits and cancels a limit order", async () => {
    const placed = await exchange.createOrder("BTC/USDT", "limit", "buy", 0.5, 50_000.25);
    const placedId = String(placed.id);
    expect(placed.status).to.equal("open");
    expect(placed.price).to.equal(50_000.25);
    const found = await exchange.fetchOrder(placedId, "BTC/USDT");
    expect(found.id).to.equal(placedId);
    expect(found.amount).to.equal(0.5);
    const open = await exchange.fetchOpenOrders("BTC/USDT");
    expect(open.map((order) => order.id)).to.deep.equal([placedId]);
    const edited = await exchange.editOrder(placedId, "BTC/USDT", "limit", "buy", 0.4, 50_001);
    expect(edited.price).to.equal(50_001);
    expect(edited.id).to.not.equal(placedId);
    const canceled = await exchange.cancelOrder(String(edited.id), "BTC/USDT");
    expect(canceled.status).to.equal("canceled");
    expect(await exchange.fetchOpenOrders("BTC/USDT")).to.deep.equal([]);
  });

  it("trades by market order and sees book, trades, candles and balances", async () => {
    await place(harness, bob, limit("SELL", "60000", "0.3"));
    await place(harness, bob, limit("SELL", "60010", "0.3"));
    const order = await exchange.createOrder("BTC/USDT", "market", "buy", 0.4);
    expect(order.status).to.equal("closed");
    expect(order.filled).to.equal(0.4);
    expect(order.trades).to.have.lengthOf(2);
    const book = await exchange.fetchOrderBook("BTC/USDT");
    expect(book.asks[0]).to.deep.equal([60_010, 0.2]);
    const trades = await exchange.fetchTrades("BTC/USDT");
    expect(trades.map((trade) => [trade.price, trade.amount])).to.deep.equal([
      [60_000, 0.3],
      [60_010, 0.1],
    ]);
    const mine = await exchange.fetchMyTrades("BTC/USDT");
    expect(mine.map((trade) => trade.order)).to.deep.equal([order.id, order.id]);
    expect(mine[0]?.fee).to.include({ currency: "BTC" });
    const candles = await exchange.fetchOHLCV("BTC/USDT", "1h");
    expect(candles.at(-1)?.slice(2)).to.deep.equal([60_010, 60_000, 60_010, 0.4]);
    const ticker = await exchange.fetchTicker("BTC/USDT");
    expect(ticker.last).to.equal(60_010);
    expect(ticker.ask).to.equal(60_010);
    const balance = await exchange.fetchBalance();
    expect(balance.BTC?.free).to.be.closeTo(1000.4, 0.001);
    expect(balance.USDT?.used).to.equal(0);
  });

  it("cancels all orders and reads the order history and the fees", async () => {
    await exchange.createOrder("BTC/USDT", "limit", "buy", 0.1, 40_000);
    await exchange.createOrder("BTC/USDT", "limit", "buy", 0.1, 40_001);
    const canceled = await exchange.cancelAllOrders("BTC/USDT");
    expect(canceled).to.have.lengthOf(2);
    const orders = await exchange.fetchOrders("BTC/USDT");
    expect(orders.slice(-2).map((order) => order.status)).to.deep.equal(["canceled", "canceled"]);
    const fees = await exchange.fetchTradingFees();
    expect(fees["BTC/USDT"]).to.include({ maker: 0.0002, taker: 0.0004 });
  });

  it("raises ccxt's own errors for what the exchange refuses", async () => {
    const { InsufficientFunds, InvalidOrder, OrderNotFound, OrderImmediatelyFillable } =
      await import("ccxt");
    const refused = async (promise: Promise<unknown>, kind: new (message: string) => Error) => {
      const error = await promise.then(
        () => undefined,
        (cause: Error) => cause,
      );
      expect(error, `wanted ${kind.name}`).to.be.instanceOf(kind);
    };
    await refused(
      exchange.createOrder("BTC/USDT", "limit", "buy", 5000, 900_000),
      InsufficientFunds,
    );
    await refused(exchange.cancelOrder("987654", "BTC/USDT"), OrderNotFound);
    await refused(exchange.fetchOrder("987654", "BTC/USDT"), OrderNotFound);
    await refused(exchange.createOrder("BTC/USDT", "limit", "buy", 0.001, 2_000_000), InvalidOrder);
    await place(harness, bob, limit("SELL", "70000", "0.1"));
    await refused(
      exchange.createOrder("BTC/USDT", "limit", "buy", 0.1, 80_000, { postOnly: true }),
      OrderImmediatelyFillable,
    );
  });
});
