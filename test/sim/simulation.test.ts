// The simulator itself: a run is a function of its seed, and does what it is there to do.

import { assert } from "chai";
import { isCovered, neverReached, seedsForCoverage } from "./coverage.ts";
import { replayLine } from "./minimise.ts";
import { minimiseSeed, runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";

describe("Simulation", function () {
  // Hundreds of seeds: seconds on a machine that does nothing else.
  this.timeout(240_000);

  it("replays a seed exactly, event by event", () => {
    const traces = [0, 1].map(() => {
      const lines: string[] = [];
      const result = simulate(11, { print: (line) => lines.push(line) });
      return { result, lines };
    });
    assert.isAbove(traces[0]?.lines.length ?? 0, 500);
    assert.deepEqual(traces[0], traces[1]);
  });

  it("runs another history for another seed", () => {
    assert.notDeepEqual({ ...simulate(1), seed: 0 }, { ...simulate(2), seed: 0 });
  });

  it("gives the same sums for any number of threads", async () => {
    const range = { firstSeed: 1, count: 30, bug: null, failuresMax: 1 };
    const alone = await runSeeds({ ...range, jobs: 1 });
    const together = await runSeeds({ ...range, jobs: 3 });
    assert.equal(together.events, alone.events);
    assert.deepEqual(sorted(together.decisions), sorted(alone.decisions));
  });

  it("strikes only what a replay asks for", () => {
    const { strikes, tradeMs } = simulate(11);
    assert.isAbove(strikes.length, 1);
    const first = strikes[0] ?? assert.fail("nothing was struck");
    const only = simulate(11, { only: new Set([first.id]), tradeMs });
    assert.deepEqual(only.strikes, [first]);
    assert.deepEqual(simulate(11, { only: new Set() }).strikes, []);
  });

  it("makes a failing seed smaller, and says how to replay it", async () => {
    const bug = "acknowledge-alone";
    const range = { firstSeed: 1, count: 40, jobs: 1, shareMax: 1, failuresMax: 1, bug };
    const { failures } = await runSeeds(range);
    const seed = failures[0]?.seed ?? assert.fail("the bug was not found");
    const minimised = (await minimiseSeed(seed, bug)) ?? assert.fail("it fails no more");
    assert.isAtMost(minimised.strikes.length, simulate(seed).strikes.length);
    assert.isAtMost(minimised.strikes.length, 4);
    const ids = minimised.strikes.map(({ id }) => id).join(",");
    const line = `./castle sim --seed ${seed} --faults ${ids} --trade-ms ${minimised.tradeMs}`;
    assert.equal(replayLine(minimised, bug), `${line} --bug ${bug}`);
  });

  it("makes nothing smaller of a seed that holds", async () => {
    assert.isNull(await minimiseSeed(11, null));
  });

  it("says which transitions long runs never reached", () => {
    const tally = { decisions: { STARTED: 1 }, seeds: seedsForCoverage };
    assert.include(neverReached(tally), "SERVING");
    assert.isFalse(isCovered(tally));
    assert.isTrue(isCovered({ ...tally, seeds: seedsForCoverage - 1 }));
  });

  it("reaches every transition but a rare one within 300 seeds", async () => {
    const tally = await runSeeds({ firstSeed: 1, count: 300, jobs: 2, bug: null, failuresMax: 1 });
    assert.deepEqual(tally.failures, []);
    assert.includeMembers(["VOTE_REFUSED"], neverReached(tally));
    assert.isAbove(tally.reads, 1_000);
  });
});

function sorted(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}
