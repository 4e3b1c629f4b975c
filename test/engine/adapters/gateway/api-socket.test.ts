import { expect } from "chai";
import {
  alice,
  bob,
  type Harness,
  limit,
  place,
  SOCKET_TIMEOUT_MS,
  sign,
  startHarness,
} from "./harness.ts";
import { SocketClient } from "./socket-client.ts";

describe("WebSocket API", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;
  let client: SocketClient;

  beforeEach(async () => {
    harness = await startHarness();
    client = await SocketClient.open(`${harness.wsUrl}/ws-api/v3`);
  });

  afterEach(async () => {
    client.close();
    await harness.close();
  });

  it("answers with the request's id, of whatever type", async () => {
    for (const id of [1, "a-string-id", 9_007_199_254_740_991, null]) {
      const reply = await client.request("ping", undefined, id);
      expect(reply).to.include({ id, status: 200 });
      expect(reply.result).to.deep.equal({});
    }
  });

  it("takes a method with its version before it", async () => {
    const reply = await client.request("v3/time");
    expect(reply.result.serverTime).to.be.a("number");
  });

  it("places, finds and cancels an order", async () => {
    const params = { ...limit("BUY", "50000", "0.1"), newClientOrderId: "mine-1" };
    const placed = await client.signed(harness, alice, { method: "order.place", params });
    expect(placed.status).to.equal(200);
    expect(placed.result).to.include({ clientOrderId: "mine-1", status: "NEW", orderListId: -1 });
    expect(placed.result.fills).to.deep.equal([]);
    const which = { symbol: "BTCUSDT", origClientOrderId: "mine-1" };
    const found = await client.signed(harness, alice, { method: "order.status", params: which });
    expect(found.result).to.include({ orderId: placed.result.orderId, price: "50000.00000000" });
    const canceled = await client.signed(harness, alice, { method: "order.cancel", params: which });
    expect(canceled.result).to.include({ status: "CANCELED", origClientOrderId: "mine-1" });
    expect(canceled.result.clientOrderId).to.not.equal("mine-1");
  });

  it("shows order counts with an order, and no limits to who does not want them", async () => {
    const params = limit("BUY", "50000", "0.1");
    const first = await client.signed(harness, alice, { method: "order.place", params });
    expect(first.rateLimits.map((limit: { count: number }) => limit.count)).to.deep.equal([
      1, 1, 2,
    ]);
    const quiet = { ...params, returnRateLimits: false };
    const second = await client.signed(harness, alice, { method: "order.place", params: quiet });
    expect(second.status).to.equal(200);
    expect(second).to.not.have.property("rateLimits");
  });

  it("accepts numbers in whatever form they were written and signed", async () => {
    const timestamp = Math.floor(harness.clock.nowMs());
    const payload = `apiKey=${alice.apiKey}&price=50000.10&quantity=1e-1&side=BUY&symbol=BTCUSDT&timeInForce=GTC&timestamp=${timestamp}&type=LIMIT`;
    const signature = sign(payload, alice);
    client.socket.send(
      `{"id":"raw","method":"order.place","params":{"apiKey":"${alice.apiKey}","price":50000.10,"quantity":1e-1,"side":"BUY","symbol":"BTCUSDT","timeInForce":"GTC","timestamp":${timestamp},"type":"LIMIT","signature":"${signature}"}}`,
    );
    await client.until(() => client.events.length > 0);
    expect(client.events[0]).to.include({ id: "raw", status: 200 });
    expect(client.events[0].result).to.include({ price: "50000.10000000", origQty: "0.10000000" });
  });

  it("refuses a bad signature and a key it does not know", async () => {
    const params = { ...limit("BUY", "50000", "0.1"), timestamp: 1, signature: "00" };
    const unsigned = await client.request("order.place", { ...params, apiKey: alice.apiKey });
    expect(unsigned).to.deep.include({ status: 400 });
    expect(unsigned.error).to.include({
      code: -1022,
      msg: "Signature for this request is not valid.",
    });
    const unknown = await client.request("order.place", { ...params, apiKey: "x".repeat(64) });
    expect(unknown.status).to.equal(401);
    expect(unknown.error.code).to.equal(-2015);
    const malformed = await client.request("order.place", { ...params, apiKey: "?" });
    expect(malformed.error.code).to.equal(-2014);
  });

  it("answers what it cannot read, and goes on", async () => {
    const faulty = ["", "{", "[]", "3", '"x"', '{"id":1.5,"method":"ping"}', '{"id":1,"method":7}'];
    const worse = ['{"id":1,"method":"ping","params":[1]}', '{"id":1,"method":"no.such"}'];
    for (const text of [...faulty, ...worse]) {
      const before = client.events.length;
      client.socket.send(text);
      await client.until(() => client.events.length > before);
      expect(client.events.at(-1).status, text).to.equal(400);
      expect(client.events.at(-1).error.code, text).to.be.below(-999);
    }
    expect((await client.request("ping")).status).to.equal(200);
  });

  it("closes a connection that sends too much at once, and serves the others", async () => {
    const other = await SocketClient.open(`${harness.wsUrl}/ws-api/v3`);
    other.socket.send("x".repeat(100_000));
    expect(await other.closed()).to.be.oneOf([1006, 1009]);
    expect((await client.request("ping")).status).to.equal(200);
  });

  it("lets only Ed25519 keys log on, and says so", async () => {
    const reply = await client.signed(harness, alice, { method: "session.logon" });
    expect(reply.error).to.include({ code: -4056 });
    const status = await client.request("session.status");
    expect(status.result).to.include({ apiKey: null, userDataStream: false });
  });

  describe("user data", () => {
    const subscribe = { method: "userDataStream.subscribe.signature" };

    it("tells each step of an order and then the balances", async () => {
      const reply = await client.signed(harness, alice, subscribe);
      expect(reply.result).to.deep.equal({ subscriptionId: 0 });
      await place(harness, bob, limit("SELL", "50000", "0.1"));
      const params = { ...limit("BUY", "50001", "0.3"), newClientOrderId: "mine" };
      await client.signed(harness, alice, { method: "order.place", params });
      await client.until(() => client.events.length >= 3);
      const cancel = { symbol: "BTCUSDT", origClientOrderId: "mine" };
      await client.signed(harness, alice, { method: "order.cancel", params: cancel });
      await client.until(() => client.events.length >= 5);
      const steps = client.events.map(({ event }) => [event.e, event.x, event.X]);
      expect(steps).to.deep.equal([
        ["executionReport", "NEW", "NEW"],
        ["executionReport", "TRADE", "PARTIALLY_FILLED"],
        ["outboundAccountPosition", undefined, undefined],
        ["executionReport", "CANCELED", "CANCELED"],
        ["outboundAccountPosition", undefined, undefined],
      ]);
      const [, { event: trade }, { event: position }, { event: canceled }] = client.events;
      expect(trade).to.include({ l: "0.10000000", z: "0.10000000", L: "50000.00000000", m: false });
      expect(trade).to.include({ N: "BTC", n: "0.00004000", Y: "5000.00000000", c: "mine", C: "" });
      expect(position.B.map((row: { a: string }) => row.a)).to.have.members(["BTC", "USDT"]);
      expect(canceled).to.include({ C: "mine", z: "0.10000000", w: false });
      expect(canceled.c).to.not.equal("mine");
    });

    it("tells the maker of its fill, and of a deposit", async () => {
      await place(harness, bob, limit("SELL", "50000", "0.1"));
      await client.signed(harness, bob, subscribe);
      await place(harness, alice, limit("BUY", "50000", "0.1"));
      await client.until(() => client.events.length >= 2);
      expect(client.events[0].event).to.include({ x: "TRADE", X: "FILLED", m: true, S: "SELL" });
      harness.exchange.execute({ kind: "deposit", accountId: 2, assetId: 1, units: 5 });
      await client.until(() => client.events.length >= 4);
      expect(client.events[2].event).to.include({ e: "balanceUpdate", a: "BTC", d: "0.00000005" });
    });

    it("takes one subscription of an account a connection, and none after the end", async () => {
      await client.signed(harness, alice, subscribe);
      const again = await client.signed(harness, alice, subscribe);
      expect(again.error.code).to.equal(-2035);
      const second = await client.signed(harness, bob, subscribe);
      expect(second.result.subscriptionId).to.equal(1);
      expect((await client.request("userDataStream.unsubscribe")).result).to.deep.equal({});
      await place(harness, alice, limit("BUY", "50000", "0.1"));
      await client.request("ping");
      expect(client.events).to.deep.equal([]);
      const gone = await client.request("userDataStream.unsubscribe", { subscriptionId: 0 });
      expect(gone.error.code).to.equal(-2036);
    });
  });
});
