import { expect } from "chai";
import fc from "fast-check";
import { CandleSeries, fold } from "../../../../engine/adapters/gateway/candles.ts";
import { intervalNamed } from "../../../../engine/adapters/gateway/intervals.ts";
import { regroup } from "../../../../engine/adapters/gateway/kline-json.ts";
import type { PublicTrade } from "../../../../engine/adapters/history-reader.ts";

const at = (iso: string) => Date.parse(iso);

function tradeAt(timeMs: number, change: Partial<PublicTrade> = {}): PublicTrade {
  return {
    ...{ tradeId: 1, symbolId: 1, priceTicks: 100, quantityLots: 1, quoteUnits: 100 },
    ...{ timestampUs: timeMs * 1000, isBuyerMaker: false, takerOrderId: 1 },
    ...change,
  };
}

describe("Kline intervals", () => {
  const opens: [name: string, time: string, open: string, close: string][] = [
    ["1s", "2024-02-29T12:34:56.789Z", "2024-02-29T12:34:56Z", "2024-02-29T12:34:56.999Z"],
    ["1m", "2024-02-29T12:34:56.789Z", "2024-02-29T12:34:00Z", "2024-02-29T12:34:59.999Z"],
    ["15m", "2024-02-29T12:34:56.789Z", "2024-02-29T12:30:00Z", "2024-02-29T12:44:59.999Z"],
    ["4h", "2024-02-29T12:34:56.789Z", "2024-02-29T12:00:00Z", "2024-02-29T15:59:59.999Z"],
    ["1d", "2024-02-29T12:34:56.789Z", "2024-02-29T00:00:00Z", "2024-02-29T23:59:59.999Z"],
    ["1w", "2024-02-29T12:34:56.789Z", "2024-02-26T00:00:00Z", "2024-03-03T23:59:59.999Z"],
    ["1M", "2024-02-29T12:34:56.789Z", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59.999Z"],
    ["1M", "2023-12-31T23:59:59.999Z", "2023-12-01T00:00:00Z", "2023-12-31T23:59:59.999Z"],
  ];
  for (const [name, time, open, close] of opens)
    it(`opens ${name} of ${time} at ${open}`, () => {
      const interval = intervalNamed(name);
      expect(interval?.openMs(at(time))).to.equal(at(open));
      expect(interval?.closeMs(at(open))).to.equal(at(close));
    });

  it("opens days where the time zone's begin", () => {
    const interval = intervalNamed("1d", 8 * 3_600_000);
    expect(interval?.openMs(at("2024-02-29T12:00:00Z"))).to.equal(at("2024-02-28T16:00:00Z"));
  });

  it("knows no other", () => {
    for (const name of ["7m", "1y", "", "m", "1H", "constructor"])
      expect(intervalNamed(name)).to.equal(undefined);
  });
});

describe("CandleSeries", () => {
  it("is the same whether all trades were seen live or some came from the history", () => {
    const trade = fc.record({
      gapMs: fc.integer({ min: 0, max: 50_000 }),
      priceTicks: fc.integer({ min: 1, max: 1000 }),
      quantityLots: fc.integer({ min: 1, max: 1000 }),
      isBuyerMaker: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1, maxLength: 60 }), fc.nat(60), (gaps, cut) => {
        let timeMs = 1_700_000_000_000;
        const trades = gaps.map(({ gapMs, ...rest }, index) => {
          timeMs += gapMs;
          const quoteUnits = rest.priceTicks * rest.quantityLots;
          return tradeAt(timeMs, { tradeId: index + 1, quoteUnits, ...rest });
        });
        const whole = new CandleSeries(60_000, 1000);
        const older = new CandleSeries(60_000, 1000);
        const live = new CandleSeries(60_000, 1000);
        for (const each of trades) whole.add(each);
        for (const each of trades.slice(0, cut)) older.add(each);
        for (const each of trades.slice(cut)) live.add(each);
        live.prime(older.since(0));
        expect(live.since(0)).to.deep.equal(whole.since(0));
        const folded = fold(whole.since(0));
        expect(folded?.tradeCount).to.equal(trades.length);
        const lots = trades.reduce((sum, each) => sum + BigInt(each.quantityLots), 0n);
        expect(folded?.volumeLots).to.equal(lots);
      }),
    );
  });

  it("keeps sums exact beyond the safe integers", () => {
    const series = new CandleSeries(60_000, 10);
    const quoteUnits = Number.MAX_SAFE_INTEGER;
    for (let tradeId = 1; tradeId <= 3; tradeId++)
      series.add(tradeAt(60_000, { tradeId, quoteUnits, quantityLots: quoteUnits }));
    expect(series.last?.quoteUnits).to.equal(3n * BigInt(quoteUnits));
    expect(series.last?.takerBuyLots).to.equal(3n * BigInt(quoteUnits));
  });

  it("forgets the oldest", () => {
    const series = new CandleSeries(1000, 5);
    for (let i = 1; i <= 100; i++) series.add(tradeAt(i * 1000, { tradeId: i }));
    expect(series.since(0).length).to.be.within(5, 10);
    expect(series.last?.openMs).to.equal(100_000);
  });

  it("groups minutes into longer candles", () => {
    const series = new CandleSeries(60_000, 100);
    for (let i = 0; i < 10; i++)
      series.add(tradeAt(i * 60_000, { tradeId: i + 1, priceTicks: 100 + i }));
    const interval = intervalNamed("5m");
    if (interval === undefined) throw new Error("5m is offered");
    const groups = regroup(series.since(0), interval);
    expect(
      groups.map(({ openMs, openTicks, closeTicks }) => [openMs, openTicks, closeTicks]),
    ).to.deep.equal([
      [0, 100, 104],
      [300_000, 105, 109],
    ]);
  });
});
