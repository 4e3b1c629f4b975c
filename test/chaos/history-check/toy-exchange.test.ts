// Random concurrent histories: right ones pass, and each way of being wrong is found.

import { expect } from "chai";
import fc from "fast-check";
import { checkHistory } from "../../../chaos/history-check/check-history.ts";
import { property } from "../../support/property.ts";
import { ToyExchange, toyFaults } from "./toy-exchange.ts";

/** Right and wrong answers in a random history of some hundred operations. */
const seeds = 20;

describe("checkHistory on random histories", function () {
  // Thousands of searches, on a machine that may be busy.
  this.timeout(30_000);

  /** Milliseconds that operations overlap: up to here the search has always come to its end. */
  const passedMs = 10;

  it("passes what took effect one operation after the other, however they overlapped", () => {
    property(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 30 }), (seed, overlapMs) => {
        const toy = new ToyExchange(seed);
        toy.run(150, overlapMs);
        const { verdict, findings } = checkHistory(toy);
        expect(findings).to.deep.equal([]);
        // More of it at once may take longer than the search's budget, which is no pass and no fail.
        expect(verdict).to.be.oneOf(overlapMs <= passedMs ? ["pass"] : ["pass", "unknown"]);
      }),
      40,
    );
  });

  for (const fault of toyFaults) {
    it(`finds ${fault}`, () => {
      let found = 0;
      let planted = 0;
      for (let seed = 1; seed <= seeds; seed += 1) {
        const toy = new ToyExchange(seed, fault);
        toy.run(300, 6);
        if (toy.faults === 0) continue;
        planted += 1;
        const { verdict } = checkHistory(toy);
        expect(verdict, `seed ${seed}`).to.not.equal("unknown");
        if (verdict === "fail") found += 1;
      }
      expect(planted).to.be.greaterThan(seeds / 2);
      // Some of what is wrong is seen by nobody: where no answer shows it, none can contradict.
      expect(found).to.be.at.least(0.9 * planted);
    });
  }

  it("checks fifty thousand operations of 24 accounts and symbols in seconds", () => {
    const operations = Array.from({ length: 24 }, (_, i) => {
      const toy = new ToyExchange(i + 1);
      toy.run(2_000, 4);
      return toy.operations.map((one) => ({ ...one, symbol: `S${i}`, id: one.id + 100_000 * i }));
    }).flat();
    expect(operations.length).to.be.greaterThan(50_000);
    expect(checkHistory({ operations })).to.include({ verdict: "pass", partitions: 24 });
  });
});
