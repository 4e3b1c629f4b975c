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

type Change = Record<string, string | number | undefined>;

function changed(change: Change): Record<string, string | number> {
  const params: Change = { ...limit("BUY", "50000", "0.1"), ...change };
  for (const [name, value] of Object.entries(params)) if (value === undefined) delete params[name];
  return params as Record<string, string | number>;
}

describe("Orders over REST", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;

  before(async () => {
    harness = await startHarness();
    await place(harness, bob, limit("SELL", "60000", "1"));
  });

  after(() => harness.close());

  it("answers ACK, RESULT or FULL as asked, and by the type where not", async () => {
    const fields = async (change: Change) => {
      const { body } = await place(harness, alice, changed(change));
      return Object.keys(body).length;
    };
    expect(await fields({ newOrderRespType: "ACK" })).to.equal(5);
    expect(await fields({ newOrderRespType: "RESULT" })).to.equal(16);
    expect(await fields({})).to.equal(17);
    expect(await fields({ type: "LIMIT_MAKER", timeInForce: undefined })).to.equal(5);
  });

  it("shows an order to its owner only, and under its own symbol only", async () => {
    const { body: order } = await place(harness, alice, changed({}));
    const path = "/api/v3/order";
    const params = { symbol: "BTCUSDT", orderId: order.orderId };
    const mine = await signed(harness, alice, { path, params });
    expect(mine.body).to.include({ orderId: order.orderId, clientOrderId: order.clientOrderId });
    const theirs = await signed(harness, bob, { path, params });
    expect(theirs.body).to.deep.equal({ code: -2013, msg: "Order does not exist." });
    const elsewhere = { ...params, symbol: "ETHBTC" };
    expect((await signed(harness, alice, { path, params: elsewhere })).body.code).to.equal(-2013);
    const otherId = { ...params, origClientOrderId: "other" };
    expect((await signed(harness, alice, { path, params: otherId })).body.code).to.equal(-2013);
  });

  it("tests an order without placing it", async () => {
    const before = harness.exchange.core.position;
    const path = "/api/v3/order/test";
    const params = changed({});
    const plain = await signed(harness, alice, { method: "POST", path, params });
    expect(plain.body).to.deep.equal({});
    const withRates = { ...params, computeCommissionRates: "true" };
    const rates = await signed(harness, alice, { method: "POST", path, params: withRates });
    expect(rates.body.standardCommissionForOrder).to.deep.equal({
      maker: "0.00020000",
      taker: "0.00040000",
    });
    const bad = await signed(harness, alice, {
      method: "POST",
      path,
      params: changed({ side: "UP" }),
    });
    expect(bad.body.code).to.equal(-1117);
    expect(harness.exchange.core.position).to.equal(before);
  });

  it("tells a repeated client order id what became of the first", async () => {
    const params = changed({ newClientOrderId: "once", price: "60000", quantity: "0.2" });
    const first = await place(harness, alice, params);
    expect(first.body.status).to.equal("FILLED");
    const again = await place(harness, alice, params);
    expect(again.status).to.equal(400);
    expect(again.body).to.include({ code: -2010, msg: "Duplicate order sent." });
    expect(again.body.order).to.include({
      clientOrderId: "once",
      orderId: first.body.orderId,
      status: "FILLED",
      executedQty: "0.20000000",
    });
  });

  it("sells by market order for a quote amount", async () => {
    await place(harness, bob, limit("BUY", "55000", "1"));
    const { body } = await place(harness, alice, {
      symbol: "BTCUSDT",
      side: "SELL",
      type: "MARKET",
      quoteOrderQty: "5500",
    });
    expect(body).to.include({
      status: "FILLED",
      executedQty: "0.10000000",
      cummulativeQuoteQty: "5500.00000000",
      origQuoteOrderQty: "5500.00000000",
    });
    expect(body.fills).to.deep.equal([
      {
        price: "55000.00000000",
        qty: "0.10000000",
        commission: "2.20000000",
        commissionAsset: "USDT",
        tradeId: body.fills[0].tradeId,
      },
    ]);
  });

  it("expires what an IOC order cannot fill, and all of a FOK order", async () => {
    const ioc = await place(
      harness,
      alice,
      changed({ timeInForce: "IOC", price: "60000", quantity: "2" }),
    );
    expect(ioc.body).to.include({ status: "EXPIRED", executedQty: "0.80000000" });
    await place(harness, bob, limit("SELL", "60000", "1"));
    const fok = await place(
      harness,
      alice,
      changed({ timeInForce: "FOK", price: "60000", quantity: "2" }),
    );
    expect(fok.body).to.include({ status: "EXPIRED", executedQty: "0.00000000" });
  });

  describe("cancel", () => {
    const cancel = (params: Record<string, string | number>) =>
      signed(harness, alice, {
        method: "DELETE",
        path: "/api/v3/order",
        params: { symbol: "BTCUSDT", ...params },
      });

    it("cancels by either id, and not twice", async () => {
      const { body } = await place(harness, alice, changed({ newClientOrderId: "to-cancel" }));
      const done = await cancel({ origClientOrderId: "to-cancel", newClientOrderId: "the-cancel" });
      expect(done.body).to.include({
        orderId: body.orderId,
        status: "CANCELED",
        clientOrderId: "the-cancel",
        origClientOrderId: "to-cancel",
      });
      const again = await cancel({ orderId: body.orderId });
      expect(again.body).to.deep.equal({ code: -2011, msg: "Unknown order sent." });
    });

    it("refuses ids that do not agree, other people's orders and restrictions not met", async () => {
      const mine = await place(harness, alice, changed({ newClientOrderId: "restricted" }));
      const both = await cancel({ orderId: mine.body.orderId, origClientOrderId: "other" });
      expect(both.body.code).to.equal(-2011);
      const theirs = await place(harness, bob, limit("BUY", "100", "1"));
      expect((await cancel({ orderId: theirs.body.orderId })).body.code).to.equal(-2011);
      const restricted = {
        orderId: mine.body.orderId,
        cancelRestrictions: "ONLY_PARTIALLY_FILLED",
      };
      expect((await cancel(restricted)).body).to.include({
        code: -2011,
        msg: "Order was not canceled due to cancel restrictions.",
      });
      expect((await cancel({})).body).to.include({
        code: -1102,
        msg: "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
      });
    });
  });

  describe("cancelReplace", () => {
    const replace = (params: Change) =>
      signed(harness, alice, {
        method: "POST",
        path: "/api/v3/order/cancelReplace",
        params: changed({ cancelReplaceMode: "STOP_ON_FAILURE", ...params }),
      });

    it("cancels and places in one step", async () => {
      const { body: old } = await place(harness, alice, changed({}));
      const { status, body } = await replace({ cancelOrderId: old.orderId, price: "50001" });
      expect(status).to.equal(200);
      expect(body).to.include({ cancelResult: "SUCCESS", newOrderResult: "SUCCESS" });
      expect(body.cancelResponse).to.include({ orderId: old.orderId, status: "CANCELED" });
      expect(body.newOrderResponse).to.include({ price: "50001.00000000", status: "NEW" });
    });

    it("places nothing where the cancel failed, if told to stop", async () => {
      const { status, body } = await replace({ cancelOrderId: 987_654 });
      expect(status).to.equal(400);
      expect(body).to.include({ code: -2022, msg: "Order cancel-replace failed." });
      expect(body.data).to.deep.include({
        cancelResult: "FAILURE",
        newOrderResult: "NOT_ATTEMPTED",
        newOrderResponse: null,
      });
      expect(body.data.cancelResponse).to.include({ code: -2011 });
    });

    it("places all the same where failure is allowed", async () => {
      const { status, body } = await replace({
        cancelOrderId: 987_654,
        cancelReplaceMode: "ALLOW_FAILURE",
      });
      expect(status).to.equal(409);
      expect(body).to.include({ code: -2021, msg: "Order cancel-replace partially failed." });
      expect(body.data).to.include({ cancelResult: "FAILURE", newOrderResult: "SUCCESS" });
    });

    it("says what was canceled where only the new order failed", async () => {
      const { body: old } = await place(harness, alice, changed({}));
      const { status, body } = await replace({
        cancelOrderId: old.orderId,
        quantity: "9000",
        price: "900000",
      });
      expect(status).to.equal(409);
      expect(body.data).to.include({ cancelResult: "SUCCESS", newOrderResult: "FAILURE" });
      expect(body.data.newOrderResponse.code).to.equal(-2010);
    });

    it("leaves the old order alone where the new one is malformed", async () => {
      const { body: old } = await place(harness, alice, changed({}));
      expect((await replace({ cancelOrderId: old.orderId, price: "0.001" })).body.code).to.equal(
        -1013,
      );
      const params = { symbol: "BTCUSDT", orderId: old.orderId };
      const { body } = await signed(harness, alice, { path: "/api/v3/order", params });
      expect(body.status).to.equal("NEW");
    });
  });

  describe("amend", () => {
    const amend = (params: Record<string, string | number>) =>
      signed(harness, alice, {
        method: "PUT",
        path: "/api/v3/order/amend/keepPriority",
        params: { symbol: "BTCUSDT", ...params },
      });

    it("takes quantity off an order", async () => {
      const { body: order } = await place(
        harness,
        alice,
        changed({ price: "40000", quantity: "0.3" }),
      );
      const { status, body } = await amend({ orderId: order.orderId, newQty: "0.1" });
      expect(status).to.equal(200);
      expect(body.amendedOrder).to.include({
        orderId: order.orderId,
        qty: "0.10000000",
        status: "NEW",
      });
      const { body: book } = await get(harness, "/api/v3/depth?symbol=BTCUSDT&limit=5000");
      expect(book.bids).to.deep.include(["40000.00000000", "0.10000000"]);
    });

    it("adds none, and knows its order", async () => {
      const { body: order } = await place(harness, alice, changed({ price: "40000" }));
      const more = await amend({ orderId: order.orderId, newQty: "0.2" });
      expect(more.body).to.include({
        code: -2038,
        msg: "Order amend (quantity increase) is not supported.",
      });
      expect((await amend({ orderId: 987_654, newQty: "0.2" })).body.code).to.equal(-2013);
    });
  });

  it("cancels all orders of a symbol, and says when there is none", async () => {
    await place(harness, alice, changed({}));
    const path = "/api/v3/openOrders";
    const params = { symbol: "BTCUSDT" };
    const all = await signed(harness, alice, { method: "DELETE", path, params });
    expect(all.body.length).to.be.above(0);
    for (const report of all.body) expect(report.status).to.equal("CANCELED");
    const none = await signed(harness, alice, { method: "DELETE", path, params });
    expect(none.body).to.deep.equal({ code: -2011, msg: "Unknown order sent." });
  });
});
