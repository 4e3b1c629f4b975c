import { connect } from "node:net";
import { expect } from "chai";
import {
  alice,
  bob,
  get,
  type Harness,
  limit,
  place,
  read,
  SOCKET_TIMEOUT_MS,
  sign,
  signed,
  startHarness,
  TestClock,
} from "./harness.ts";
import { SocketClient } from "./socket-client.ts";

/** Raw bytes to the gateway; what came back until it closed or a whole answer was there. */
function raw(harness: Harness, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(harness.gateway.httpPort, "127.0.0.1", () => socket.write(bytes));
    let received = "";
    socket.on("data", (data) => {
      received += data.toString("latin1");
      if (received.includes("\r\n\r\n") && received.includes("}")) socket.destroy();
    });
    socket.on("close", () => resolve(received));
    socket.on("error", reject);
  });
}

describe("Gateway under bad input", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;

  before(async () => {
    harness = await startHarness();
  });

  afterEach(async () => {
    // Whatever came, the next request is served.
    expect((await get(harness, "/api/v3/ping")).body).to.deep.equal({});
  });

  after(() => harness.close());

  it("answers unknown paths and methods with 404", async () => {
    for (const path of ["/", "/api/v3/nope", "/api/v3/order/extra", "/%00", "/api/v3/../x"])
      expect((await get(harness, path)).status, path).to.equal(404);
    const wrong = await read(await fetch(`${harness.url}/api/v3/ping`, { method: "POST" }));
    expect(wrong.status).to.equal(404);
  });

  it("answers a malformed percent code and a repeated name with the API's errors", async () => {
    expect((await get(harness, "/api/v3/depth?symbol=%zz")).body.code).to.equal(-1100);
    expect((await get(harness, "/api/v3/depth?symbol=A&symbol=B")).body.code).to.equal(-1101);
    expect((await get(harness, "/api/v3/depth?symbol=BTCUSDT&limit=x")).body.code).to.equal(-1100);
    expect((await get(harness, "/api/v3/depth?symbol=BTCUSDT&limit=0")).body.code).to.equal(-1130);
    expect((await get(harness, "/api/v3/ticker/price?symbols=[1]")).body.code).to.equal(-1130);
    expect((await get(harness, "/api/v3/ticker/price?symbols={")).body.code).to.equal(-1100);
    expect((await get(harness, "/api/v3/klines?symbol=BTCUSDT&interval=9m")).body.code).to.equal(
      -1120,
    );
  });

  it("refuses a body that is too large", async () => {
    const body = `symbol=${"x".repeat(200_000)}`;
    const reply = await fetch(`${harness.url}/api/v3/order`, { method: "POST", body }).catch(
      () => undefined,
    );
    if (reply !== undefined) expect(reply.status).to.equal(413);
  });

  it("survives what is not HTTP", async () => {
    await raw(harness, "\u0000\u0001\u0002\r\n\r\n");
    await raw(harness, "GET / HTTP/9.9\r\nHost: x\r\n\r\n");
    await raw(harness, `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await raw(harness, "POST /api/v3/order HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n");
    const chunked =
      "POST /api/v3/order HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    await raw(harness, chunked);
  });

  it("takes parameters from query and body, whatever the content type", async () => {
    const body = new URLSearchParams({
      quantity: "0.1",
      price: "50000",
      timestamp: String(Date.now()),
    }).toString();
    const query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC";
    const signature = sign(query + body, alice);
    const reply = await fetch(`${harness.url}/api/v3/order?${query}`, {
      method: "POST",
      headers: { "X-MBX-APIKEY": alice.apiKey, "content-type": "application/json" },
      body: `${body}&signature=${signature}`,
    });
    expect(reply.status).to.equal(200);
  });

  it("says in which order something is wrong: key, parameters, signature, time, business", async () => {
    const send = async (apiKey: string, query: string) => {
      const reply = await fetch(`${harness.url}/api/v3/order?${query}`, {
        method: "POST",
        headers: { "X-MBX-APIKEY": apiKey },
      });
      return (await read(reply)).body.code;
    };
    expect(await send("short", "")).to.equal(-2014);
    expect(await send("x".repeat(64), "")).to.equal(-2015);
    expect(await send(alice.apiKey, "symbol=BTCUSDT&side=BUY")).to.equal(-1102);
    const bad = "symbol=BTCUSDT&side=BUY&type=LIMIT&timestamp=1";
    expect(await send(alice.apiKey, bad)).to.equal(-1102);
    expect(await send(alice.apiKey, `${bad}&signature=00`)).to.equal(-1022);
    expect(await send(alice.apiKey, `${bad}&signature=${sign(bad, alice)}`)).to.equal(-1021);
    const late = `symbol=BTCUSDT&side=BUY&type=LIMIT&timestamp=${Date.now()}`;
    expect(await send(alice.apiKey, `${late}&signature=${sign(late, alice)}`)).to.equal(-1102);
  });

  it("tells that listen keys were retired", async () => {
    const reply = await fetch(`${harness.url}/api/v3/userDataStream`, { method: "POST" });
    expect(reply.status).to.equal(410);
  });
});

describe("Gateway without its exchange", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;
  let clock: TestClock;

  beforeEach(async () => {
    clock = new TestClock();
    harness = await startHarness({ clock });
  });

  afterEach(() => harness.close());

  it("answers a command that nobody carried out in time with -1007, and tells its fate later", async () => {
    harness.exchange.isCommitting = false;
    const params = { ...limit("BUY", "50000", "0.1"), newClientOrderId: "late" };
    const answer = place(harness, alice, params);
    while (harness.gateway.pendingCount === 0) await new Promise(setImmediate);
    clock.offsetMs += 10_001;
    const reply = await answer;
    expect(reply.status).to.equal(504);
    expect(reply.body).to.include({
      code: -1007,
      msg: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    });
    harness.exchange.isCommitting = true;
    harness.exchange.commitWaiting();
    const again = await place(harness, alice, params);
    expect(again.body.msg).to.equal("Duplicate order sent.");
    expect(again.body.order).to.include({ clientOrderId: "late", status: "NEW" });
  });

  it("answers late, not wrongly, when the exchange comes back in time", async () => {
    harness.exchange.isCommitting = false;
    const answer = place(harness, alice, limit("BUY", "50000", "0.1"));
    while (harness.gateway.pendingCount === 0) await new Promise(setImmediate);
    clock.offsetMs += 9000;
    harness.exchange.isCommitting = true;
    harness.exchange.commitWaiting();
    expect((await answer).status).to.equal(200);
  });

  it("refuses at once where too many commands wait", async () => {
    harness.exchange.waitingMax = 0;
    const reply = await place(harness, alice, limit("BUY", "50000", "0.1"));
    expect(reply.status).to.equal(503);
    expect(reply.body.code).to.equal(-1008);
    const orders = await signed(harness, alice, { path: "/api/v3/rateLimit/order" });
    expect(orders.body[0].count).to.equal(0);
  });

  it("answers no account question that no primary confirms", async () => {
    harness.exchange.isServing = false;
    const params = { symbol: "BTCUSDT", orderId: 1 };
    for (const path of ["account", "openOrders", "order", "allOrders", "myTrades"]) {
      const reply = await signed(harness, alice, { path: `/api/v3/${path}`, params });
      expect(reply.status, path).to.equal(503);
      expect(reply.body.code, path).to.equal(-1001);
    }
    expect((await get(harness, "/health")).status).to.equal(503);
    expect((await get(harness, "/health/primary")).status).to.equal(503);
    // Who is replaced for this would be replaced for the engines' fault.
    const live = await get(harness, "/live");
    expect(live.status).to.equal(200);
    expect(live.body).to.deep.include({ isServing: false });
    expect((await get(harness, "/api/v3/depth?symbol=BTCUSDT")).status).to.equal(200);
  });

  it("is healthy with a primary of another region, but is not where it serves", async () => {
    harness.exchange.isHere = false;
    expect((await get(harness, "/health")).status).to.equal(200);
    const primary = await get(harness, "/health/primary");
    expect(primary.status).to.equal(503);
    expect(primary.body).to.deep.equal({ isServing: true, isPrimaryHere: false, epoch: 1 });
    harness.exchange.isHere = true;
    expect((await get(harness, "/health/primary")).status).to.equal(200);
  });

  it("trades on while the history is away", async () => {
    harness.history.isAvailable = false;
    expect((await place(harness, alice, limit("BUY", "50000", "0.1"))).status).to.equal(200);
    const orders = await signed(harness, alice, {
      path: "/api/v3/allOrders",
      params: { symbol: "BTCUSDT" },
    });
    expect(orders.status).to.equal(503);
    expect(orders.body.detail).to.match(/history/);
  });

  it("drops a reader that does not read, and keeps the others", async () => {
    // Two streams, wrapped: many bytes for little matching.
    const path = "/stream?streams=btcusdt@trade/btcusdt@aggTrade";
    const slow = await SocketClient.open(harness.wsUrl + path);
    const good = await SocketClient.open(harness.wsUrl + path);
    slow.socket.pause();
    const order = {
      kind: "placeOrder",
      symbolId: 1,
      priceTicks: 5_000_000,
      quoteUnits: 0,
    } as const;
    const rest = { ...order, type: "limit", timeInForce: "gtc" } as const;
    const isSlowDropped = async () =>
      (await harness.metrics.metrics()).includes("castle_gateway_slow_consumers 1");
    let count = 0;
    let isDropped = false;
    while (!isDropped) {
      for (let i = 0; i < 1000; i++) {
        const clientOrderId = `o${count++}`;
        const side = count % 2 === 1 ? "sell" : "buy";
        const accountId = side === "sell" ? 2 : 1;
        harness.exchange.execute({ ...rest, clientOrderId, accountId, side, quantityLots: 1 });
      }
      await new Promise(setImmediate);
      isDropped = await isSlowDropped();
    }
    expect(good.closeCode).to.equal(undefined);
    expect(good.events.length).to.be.above(1000);
    slow.socket.resume();
    expect(await slow.closed()).to.equal(1013);
    good.close();
  });

  it("closes silent connections after 60 s without a pong", async () => {
    const client = await SocketClient.open(`${harness.wsUrl}/ws/btcusdt@trade`);
    const { Connections } = await import("../../../../engine/adapters/gateway/connections.ts");
    const connections = new Connections({ bytesSoft: 1, bytesMax: 1 });
    const ended: number[] = [];
    let pings = 0;
    const data = { kind: "stream", heardMs: 0, openedMs: 0, isOpen: false };
    const socket = {
      getUserData: () => data,
      ping: () => pings++,
      end: (code: number) => ended.push(code),
    };
    connections.opened(socket as never);
    connections.ping(20_000);
    connections.ping(40_000);
    expect([pings, ended]).to.deep.equal([2, []]);
    connections.ping(60_000);
    expect(ended).to.deep.equal([1008]);
    client.close();
  });

  it("refuses to share a port", async () => {
    const { startGateway } = await import("../../../../engine/adapters/gateway/gateway.ts");
    const { Registry } = await import("prom-client");
    const node = { id: "gateway-b", host: "127.0.0.1", httpPort: harness.gateway.httpPort };
    const { exchange: port, config, history, log } = harness;
    const start = startGateway({
      node,
      port,
      config,
      history,
      log,
      clock,
      keys: { accounts: [] },
      metrics: new Registry(),
    });
    const error = await start.then(
      () => undefined,
      (cause) => cause,
    );
    expect(error).to.have.property("code", "PORT_TAKEN");
    expect((await place(harness, bob, limit("SELL", "50000", "0.1"))).status).to.equal(200);
  });
});
