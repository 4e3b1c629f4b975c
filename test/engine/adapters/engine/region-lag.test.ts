import { assert } from "chai";
import { RegionLag } from "../../../../engine/adapters/engine/region-lag.ts";

describe("RegionLag", () => {
  it("is nothing before anything was sent, and where all is answered for", () => {
    const lag = new RegionLag();
    assert.deepEqual(lag.at(5_000), { entries: 0, ms: 0 });
    lag.advance(10, 1_000);
    lag.answer(10);
    assert.deepEqual(lag.at(5_000), { entries: 0, ms: 0 });
  });

  it("counts entries, and the age of the oldest that is not answered for", () => {
    const lag = new RegionLag();
    lag.advance(10, 1_000);
    lag.advance(20, 1_100);
    lag.advance(30, 1_200);
    assert.deepEqual(lag.at(1_300), { entries: 30, ms: 300 });
    lag.answer(15);
    assert.deepEqual(lag.at(1_300), { entries: 15, ms: 200 });
  });

  it("tells rather too much than too little where samples lie close together", () => {
    const lag = new RegionLag();
    lag.advance(10, 1_000);
    lag.advance(20, 1_001);
    lag.answer(10);
    assert.deepEqual(lag.at(1_100), { entries: 10, ms: 100 });
  });

  it("holds a bounded number of samples, and the age of the oldest through it all", () => {
    const lag = new RegionLag();
    for (let step = 1; step <= 10_000; step++) lag.advance(step, step * 10);
    assert.deepEqual(lag.at(100_000), { entries: 10_000, ms: 99_990 });
    lag.answer(5_000);
    const { entries, ms } = lag.at(100_000);
    assert.equal(entries, 5_000);
    assert.isAtLeast(ms, 49_990);
    assert.isAtMost(ms, 60_000);
  });
});
