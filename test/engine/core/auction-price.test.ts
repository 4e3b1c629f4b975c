// The price of a call auction: the four principles, by example and against trying every price.

import { expect } from "chai";
import fc from "fast-check";
import { type AuctionLevel, clearingOf } from "../../../engine/core/auction-price.ts";
import { property } from "../../support/property.ts";
import { naiveClearing } from "./naive-auction.ts";

/** "640x500 639x1000": price by lots. */
function levels(text: string): AuctionLevel[] {
  if (text === "") return [];
  return text.split(" ").map((level) => {
    const [priceTicks, quantityLots] = level.split("x").map(Number) as [number, number];
    return { priceTicks, quantityLots };
  });
}

const cases: readonly [string, string, string, number, string][] = [
  // The example of ASX's own paper on its algorithm.
  [
    "the highest price, where buyers are left over at all that leave least",
    "640x500 639x1000 634x1000 633x500",
    "610x1000 640x500 641x520 642x550 643x519",
    0,
    "639: 1000, +500",
  ],
  ["the lowest price, where sellers are left over", "105x10", "100x12 102x5", 103, "100: 10, -2"],
  ["the most lots before the least left over", "110x1 100x10", "90x8", 0, "100: 8, +3"],
  ["the reference, where nothing is left over", "110x5", "100x5", 104, "104: 5, +0"],
  ["the price next to a reference above", "110x5", "100x5", 120, "110: 5, +0"],
  ["the price next to a reference below", "110x5", "100x5", 90, "100: 5, +0"],
  ["the middle where there is no reference", "110x5", "100x5", 0, "105: 5, +0"],
  ["the middle, rounded down", "109x5", "100x5", 0, "104: 5, +0"],
  [
    "the reference, where either side may be left over",
    "110x5 105x1",
    "100x5 106x1",
    106,
    "106: 5, -1",
  ],
  [
    "a reference among buyers' prices, where either side may",
    "110x5 105x1",
    "100x5 106x1",
    101,
    "101: 5, +1",
  ],
  ["the one price at which two orders meet", "100x3", "100x7", 50, "100: 3, -4"],
];

describe("The price of an auction", () => {
  for (const [what, bids, asks, reference, expected] of cases) {
    it(`is ${what}`, () => {
      const clearing = clearingOf(levels(bids), levels(asks), reference);
      const { priceTicks, quantityLots, surplusLots } = clearing ?? expect.fail("no price");
      const sign = surplusLots < 0 ? "" : "+";
      expect(`${priceTicks}: ${quantityLots}, ${sign}${surplusLots}`).to.equal(expected);
    });
  }

  for (const [bids, asks] of [
    ["", ""],
    ["100x1", ""],
    ["", "100x1"],
    ["99x1", "100x1"],
  ] as const) {
    it(`is none for bids "${bids}" and asks "${asks}"`, () => {
      expect(clearingOf(levels(bids), levels(asks), 100)).to.equal(null);
    });
  }

  it("is what trying every price finds", () => {
    const side = fc.uniqueArray(
      fc.record({
        priceTicks: fc.integer({ min: 1, max: 40 }),
        quantityLots: fc.integer({ min: 1, max: 12 }),
      }),
      { selector: (level) => level.priceTicks, maxLength: 14 },
    );
    property(
      fc.property(side, side, fc.integer({ min: 0, max: 45 }), (buys, sells, reference) => {
        const bids = buys.sort((a, b) => b.priceTicks - a.priceTicks);
        const asks = sells.sort((a, b) => a.priceTicks - b.priceTicks);
        expect(clearingOf(bids, asks, reference)).to.deep.equal(
          naiveClearing(bids, asks, reference),
        );
      }),
      3000,
    );
  });
});
