import { expect } from "chai";
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

describe("Market streams", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;
  const clients: SocketClient[] = [];

  async function open(path: string): Promise<SocketClient> {
    const client = await SocketClient.open(harness.wsUrl + path);
    clients.push(client);
    return client;
  }

  async function trade(price: string, quantity: string): Promise<void> {
    await place(harness, bob, limit("SELL", price, quantity));
    await place(harness, alice, limit("BUY", price, quantity));
  }

  beforeEach(async () => {
    harness = await startHarness();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await harness.close();
  });

  it("tells trades on a raw stream, printed as REST prints them", async () => {
    const client = await open("/ws/btcusdt@trade");
    await trade("60000", "0.1");
    await client.until(() => client.events.length > 0);
    const rest = await get(harness, "/api/v3/trades?symbol=BTCUSDT");
    const [event] = client.events;
    expect(event).to.include({ e: "trade", s: "BTCUSDT", t: 1, M: true, m: false });
    expect(event.p).to.equal(rest.body[0].price);
    expect(event.q).to.equal(rest.body[0].qty);
    expect(event.T).to.equal(rest.body[0].time);
  });

  it("wraps events on a combined stream", async () => {
    const client = await open("/stream?streams=btcusdt@trade/btcusdt@aggTrade");
    await trade("60000", "0.1");
    await client.until(() => client.events.length >= 2);
    expect(client.events.map(({ stream }) => stream)).to.deep.equal([
      "btcusdt@trade",
      "btcusdt@aggTrade",
    ]);
    expect(client.events[1].data).to.include({ e: "aggTrade", a: 1, f: 1, l: 1 });
  });

  it("merges the fills of one taker at one price", async () => {
    const client = await open("/ws/btcusdt@aggTrade");
    for (const quantity of ["0.1", "0.2"])
      await place(harness, bob, limit("SELL", "100", quantity));
    await place(harness, bob, limit("SELL", "101", "0.2"));
    await place(harness, alice, limit("BUY", "101", "0.5"));
    await client.until(() => client.events.length >= 2);
    expect(client.events.map(({ a, f, l, q }) => [a, f, l, q])).to.deep.equal([
      [1, 1, 2, "0.30000000"],
      [3, 3, 3, "0.20000000"],
    ]);
    const { body } = await get(harness, "/api/v3/aggTrades?symbol=BTCUSDT");
    expect(body.map((row: { a: number }) => row.a)).to.deep.equal([1, 3]);
  });

  it("connects on any path below /ws and is silent on unknown names", async () => {
    const client = await open("/ws/0");
    expect(await client.request("SUBSCRIBE", ["no-such@stream", "xyz@trade"])).to.deep.equal({
      result: null,
      id: 1,
    });
    const list = await client.request("LIST_SUBSCRIPTIONS");
    expect(list.result).to.deep.equal(["0", "no-such@stream", "xyz@trade"]);
  });

  it("subscribes and unsubscribes, echoing the id with its type", async () => {
    const client = await open("/ws");
    expect(await client.request("SUBSCRIBE", ["btcusdt@trade"], "an id")).to.deep.equal({
      result: null,
      id: "an id",
    });
    await trade("60000", "0.1");
    await client.until(() => client.events.length === 1);
    await client.request("UNSUBSCRIBE", ["btcusdt@trade"]);
    await trade("60000", "0.1");
    await client.request("LIST_SUBSCRIPTIONS");
    expect(client.events).to.have.lengthOf(1);
  });

  it("forgets what nobody follows any more", async () => {
    const followed = async () =>
      /castle_gateway_followed_streams (\d+)/.exec(await harness.metrics.metrics())?.[1];
    const client = await open("/ws/btcusdt@trade");
    const other = await open("/stream?streams=btcusdt@trade/ethbtc@depth/no@trade");
    await client.request("SUBSCRIBE", ["btcusdt@bookTicker", "btcusdt@trade"]);
    await other.request("LIST_SUBSCRIPTIONS");
    expect(await followed()).to.equal("3");
    await client.request("UNSUBSCRIBE", ["btcusdt@bookTicker"]);
    await client.request("SET_PROPERTY", ["combined", true]);
    expect(await followed()).to.equal("2");
    other.close();
    client.close();
    while ((await followed()) !== "0") await new Promise(setImmediate);
  });

  it("switches between raw and combined", async () => {
    const client = await open("/ws/btcusdt@trade");
    expect((await client.request("GET_PROPERTY", ["combined"])).result).to.equal(false);
    await client.request("SET_PROPERTY", ["combined", true]);
    await trade("60000", "0.1");
    await client.until(() => client.events.length === 1);
    expect(client.events[0]).to.have.property("stream", "btcusdt@trade");
  });

  it("answers what it cannot read, and goes on", async () => {
    const client = await open("/ws");
    const cases: [text: string, code: number][] = [
      ["{", 3],
      ["[]", 2],
      ['{"method":"NO","id":1}', 2],
      ['{"method":"SUBSCRIBE","id":1}', 2],
      ['{"method":"SUBSCRIBE","params":[7],"id":1}', 2],
      ['{"method":"SUBSCRIBE","params":["a@trade"],"id":{}}', 2],
    ];
    for (const [text, code] of cases) {
      const before = client.events.length;
      client.socket.send(text);
      await client.until(() => client.events.length > before);
      expect(client.events.at(-1).error.code, text).to.equal(code);
    }
  });

  it("closes who floods it with requests", async () => {
    const client = await open("/ws");
    for (let i = 0; i < 100; i++) client.socket.send('{"method":"LIST_SUBSCRIPTIONS","id":1}');
    expect(await client.closed()).to.equal(1008);
  });

  it("tells the top of the book when it changes, not otherwise", async () => {
    const client = await open("/ws/btcusdt@bookTicker");
    await place(harness, bob, limit("SELL", "60000", "0.1"));
    await place(harness, bob, limit("SELL", "60001", "0.1"));
    await place(harness, alice, limit("BUY", "59000", "0.2"));
    await client.until(() => client.events.length >= 2);
    expect(client.events.map(({ b, B, a, A }) => [b, B, a, A])).to.deep.equal([
      ["0.00000000", "0.00000000", "60000.00000000", "0.10000000"],
      ["59000.00000000", "0.20000000", "60000.00000000", "0.10000000"],
    ]);
  });

  it("sends the nearest levels of the book", async () => {
    const client = await open("/ws/btcusdt@depth5@100ms");
    for (let i = 1; i <= 7; i++) await place(harness, bob, limit("SELL", String(60_000 + i), "1"));
    await client.until(() => client.events.at(-1)?.asks.length === 5);
    expect(client.events.at(-1).asks[0]).to.deep.equal(["60001.00000000", "1.00000000"]);
    expect(client.events.at(-1).lastUpdateId).to.be.a("number");
  });

  it("names a removed level with a quantity of exactly 0.00000000", async () => {
    const client = await open("/ws/btcusdt@depth@100ms");
    const { body } = await place(harness, bob, limit("SELL", "60000", "0.1"));
    await client.until(() => client.events.length === 1);
    expect(client.events[0].a).to.deep.equal([["60000.00000000", "0.10000000"]]);
    const params = { symbol: "BTCUSDT", orderId: body.orderId };
    await signed(harness, bob, { method: "DELETE", path: "/api/v3/order", params });
    await client.until(() => client.events.length === 2);
    expect(client.events[1].a).to.deep.equal([["60000.00000000", "0.00000000"]]);
    expect(client.events[1].U).to.equal(client.events[0].u + 1);
  });

  it("sends candles and tickers once a second", async () => {
    const client = await open("/ws/btcusdt@kline_1m/btcusdt@ticker/btcusdt@miniTicker");
    await trade("60000", "0.1");
    await client.until(() =>
      ["kline", "24hrTicker", "24hrMiniTicker"].every((kind) =>
        client.events.some((event) => event.e === kind && event.q !== "0.00000000"),
      ),
    );
    const kline = client.events.find((event) => event.e === "kline");
    expect(kline.k).to.include({ i: "1m", o: "60000.00000000", v: "0.10000000", n: 1, x: false });
    const ticker = client.events.findLast((event) => event.e === "24hrTicker");
    expect(ticker).to.include({ c: "60000.00000000", q: "6000.00000000", n: 1 });
  });

  it("says goodbye when the gateway closes", async () => {
    const client = await open("/ws/btcusdt@trade");
    await harness.gateway.close();
    expect(await client.closed()).to.equal(1001);
    expect(client.events.at(-1).e).to.equal("serverShutdown");
  });

  it("starts over where the journal feed skipped entries", async () => {
    const client = await open("/ws/btcusdt@depth@100ms");
    harness.exchange.skipEntry();
    await place(harness, bob, limit("SELL", "60000", "0.1"));
    expect(await client.closed()).to.equal(1012);
  });
});
