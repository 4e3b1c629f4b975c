import { expect } from "chai";
import pino from "pino";
import { Registry } from "prom-client";
import { startGateway } from "../../../../engine/adapters/gateway/gateway.ts";
import {
  alice,
  bob,
  get,
  type Harness,
  limit,
  place,
  read,
  SOCKET_TIMEOUT_MS,
  signed,
  startHarness,
  TestClock,
} from "./harness.ts";

const minuteMs = 60_000;

describe("Market data over REST", function () {
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
    clock.fixedMs = Date.parse("2024-03-01T10:00:30Z");
    harness = await startHarness({ clock });
    await trade("60000", "0.1");
    clock.fixedMs += 2 * minuteMs;
    await trade("60300", "0.2");
    await trade("60100", "0.3");
    await place(harness, bob, limit("SELL", "60200", "1"));
    await place(harness, bob, limit("SELL", "60201", "1"));
    await place(harness, alice, limit("BUY", "60050", "2"));
  });

  after(() => harness.close());

  it("gives the book to the depth asked for", async () => {
    const { body } = await get(harness, "/api/v3/depth?symbol=BTCUSDT&limit=1");
    expect(body.bids).to.deep.equal([["60050.00000000", "2.00000000"]]);
    expect(body.asks).to.deep.equal([["60200.00000000", "1.00000000"]]);
    expect(body.lastUpdateId).to.equal(harness.exchange.core.position);
  });

  it("gives candles, one for each minute with trades", async () => {
    const { body } = await get(harness, "/api/v3/klines?symbol=BTCUSDT&interval=1m");
    const open = Date.parse("2024-03-01T10:00:00Z");
    expect(body).to.deep.equal([
      [
        open,
        "60000.00000000",
        "60000.00000000",
        "60000.00000000",
        "60000.00000000",
        "0.10000000",
        open + minuteMs - 1,
        "6000.00000000",
        1,
        "0.10000000",
        "6000.00000000",
        "0",
      ],
      [
        open + 2 * minuteMs,
        "60300.00000000",
        "60300.00000000",
        "60100.00000000",
        "60100.00000000",
        "0.50000000",
        open + 3 * minuteMs - 1,
        "30090.00000000",
        2,
        "0.50000000",
        "30090.00000000",
        "0",
      ],
    ]);
    const day = await get(harness, "/api/v3/klines?symbol=BTCUSDT&interval=1d");
    expect(day.body).to.have.lengthOf(1);
    expect(day.body[0][8]).to.equal(3);
    const second = await get(harness, "/api/v3/klines?symbol=BTCUSDT&interval=1s");
    expect(second.body).to.have.lengthOf(2);
    const later = await get(
      harness,
      `/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=${open + 1}`,
    );
    expect(later.body).to.have.lengthOf(1);
  });

  it("gives the ticker of a day, exactly", async () => {
    const { body } = await get(harness, "/api/v3/ticker/24hr?symbol=BTCUSDT");
    expect(body).to.include({
      priceChange: "100.00000000",
      priceChangePercent: "0.167",
      weightedAvgPrice: "60150.00000000",
      lastPrice: "60100.00000000",
      lastQty: "0.30000000",
      bidPrice: "60050.00000000",
      bidQty: "2.00000000",
      askPrice: "60200.00000000",
      openPrice: "60000.00000000",
      highPrice: "60300.00000000",
      lowPrice: "60000.00000000",
      volume: "0.60000000",
      quoteVolume: "36090.00000000",
      firstId: 1,
      lastId: 3,
      count: 3,
    });
  });

  it("gives one ticker for a symbol, a list for several and for all", async () => {
    const one = await get(harness, "/api/v3/ticker/price?symbol=BTCUSDT");
    expect(one.body).to.deep.equal({ symbol: "BTCUSDT", price: "60100.00000000" });
    const several = await get(harness, "/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22%5D");
    expect(several.body).to.deep.equal([one.body]);
    const all = await get(harness, "/api/v3/ticker/bookTicker");
    expect(all.body.map((row: { symbol: string }) => row.symbol)).to.deep.equal([
      "BTCUSDT",
      "ETHBTC",
    ]);
    const mini = await get(harness, "/api/v3/ticker/24hr?symbol=BTCUSDT&type=MINI");
    expect(mini.body).to.not.have.property("bidPrice");
    const bad = await get(harness, "/api/v3/ticker/24hr?symbol=BTCUSDT&type=HUGE");
    expect(bad.body.code).to.equal(-1139);
  });

  it("forgets trades of the day before, not their price", async () => {
    const yesterday = clock.fixedMs as number;
    clock.fixedMs = yesterday + 25 * 3_600_000;
    const { body } = await get(harness, "/api/v3/ticker/24hr?symbol=BTCUSDT");
    clock.fixedMs = yesterday;
    expect(body).to.include({
      volume: "0.00000000",
      count: 0,
      lastPrice: "60100.00000000",
      firstId: -1,
    });
  });

  it("prints microseconds to who asks for them", async () => {
    const headers = { "X-MBX-TIME-UNIT": "MICROSECOND" };
    const { body } = await read(await fetch(`${harness.url}/api/v3/time`, { headers }));
    expect(body.serverTime).to.equal((clock.fixedMs as number) * 1000);
  });

  it("pages through past trades", async () => {
    const from = await get(harness, "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=2&limit=1");
    expect(from.body.map((row: { id: number }) => row.id)).to.deep.equal([2]);
    const aggregated = await get(harness, "/api/v3/aggTrades?symbol=BTCUSDT&fromId=2");
    expect(aggregated.body.map((row: { a: number }) => row.a)).to.deep.equal([2, 3]);
    const both = await get(harness, "/api/v3/aggTrades?symbol=BTCUSDT&fromId=2&startTime=1");
    expect(both.body.code).to.equal(-1128);
  });

  it("bounds the range of a history question", async () => {
    const params = { symbol: "BTCUSDT", startTime: 1, endTime: 86_400_002 };
    const { body } = await signed(harness, alice, { path: "/api/v3/allOrders", params });
    expect(body).to.include({ code: -1127 });
  });

  describe("on a gateway that started later", () => {
    async function later(change: { isAvailable: boolean }) {
      harness.history.isAvailable = change.isAvailable;
      const gateway = await startGateway({
        node: { id: "gateway-b", host: "127.0.0.1", httpPort: 0 },
        ...{ port: harness.exchange, config: harness.config, history: harness.history, clock },
        keys: { accounts: [] },
        log: pino({ level: "silent" }),
        metrics: new Registry(),
      });
      return { ...harness, gateway, url: `http://127.0.0.1:${gateway.httpPort}` };
    }

    const count = async (on: Harness) =>
      (await get(on, "/api/v3/ticker/24hr?symbol=BTCUSDT")).body.count;

    async function until(isTrue: () => Promise<boolean>): Promise<void> {
      while (!(await isTrue())) await new Promise(setImmediate);
    }

    it("has the past from the history", async () => {
      const second = await later({ isAvailable: true });
      await until(async () => (await count(second)) === (await count(harness)));
      for (const path of ["trades?", "aggTrades?", "klines?interval=1m&", "ticker/24hr?"]) {
        const url = `/api/v3/${path}symbol=BTCUSDT`;
        expect((await get(second, url)).body, path).to.deep.equal((await get(harness, url)).body);
      }
      await second.gateway.close();
    });

    it("starts without the history and catches up on it", async () => {
      const second = await later({ isAvailable: false });
      expect(await count(second)).to.equal(0);
      await trade("60100", "0.1");
      expect(await count(second)).to.equal(1);
      harness.history.isAvailable = true;
      await until(async () => (await count(second)) === (await count(harness)));
      const url = "/api/v3/klines?symbol=BTCUSDT&interval=1m";
      expect((await get(second, url)).body).to.deep.equal((await get(harness, url)).body);
      await second.gateway.close();
    });
  });
});
