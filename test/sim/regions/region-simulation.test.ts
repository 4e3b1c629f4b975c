// Two regions in the simulator: seeds hold, a seed is the same run each time, and each planted bug of regions is found
// by the seed that docs/simulation.md names, or by another one.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assert } from "chai";
import { neverReached, regionCodes } from "../coverage.ts";
import { regionBugs } from "./region-bugs.ts";
import { simulateRegions } from "./region-simulation.ts";

const program = fileURLToPath(new URL("../../../castle.ts", import.meta.url));
const page = new URL("../../../docs/simulation.md", import.meta.url);
const row = /^\| (\d+) \| `([a-z-]+)` \|/gm;
const seedByBug = new Map(
  [...readFileSync(page, "utf8").matchAll(row)].map(([, seed, bug = ""]) => [bug, Number(seed)]),
);
const seeds = 600;
const seedsMax = 600;

/** In a process of its own: what a bug patches is patched for good. */
async function findsIn(bug: string, firstSeed: number, count: number): Promise<string | undefined> {
  const args = ["sim", "--regions", "--json", "--bug", bug, "--seeds", String(count)];
  const found = await promisify(execFile)(process.execPath, [
    ...[program, ...args, "--first-seed", String(firstSeed)],
  ]).catch((error: { stdout: string }) => error);
  return JSON.parse(found.stdout).failures[0]?.failure;
}

describe("Simulation of two regions", function () {
  // Six hundred runs, and then a process for each bug.
  this.timeout(240_000);

  it(`holds for ${seeds} seeds, and comes to what it is for`, () => {
    const decisions = new Map<string, number>();
    let lost = 0;
    let syncRuns = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const result = simulateRegions(seed);
      assert.isNull(result.failure, `./castle sim --regions --seed ${seed}`);
      lost += result.lost;
      syncRuns += result.isSync ? 1 : 0;
      for (const [code, times] of Object.entries(result.decisions)) {
        decisions.set(code, (decisions.get(code) ?? 0) + times);
      }
    }
    assert.isAbove(lost, 0, "a lost region takes something with it");
    assert.isAbove(syncRuns, 0);
    assert.deepEqual(neverReached({ decisions: Object.fromEntries(decisions) }, regionCodes), []);
  });

  it("serves on where its engines have heard of the second of two terms that it kept only", () =>
    assert.isNull(simulateRegions(510).failure));

  it("is a function of the seed", () => {
    assert.deepEqual(simulateRegions(11), simulateRegions(11));
  });

  it("has its bugs in the table of docs/simulation.md", () => {
    assert.sameMembers([...seedByBug.keys()], Object.keys(regionBugs));
  });

  for (const bug of Object.keys(regionBugs)) {
    it(`finds ${bug}`, async () => {
      const known = seedByBug.get(bug) ?? 1;
      const failure = (await findsIn(bug, known, 1)) ?? (await findsIn(bug, 1, seedsMax));
      assert.isString(failure, `not found in ${seedsMax} seeds`);
    });
  }
});
