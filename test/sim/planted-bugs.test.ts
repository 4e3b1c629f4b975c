// The simulator is worth what it finds. Each planted bug breaks one rule of the protocol; it must be
// found, and the seed that finds it must hold without it.

import { assert } from "chai";
import { plantedBugs } from "./planted-bugs.ts";
import { runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";

/** Many times what each needs: a change anywhere shifts all chances. */
const seedsMax = 2_000;
const firstSeed = 1;

describe("Planted bugs", function () {
  this.timeout(240_000);

  for (const bug of Object.keys(plantedBugs)) {
    it(`finds ${bug}`, async function () {
      const range = { firstSeed, count: seedsMax, jobs: 2, shareMax: 5, failuresMax: 1 };
      const { failures, seeds } = await runSeeds({ ...range, bug });
      const found = failures[0] ?? assert.fail(`not found in seeds ${firstSeed} to ${seedsMax}`);
      assert.isNull(simulate(found.seed).failure, `seed ${found.seed} fails without the bug`);
      if (this.test) this.test.title += ` in ${seeds} seeds: seed ${found.seed}, ${found.failure}`;
    });
  }
});
