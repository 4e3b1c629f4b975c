import { expect } from "chai";
import {
  BAN_MS,
  RateLimits,
  REFUSALS_BEFORE_BAN,
} from "../../../../engine/adapters/gateway/rate-limits.ts";
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
  TestClock,
} from "./harness.ts";
import { SocketClient } from "./socket-client.ts";

const config = {
  requestWeightPerMinute: 100,
  rawRequestsPer5Minutes: 1000,
  ordersPer10Seconds: 5,
  ordersPerDay: 8,
};
/** Start of a day, so of every window. */
const dayMs = 19_000 * 86_400_000;

describe("RateLimits", () => {
  let clock: TestClock;
  let limits: RateLimits;

  beforeEach(() => {
    clock = new TestClock();
    clock.fixedMs = dayMs;
    limits = new RateLimits(config, clock);
  });

  it("admits weight up to the limit and counts nothing of what it refused", () => {
    const usage = limits.address("1.2.3.4");
    expect(limits.admit(usage, 60)).to.equal(undefined);
    expect(limits.admit(usage, 41)?.code).to.equal(-1003);
    expect(limits.admit(usage, 40)).to.equal(undefined);
    expect(limits.usedWeight(usage)).to.equal(100);
  });

  it("opens its windows with the calendar's, and says how long to wait", () => {
    clock.fixedMs = dayMs + 59_000;
    const usage = limits.address("1.2.3.4");
    limits.admit(usage, 100);
    const refused = limits.admit(usage, 1);
    expect(refused?.status).to.equal(429);
    expect(refused?.retryAfterSeconds).to.equal(1);
    clock.fixedMs = dayMs + 60_000;
    expect(limits.admit(usage, 100)).to.equal(undefined);
  });

  it("counts each address for itself", () => {
    limits.admit(limits.address("1.1.1.1"), 100);
    expect(limits.admit(limits.address("2.2.2.2"), 100)).to.equal(undefined);
  });

  it("limits requests without weight too", () => {
    const usage = limits.address("1.2.3.4");
    for (let i = 0; i < 1000; i++) expect(limits.admit(usage, 0)).to.equal(undefined);
    expect(limits.admit(usage, 0)?.message).to.match(/^Too many requests/);
    clock.fixedMs = dayMs + 300_000;
    expect(limits.admit(usage, 0)).to.equal(undefined);
  });

  it("bans an address that does not heed the refusals, for a while", () => {
    const usage = limits.address("1.2.3.4");
    limits.admit(usage, 100);
    for (let i = 1; i < REFUSALS_BEFORE_BAN; i++)
      expect(limits.admit(usage, 1)?.status).to.equal(429);
    const banned = limits.admit(usage, 1);
    expect(banned?.status).to.equal(418);
    expect(banned?.message).to.match(
      new RegExp(`^Way too much request weight used; IP banned until ${dayMs + BAN_MS}\\.`),
    );
    clock.fixedMs = dayMs + BAN_MS - 1;
    expect(limits.admit(usage, 1)?.status).to.equal(418);
    clock.fixedMs = dayMs + BAN_MS;
    expect(limits.admit(usage, 1)).to.equal(undefined);
  });

  it("remembers a bounded number of addresses", () => {
    for (let i = 0; i < 60_000; i++) limits.address(`10.0.${i >> 8}.${i}`);
    expect(limits.admit(limits.address("10.0.0.1"), 1)).to.equal(undefined);
  });
});

describe("Order limits", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let clock: TestClock;
  let harness: Harness;

  beforeEach(async () => {
    clock = new TestClock();
    clock.fixedMs = dayMs + 1000;
    harness = await startHarness({ clock, limits: { ...config, requestWeightPerMinute: 1000 } });
  });

  afterEach(() => harness.close());

  const rest = () => place(harness, alice, limit("BUY", "50000", "0.1"));

  it("refuses the order after the last, per ten seconds, and shows the count", async () => {
    for (let i = 1; i <= 5; i++) {
      const { status, headers } = await rest();
      expect(status).to.equal(200);
      expect(headers.get("x-mbx-order-count-10s")).to.equal(String(i));
    }
    const refused = await rest();
    expect(refused.status).to.equal(429);
    expect(refused.body).to.include({
      code: -1015,
      msg: "Too many new orders; current limit is 5 orders per 10 SECOND.",
    });
    expect(refused.headers.get("retry-after")).to.equal("9");
    clock.fixedMs = dayMs + 10_000;
    const next = await rest();
    expect(next.headers.get("x-mbx-order-count-10s")).to.equal("1");
    expect(next.headers.get("x-mbx-order-count-1d")).to.equal("6");
  });

  it("refuses by the day as well", async () => {
    for (let i = 0; i < 8; i++) {
      clock.fixedMs = dayMs + 10_000 * i;
      expect((await rest()).status).to.equal(200);
    }
    clock.fixedMs = dayMs + 80_000;
    expect((await rest()).body.msg).to.equal(
      "Too many new orders; current limit is 8 orders per 1 DAY.",
    );
  });

  it("gives back the count of orders that trade, and not of cancelled ones", async () => {
    await place(harness, bob, limit("SELL", "60000", "1"));
    for (let i = 0; i < 12; i++)
      expect((await place(harness, alice, limit("BUY", "60000", "0.01"))).status).to.equal(200);
    const { body } = await signed(harness, bob, { path: "/api/v3/rateLimit/order" });
    expect(body[0].count).to.equal(0);
    const resting = await rest();
    const params = { symbol: "BTCUSDT", orderId: resting.body.orderId };
    await signed(harness, alice, { method: "DELETE", path: "/api/v3/order", params });
    const after = await signed(harness, alice, { path: "/api/v3/rateLimit/order" });
    expect(after.body[0].count).to.equal(1);
  });

  it("counts an order in the window of its own time, however late it is heard of", async () => {
    await rest();
    const limits = new RateLimits(config, clock);
    expect(limits.orders(alice.accountId).count).to.equal(0);
    const order = harness.exchange.core.openOrders(alice.accountId, 1)[0];
    if (order === undefined) throw new Error("the order rests");
    const request = { sessionId: 1, requestSeq: 1 };
    limits.observe({ kind: "orderAccepted", order, request, timestampUs: (dayMs - 20_000) * 1000 });
    expect(limits.orders(alice.accountId).count).to.equal(0);
    limits.observe({ kind: "orderAccepted", order, request, timestampUs: order.placedUs });
    expect(limits.orders(alice.accountId).count).to.equal(1);
  });

  it("does not count what was refused", async () => {
    for (let i = 0; i < 9; i++) await place(harness, alice, limit("BUY", "900000", "9000"));
    expect((await rest()).headers.get("x-mbx-order-count-10s")).to.equal("1");
  });

  it("charges weight for queries, and for orders only where they failed", async () => {
    const weight = async () =>
      Number((await get(harness, "/api/v3/ping")).headers.get("x-mbx-used-weight-1m"));
    expect(await weight()).to.equal(1);
    await rest();
    expect(await weight()).to.equal(2);
    await place(harness, alice, limit("BUY", "50000", "0.00001"));
    expect(await weight()).to.equal(4);
    await get(harness, "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    expect(await weight()).to.equal(55);
  });

  it("tells a WebSocket client when to come back", async () => {
    const client = await SocketClient.open(`${harness.wsUrl}/ws-api/v3`);
    const params = limit("BUY", "50000", "0.1");
    for (let i = 0; i < 5; i++)
      await client.signed(harness, alice, { method: "order.place", params });
    const refused = await client.signed(harness, alice, { method: "order.place", params });
    expect(refused.status).to.equal(429);
    expect(refused.error.data).to.deep.equal({
      serverTime: dayMs + 1000,
      retryAfter: dayMs + 10_000,
    });
    client.close();
  });
});
