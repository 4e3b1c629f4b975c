// The simulator itself: a run is a function of its seed, and does what it is there to do.

import { assert } from "chai";
import { decisionCodes } from "../../engine/replication/decision.ts";
import { runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";

describe("Simulation", function () {
  this.timeout(60_000);

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

  it("reaches every decision but a rare one, and one that a correct core never makes", async () => {
    const tally = await runSeeds({ firstSeed: 1, count: 300, jobs: 2, bug: null, failuresMax: 1 });
    assert.deepEqual(tally.failures, []);
    const never = decisionCodes.filter((code) => tally.decisions[code] === undefined);
    assert.includeMembers(["HASH_DIVERGED", "VOTE_REFUSED"], never);
    assert.isAbove(tally.reads, 1_000);
  });
});

function sorted(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}
