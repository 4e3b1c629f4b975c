import { expect } from "chai";
import type { TradingStatus } from "../../../../engine/core/command.ts";
import {
  alice,
  bob,
  get,
  type Harness,
  limit,
  place,
  SOCKET_TIMEOUT_MS,
  signed,
  startHarness,
} from "./harness.ts";
import { SocketClient } from "./socket-client.ts";

describe("Gateway in an auction", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;

  function setStatus(status: TradingStatus): void {
    harness.exchange.execute({ kind: "setTradingStatus", symbolId: 1, status });
  }

  async function statusOf(): Promise<string> {
    const { body } = await get(harness, "/api/v3/exchangeInfo?symbol=BTCUSDT");
    return body.symbols[0].status;
  }

  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.close());

  for (const [status, name] of [
    ["trading", "TRADING"],
    ["halt", "HALT"],
    ["cancelOnly", "CANCEL_ONLY"],
    ["auction", "AUCTION_MATCH"],
  ] as const) {
    it(`shows ${status} as ${name}`, async () => {
      setStatus(status);
      expect(await statusOf()).to.equal(name);
      const { body } = await get(harness, `/api/v3/exchangeInfo?symbolStatus=${name}`);
      expect(body.symbols.map((symbol: { symbol: string }) => symbol.symbol)).to.include("BTCUSDT");
    });
  }

  it("says why an order or a cancel is not taken", async () => {
    const resting = await place(harness, alice, limit("BUY", "50000", "0.1"));
    setStatus("halt");
    const closed = { code: -2010, msg: "Market is closed." };
    const order = await place(harness, alice, limit("BUY", "50000", "0.1"));
    expect(order.body).to.deep.equal(closed);
    const params = { symbol: "BTCUSDT", orderId: resting.body.orderId };
    const cancel = { method: "DELETE", path: "/api/v3/order", params };
    expect((await signed(harness, alice, cancel)).body.msg).to.equal("Market is closed.");
    setStatus("auction");
    const ioc = { ...limit("BUY", "50000", "0.1"), timeInForce: "IOC" };
    const refused = await place(harness, alice, ioc);
    expect(refused.body).to.include(closed);
    expect(refused.body.detail).to.contain("only LIMIT orders with timeInForce GTC");
    setStatus("cancelOnly");
    expect((await place(harness, alice, limit("BUY", "50000", "0.1"))).body).to.include(closed);
    expect((await signed(harness, alice, cancel)).body.status).to.equal("CANCELED");
  });

  it("tells the price at which an auction would end", async () => {
    setStatus("auction");
    const path = "/castle/v1/auction?symbol=BTCUSDT";
    expect((await get(harness, path)).body).to.include({
      ...{ status: "AUCTION_MATCH", indicativePrice: "0.00000000", surplusSide: null },
    });
    await place(harness, alice, limit("BUY", "50010", "0.3"));
    await place(harness, bob, limit("SELL", "50000", "0.1"));
    expect((await get(harness, path)).body).to.deep.equal({
      ...{ symbol: "BTCUSDT", status: "AUCTION_MATCH", indicativePrice: "50010.00000000" },
      ...{ indicativeQty: "0.10000000", surplusSide: "BUY", surplusQty: "0.20000000" },
    });
  });

  it("tells every trade of its end to the market, to both owners and to whoever keeps a book", async () => {
    setStatus("auction");
    const buy = await place(harness, alice, limit("BUY", "50010", "0.3"));
    await place(harness, bob, limit("SELL", "50000", "0.1"));
    expect(buy.body).to.include({ status: "NEW", executedQty: "0.00000000" });
    const market = await SocketClient.open(`${harness.wsUrl}/ws/btcusdt@trade`);
    const book = await SocketClient.open(`${harness.wsUrl}/ws/btcusdt@depth@100ms`);
    const user = await SocketClient.open(`${harness.wsUrl}/ws-api/v3`);
    await user.signed(harness, alice, { method: "userDataStream.subscribe.signature" });
    setStatus("trading");
    await user.until(() => user.events.some(({ event }) => event?.x === "TRADE"));
    const report = user.events.map(({ event }) => event).find((event) => event?.x === "TRADE");
    // The later order took: the seller's.
    expect(report).to.include({ S: "BUY", X: "PARTIALLY_FILLED", L: "50010.00000000", m: true });
    await market.until(() => market.events.length > 0);
    expect(market.events[0]).to.include({ p: "50010.00000000", q: "0.10000000", m: true });
    await book.until(() => book.events.length > 0);
    expect(book.events[0]).to.deep.include({
      b: [["50010.00000000", "0.20000000"]],
      a: [["50000.00000000", "0.00000000"]],
    });
    expect(await statusOf()).to.equal("TRADING");
    for (const client of [market, book, user]) client.close();
  });

  it("changes an order once, however often its reduction is sent", async () => {
    const { body } = await place(harness, alice, limit("BUY", "50000", "0.3"));
    const params = { symbol: "BTCUSDT", orderId: body.orderId, newQty: "0.2" };
    const request = { method: "PUT", path: "/api/v3/order/amend/keepPriority", params };
    const [first, second] = await Promise.all([
      signed(harness, alice, request),
      signed(harness, alice, request),
    ]);
    for (const reply of [first, second]) {
      expect(reply?.status).to.equal(200);
      expect(reply?.body.amendedOrder.qty).to.equal("0.20000000");
    }
    expect(harness.exchange.core.order(body.orderId)).to.include({ quantityLots: 2000 });
  });
});
