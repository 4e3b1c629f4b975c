// The simulator is worth what it finds. Each planted bug breaks one rule of the protocol; it must be
// found, and the same seeds must hold without it.

import { assert } from "chai";
import { plantedBugs } from "./planted-bugs.ts";
import { runSeeds } from "./run-seeds.ts";

/** Several times what each needed when it was planted: a change elsewhere shifts all chances. */
const seedsMax = 1_000;
const jobs = 2;
const firstSeed = 1;

describe("Planted bugs", function () {
  this.timeout(120_000);
  let seedsNeeded = 0;

  for (const bug of Object.keys(plantedBugs)) {
    it(`finds ${bug}`, async function () {
      const tally = await runSeeds({ firstSeed, count: seedsMax, jobs, bug, failuresMax: 1 });
      const [first] = tally.failures;
      assert.exists(first, `not found in ${seedsMax} seeds from ${firstSeed}`);
      const needed = (first?.seed ?? 0) - firstSeed + 1;
      seedsNeeded = Math.max(seedsNeeded, needed);
      if (this.test) this.test.title += ` (${needed} seeds: ${first?.failure})`;
    });
  }

  it("holds the same seeds without them", async () => {
    const tally = await runSeeds({
      firstSeed,
      count: seedsNeeded,
      jobs,
      bug: null,
      failuresMax: 1,
    });
    assert.deepEqual(tally.failures, []);
    assert.equal(tally.seeds, seedsNeeded);
  });
});
