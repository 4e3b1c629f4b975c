// The simulator is worth what it finds. Each planted bug breaks one rule of the protocol; it must be
// found, and the seed that finds it must hold without it. The table in docs/simulation.md tells which
// seed found each bug; a change anywhere shifts all chances, and then the search goes on.

import { readFileSync } from "node:fs";
import { assert } from "chai";
import { plantedBugs } from "./planted-bugs.ts";
import { runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";
import type { Failure } from "./tally.ts";

const seedsMax = 3_000;
const page = new URL("../../docs/simulation.md", import.meta.url);
const row = /^\| `([a-z-]+)` \| .* \| (\d+) \|/gm;

const bugs = Object.keys(plantedBugs);
const seedByBug = new Map(
  [...readFileSync(page, "utf8").matchAll(row)].map(([, bug, seed]) => [bug, Number(seed)]),
);

async function find(bug: string): Promise<Failure | null> {
  const known = seedByBug.get(bug) ?? 1;
  const common = { jobs: 1, failuresMax: 1, bug };
  const first = await runSeeds({ ...common, firstSeed: known, count: 1 });
  if (first.failures[0] !== undefined) return first.failures[0];
  const range = { ...common, firstSeed: 1, count: seedsMax, shareMax: 5 };
  return (await runSeeds(range)).failures[0] ?? null;
}

describe("Planted bugs", function () {
  // Each search starts a thread of its own; most end with the first seed.
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
      const failed = (await found.get(bug)) ?? assert.fail(`not found in ${seedsMax} seeds`);
      const { seed, failure } = failed;
      assert.isNull(simulate(seed).failure, `seed ${seed} fails without the bug`);
      if (this.test) this.test.title += `: seed ${seed}, ${failure}`;
    });
  }
});
