import { expect } from "chai";
import { Trader, TradingClient } from "../../client/index.ts";
import { FAKE_SECRET, FakeExchange, FakeGateway } from "./fake-exchange.ts";

const limitOrder = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  price: "60000.00",
  quantity: "0.0100",
} as const;

describe("TradingClient", () => {
  let exchange: FakeExchange;
  let gateways: FakeGateway[];
  let client: TradingClient;
  let trader: Trader;

  /** The gateway that the client uses now, found by asking. */
  const active = async (): Promise<FakeGateway> => {
    const { via } = await trader.place(limitOrder);
    return gateways.find((one) => one.name === via) as FakeGateway;
  };

  beforeEach(async () => {
    exchange = new FakeExchange();
    gateways = await Promise.all(["a", "b", "c"].map((name) => FakeGateway.start(name, exchange)));
    client = new TradingClient({
      endpoints: gateways.map((one) => one.endpoint),
      hedgeAfterMs: 30,
      pingEveryMs: 20,
      silentAfterMs: 100,
    });
    const deadlines = { deadlineMs: 500, findOutMs: 500 };
    trader = new Trader(client, {
      apiKey: "fake-api-key-16c",
      secretKey: FAKE_SECRET,
      ...deadlines,
    });
    const until = Date.now() + 1000;
    while (client.openCount < 2 && Date.now() < until) await new Promise(setImmediate);
  });

  afterEach(async () => {
    client.close();
    await Promise.all(gateways.map((one) => one.stop()));
  });

  it("places, reads, reduces and cancels an order", async () => {
    const placed = await trader.place(limitOrder);
    expect(placed).to.include({
      outcome: "accepted",
      attempts: 1,
      status: "NEW",
      learnedBy: "answer",
    });
    const { clientOrderId } = placed;
    const change = { symbol: "BTCUSDT", clientOrderId };
    expect(await trader.reduce({ ...change, newQuantity: "0.0040" })).to.include({
      outcome: "accepted",
    });
    expect(await trader.openOrders("BTCUSDT")).to.have.length(1);
    expect(await trader.cancel(change)).to.include({ outcome: "accepted", status: "CANCELED" });
    expect(await trader.query(change)).to.include({ status: "CANCELED", origQty: "0.0040" });
    expect(await trader.query({ ...change, clientOrderId: "never-sent" })).to.equal("absent");
  });

  it("holds two warm connections to different gateways", () => {
    expect(client.openCount).to.equal(2);
  });

  it("keeps a refusal apart from an unknown outcome", async () => {
    for (const one of gateways) one.mood = "refusing";
    const refused = await trader.place(limitOrder);
    expect(refused).to.include({ outcome: "rejected", inDoubt: false, errorCode: -2010 });
  });

  it("takes the other gateway when the first executes and never answers: one order", async () => {
    const first = await active();
    first.mood = "mute";
    const placed = await trader.place(limitOrder);
    expect(placed).to.include({ outcome: "accepted", attempts: 2, learnedBy: "duplicate" });
    expect(placed.via).not.to.equal(first.name);
    expect(exchange.placements.get(placed.clientOrderId)).to.equal(2);
    expect(exchange.orders.size).to.equal(2);
  });

  it("learns by a query that the cancel which was not answered took effect", async () => {
    const { clientOrderId } = await trader.place(limitOrder);
    (await active()).mood = "mute";
    const canceled = await trader.cancel({ symbol: "BTCUSDT", clientOrderId });
    expect(canceled).to.include({ outcome: "accepted", learnedBy: "query", status: "CANCELED" });
  });

  it("goes on without a client's error when its gateway's network dies", async () => {
    const first = await active();
    first.mood = "gone";
    const results = await Promise.all(Array.from({ length: 50 }, () => trader.place(limitOrder)));
    for (const one of results) expect(one.outcome).to.equal("accepted");
    const later = await trader.place(limitOrder);
    expect(later).to.include({ outcome: "accepted", attempts: 1 });
    expect(later.via).not.to.equal(first.name);
  });

  it("replaces a dead connection by one to the third gateway", async () => {
    const first = await active();
    first.mood = "gone";
    const until = Date.now() + 1500;
    const isThirdUsed = () => gateways.every((one) => one.requests > 0);
    while (!isThirdUsed() && Date.now() < until) {
      await trader.place(limitOrder);
      for (const one of gateways) if (one !== first && one.requests > 0) one.reset();
    }
    expect(gateways.map((one) => one.requests > 0)).to.deep.equal([true, true, true]);
  });

  it("sends again at once when its connection is reset", async () => {
    const first = await active();
    first.mood = "gone";
    const pending = trader.place(limitOrder);
    await new Promise(setImmediate);
    first.reset();
    expect(await pending).to.include({ outcome: "accepted", attempts: 2 });
  });

  it("asks again when the exchange cannot tell, and gets one order", async () => {
    (await active()).mood = "unclear";
    const placed = await trader.place(limitOrder);
    expect(placed.outcome).to.equal("accepted");
    expect(exchange.orders.has(`fake-api-key-16c/${placed.clientOrderId}`)).to.equal(true);
  });

  it("reports unknown, not rejected, when nobody answers any more", async () => {
    await active();
    for (const one of gateways) one.mood = "gone";
    const lost = await trader.place(limitOrder);
    expect(lost).to.include({ outcome: "unknown", inDoubt: true, orderId: 0 });
  });

  it("refuses more operations than it may hold", async () => {
    client.close();
    client = new TradingClient({
      endpoints: gateways.map((one) => one.endpoint),
      operationsMax: 1,
    });
    const small = new Trader(client, { apiKey: "fake-api-key-16c", secretKey: FAKE_SECRET });
    const first = small.place(limitOrder);
    expect(() => small.place(limitOrder)).to.throw("1 operations wait already");
    expect((await first).outcome).to.equal("accepted");
  });
});
