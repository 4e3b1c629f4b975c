import { expect } from "chai";
import { ALICE, BOB, brief, MARKET, TestExchange } from "./test-exchange.ts";

describe("Sessions", () => {
  const tick = { kind: "tick" } as const;

  it("execute a request once, however often it comes", () => {
    const exchange = new TestExchange();
    const order = exchange.order();
    const request = { sessionId: 7, requestSeq: 1 };
    expect(brief(exchange.do(order, request))).to.deep.equal(["accepted"]);
    expect(brief(exchange.do(order, request))).to.deep.equal(["requestRepeated"]);
    expect(exchange.core.openOrders(ALICE, 0)).to.have.length(1);
  });

  it("execute no request older than the last", () => {
    const exchange = new TestExchange();
    for (const requestSeq of [1, 2, 5]) exchange.do(exchange.order(), { sessionId: 7, requestSeq });
    const events = exchange.do(exchange.order(), { sessionId: 7, requestSeq: 4 });
    expect(brief(events)).to.deep.equal(["requestRepeated"]);
  });

  it("hold ids up to 2^32 - 1", () => {
    const exchange = new TestExchange();
    const sessionId = 2 ** 32 - 1;
    exchange.do(exchange.order(), { sessionId, requestSeq: 1 });
    exchange.do(exchange.order(), { sessionId, requestSeq: 2 ** 32 - 1 });
    const events = exchange.do(exchange.order(), { sessionId, requestSeq: 2 ** 31 });
    expect(brief(events)).to.deep.equal(["requestRepeated"]);
  });

  it("never take the exchange's own commands for repeated", () => {
    const exchange = new TestExchange();
    expect(brief(exchange.place())).to.deep.equal(["accepted"]);
    expect(brief(exchange.place())).to.deep.equal(["accepted"]);
  });

  it("give way to a new one when unused for longest, and are unknown then", () => {
    const exchange = new TestExchange({ capacity: { sessions: 2 } });
    for (const sessionId of [1, 2]) exchange.do(tick, { sessionId, requestSeq: 1 });
    exchange.do(tick, { sessionId: 1, requestSeq: 2 });
    exchange.do(tick, { sessionId: 3, requestSeq: 1 });
    const events = exchange.do(exchange.order(), { sessionId: 2, requestSeq: 2 });
    expect(brief(events)).to.deep.equal(["orderRejected UNKNOWN_SESSION"]);
    const known = exchange.do(exchange.order(), { sessionId: 1, requestSeq: 3 });
    expect(brief(known)).to.deep.equal(["accepted"]);
  });

  it("reject what an unknown session asks in the command's own kind", () => {
    const exchange = new TestExchange();
    const request = { sessionId: 9, requestSeq: 2 };
    const target = { orderId: 1, clientOrderId: "" };
    const of = { accountId: ALICE, symbolId: MARKET };
    const cancel = { kind: "cancelOrder", ...of, target, onlyIf: "any" } as const;
    expect(brief(exchange.do(cancel, request))).to.deep.equal(["cancelRejected UNKNOWN_SESSION"]);
    const reduce = { kind: "reduceOrder", ...of, target, quantityLots: 1 } as const;
    expect(brief(exchange.do(reduce, request))).to.deep.equal(["commandRejected UNKNOWN_SESSION"]);
    const { kind: _, ...place } = exchange.order();
    const replace = { kind: "cancelReplaceOrder", stopOnFailure: false, place } as const;
    const events = exchange.do({ ...replace, cancel: { target, onlyIf: "any" } }, request);
    expect(brief(events)).to.deep.equal([
      "cancelRejected UNKNOWN_SESSION",
      "orderRejected UNKNOWN_SESSION",
    ]);
  });
});

describe("Client order ids", () => {
  it("are unique among an account's open and ended orders", () => {
    const exchange = new TestExchange();
    const clientOrderId = "once";
    exchange.place({ clientOrderId, quantityLots: 3 });
    exchange.place({ accountId: BOB, side: "sell", quantityLots: 3 });
    const [event] = exchange.place({ clientOrderId });
    expect(event).to.include({ kind: "orderRejected", reason: "DUPLICATE_CLIENT_ORDER_ID" });
    expect(event).to.have.nested.property("existing.status", "filled");
    expect(event).to.have.nested.property("existing.executedLots", 3);
    expect(brief(exchange.place({ accountId: BOB, clientOrderId }))).to.deep.equal(["accepted"]);
  });

  it("tell of the first order even where a second could not be placed anyway", () => {
    const exchange = new TestExchange();
    exchange.place({ clientOrderId: "once" });
    exchange.do({ kind: "setTradingStatus", symbolId: MARKET, status: "halt" });
    const events = exchange.place({ clientOrderId: "once", quantityLots: 0 });
    expect(brief(events)).to.deep.equal(["orderRejected DUPLICATE_CLIENT_ORDER_ID"]);
  });

  it("are forgotten with the oldest ended order, not before", () => {
    const exchange = new TestExchange({ capacity: { rememberedOrders: 2 } });
    const ended = { timeInForce: "ioc" } as const;
    for (const clientOrderId of ["a", "b"]) exchange.place({ ...ended, clientOrderId });
    expect(exchange.core.orderByClientId(ALICE, "a")).to.include({ orderId: 1, status: "expired" });
    exchange.place({ ...ended, clientOrderId: "c" });
    expect(exchange.core.orderByClientId(ALICE, "a")).to.equal(undefined);
    expect(exchange.core.order(1)).to.equal(undefined);
    expect(exchange.core.order(2)).to.include({ clientOrderId: "b" });
    expect(brief(exchange.place({ clientOrderId: "a" }))).to.deep.equal(["accepted"]);
  });
});

describe("Trading status", () => {
  const cases = [
    ["trading", ["accepted"], ["canceled 1"]],
    ["halt", ["orderRejected MARKET_CLOSED"], ["cancelRejected MARKET_CLOSED"]],
    ["cancelOnly", ["orderRejected MARKET_CLOSED"], ["canceled 1"]],
    ["auction", ["accepted"], ["canceled 1"]],
  ] as const;
  for (const [status, placed, canceled] of cases)
    it(`${status}: placing gives ${placed[0]}, canceling ${canceled[0]}`, () => {
      const exchange = new TestExchange();
      exchange.place();
      exchange.do({ kind: "setTradingStatus", symbolId: MARKET, status });
      expect(exchange.core.instrument(MARKET)?.status).to.equal(status);
      expect(brief(exchange.place())).to.deep.equal(placed);
      const target = { orderId: 1, clientOrderId: "" };
      const of = { accountId: ALICE, symbolId: MARKET, target } as const;
      const events = exchange.do({ kind: "cancelOrder", ...of, onlyIf: "any" });
      expect(brief(events)).to.deep.equal(canceled);
    });
});
