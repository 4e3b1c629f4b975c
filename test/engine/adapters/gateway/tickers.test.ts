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
  TestClock,
} from "./harness.ts";

const minuteMs = 60_000;

describe("Tickers of a window", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;
  let clock: TestClock;

  async function trade(price: string, quantity: string): Promise<void> {
    await place(harness, bob, limit("SELL", price, quantity));
    await place(harness, alice, limit("BUY", price, quantity));
  }

  before(async () => {
    clock = new TestClock();
    clock.fixedMs = Date.parse("2024-03-01T23:50:30Z");
    harness = await startHarness({ clock });
    await trade("60000", "0.1");
    clock.fixedMs += 15 * minuteMs;
    await trade("60300", "0.2");
    clock.fixedMs += 5 * minuteMs;
    await trade("60100", "0.3");
  });
  after(() => harness.close());

  const ticker = async (query: string) =>
    (await get(harness, `/api/v3/ticker${query.replace("?", "?symbol=BTCUSDT&")}`)).body;

  it("counts the trades of the window asked for, from a full minute on", async () => {
    expect(await ticker("?windowSize=10m")).to.deep.equal({
      ...{ symbol: "BTCUSDT", priceChange: "-200.00000000", priceChangePercent: "-0.332" },
      ...{ weightedAvgPrice: "60180.00000000", openPrice: "60300.00000000" },
      ...{ highPrice: "60300.00000000", lowPrice: "60100.00000000", lastPrice: "60100.00000000" },
      ...{ volume: "0.50000000", quoteVolume: "30090.00000000" },
      openTime: Date.parse("2024-03-02T00:00:00Z"),
      closeTime: clock.fixedMs,
      ...{ firstId: 2, lastId: 3, count: 2 },
    });
    for (const [window, count] of [
      ["1m", 1],
      ["19m", 2],
      ["20m", 3],
      ["1h", 3],
      ["7d", 3],
    ] as const)
      expect((await ticker(`?windowSize=${window}`)).count, window).to.equal(count);
    expect((await ticker("?")).count).to.equal(3);
  });

  it("begins the trading day at midnight of a time zone", async () => {
    expect(await ticker("/tradingDay?")).to.include({
      openTime: Date.parse("2024-03-02T00:00:00Z"),
      count: 2,
    });
    expect(await ticker("/tradingDay?timeZone=-1:00")).to.include({
      openTime: Date.parse("2024-03-01T01:00:00Z"),
      count: 3,
    });
  });

  it("leaves the changes out of the short form", async () => {
    const mini = await ticker("?type=MINI");
    expect(mini).to.include({ count: 3 }).and.to.not.have.property("priceChange");
  });

  for (const query of [
    "?windowSize=60m",
    "?windowSize=24h",
    "?windowSize=8d",
    "?windowSize=0m",
    "?windowSize=x",
    "?type=HUGE",
  ]) {
    it(`refuses ${query}`, async () => {
      expect((await ticker(query)).code).to.be.oneOf([-1130, -1139]);
    });
  }

  it("needs a symbol", async () => {
    expect((await get(harness, "/api/v3/ticker")).body.code).to.equal(-1102);
    const several = await get(harness, "/api/v3/ticker?symbols=%5B%22BTCUSDT%22,%22ETHBTC%22%5D");
    expect(several.body.map((one: { symbol: string }) => one.symbol)).to.deep.equal([
      ...["BTCUSDT", "ETHBTC"],
    ]);
  });

  it("tells an account's commission on a symbol", async () => {
    const params = { symbol: "BTCUSDT" };
    const path = "/api/v3/account/commission";
    const { status, body } = await signed(harness, alice, { path, params });
    expect(status).to.equal(200);
    expect(body.standardCommission).to.include({ maker: "0.00020000", taker: "0.00040000" });
    expect(body.discount.enabledForAccount).to.equal(false);
  });
});
