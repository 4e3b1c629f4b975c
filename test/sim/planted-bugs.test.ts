// The simulator is worth what it finds. Each planted bug breaks one rule of the protocol; it must be found by
// the seed that the table in docs/simulation.md tells, and that seed must hold without it. A change
// anywhere shifts all chances, and then `castle sim --bugs` writes the table anew.

import { readFileSync } from "node:fs";
import { assert } from "chai";
import { plantedBugs } from "./planted-bugs.ts";
import { runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";
import type { Failure } from "./tally.ts";

const page = new URL("../../docs/simulation.md", import.meta.url);
const row = /^\| `([a-z-]+)` \| .* \| (\d+) \|/gm;

const bugs = Object.keys(plantedBugs);
const seedByBug = new Map(
  [...readFileSync(page, "utf8").matchAll(row)].map(([, bug, seed]) => [bug, Number(seed)]),
);

async function find(bug: string): Promise<Failure | null> {
  const firstSeed = seedByBug.get(bug) ?? 1;
  const range = { firstSeed, count: 1, jobs: 1, failuresMax: 1, bug };
  return (await runSeeds(range)).failures[0] ?? null;
}

describe("Planted bugs", function () {
  // One seed each, in a thread of its own.
  this.timeout(300_000);
  const found = new Map<string, Promise<Failure | null>>();

  before(() => {
    // Two at a time, as many as a small machine has processors.
    let lanes = [Promise.resolve(), Promise.resolve()];
    for (const bug of bugs) {
      const [lane = Promise.resolve(), ...others] = lanes;
      const search = lane.then(() => find(bug));
      found.set(bug, search);
      lanes = [...others, search.then(() => undefined)];
    }
  });

  it("stand in the table of docs/simulation.md", () => {
    assert.sameMembers([...seedByBug.keys()], bugs);
  });

  for (const bug of bugs) {
    it(`finds ${bug}`, async function () {
      const failed = await found.get(bug);
      const { seed, failure } =
        failed ?? assert.fail("its seed finds it no more: ./castle sim --bugs writes a new table");
      assert.isNull(simulate(seed).failure, `seed ${seed} fails without the bug`);
      if (this.test) this.test.title += `: seed ${seed}, ${failure}`;
    });
  }
});
