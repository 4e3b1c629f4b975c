import { expect } from "chai";
import {
  costOf,
  isBound,
  pricesOf,
  type Round,
  type Split,
  spreadOf,
} from "../../../bench/replication/price.ts";

const latencyMs = { p50: 1, p99: 2, max: 3 };

function round(split: Partial<Split> | null, sharedPerSecond = 100, p50 = 1): Round {
  const defaults = { perSecond: 100, primaryUse: 0.5, othersUse: 0.5, cpuUsPerOrder: {} };
  const whole = split === null ? null : { ...defaults, ...split };
  return { sharedPerSecond, split: whole, latencyMs: { ...latencyMs, p50 } };
}

describe("What replication costs", () => {
  it("takes the middle of the rounds, each against the single engine of the same round", () => {
    // The machine halves its speed in the second round, for both kinds.
    const single = [100, 50, 100].map((perSecond) => round({ perSecond }, 100));
    const replicated = [80, 40, 70].map((perSecond) => round({ perSecond }, 50));
    const cost = costOf(single, replicated);
    expect(cost.split.median).to.be.closeTo(0.2, 1e-9);
    expect([cost.split.min, cost.split.max].map((part) => part.toFixed(2))).to.deep.equal([
      "0.20",
      "0.30",
    ]);
    expect(cost.shared.median).to.be.closeTo(0.5, 1e-9);
  });

  it("compares the busiest members, whoever they are, and never the driver", () => {
    const alone = { primary: 6, driver: 90 };
    const all = { primary: 7, standby: 8, redis: 2, driver: 90 };
    const cost = costOf([round({ cpuUsPerOrder: alone })], [round({ cpuUsPerOrder: all })]);
    expect(cost.busiest.median).to.be.closeTo(0.25, 1e-9);
  });

  it("knows the spread of rounds, and the middle of an even number of them", () => {
    expect(spreadOf([4, 1, 3, 2])).to.deep.equal({ min: 1, median: 2.5, max: 4 });
    expect(spreadOf([2])).to.deep.equal({ min: 2, median: 2, max: 2 });
  });

  const bounds: [string, Partial<Split> | null, boolean][] = [
    ["the primary used all that the brake left to it", { primaryUse: 0.5, othersUse: 0.6 }, true],
    ["the primary waited", { primaryUse: 0.4, othersUse: 0.6 }, false],
    ["the others had nothing left", { primaryUse: 0.5, othersUse: 0.97 }, false],
    ["cores cannot be split", null, false],
  ];
  for (const [where, split, expected] of bounds) {
    it(`calls a round ${expected ? "known" : "unknown"} where ${where}`, () => {
      expect(isBound(round(split))).to.equal(expected);
    });
  }

  it("prices the distance against one engine and against none", () => {
    const at = (p50: number) => [round(null, 0, p50)];
    const prices = pricesOf(
      at(1),
      at(1.25),
      new Map([
        [2, at(3.5)],
        [8, at(9.25)],
      ]),
    );
    expect(prices.each).to.deep.equal([
      { rttMs: 2, overSingleMs: 2.5, overNearMs: 2.25 },
      { rttMs: 8, overSingleMs: 8.25, overNearMs: 8 },
    ]);
    expect(prices.slope).to.equal(1);
  });
});
