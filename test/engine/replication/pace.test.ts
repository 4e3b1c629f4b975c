// How often a primary sends: batches where few commands come, snapshots where Redis is slow.

import { expect } from "chai";
import { SmallCluster } from "../../support/small-cluster.ts";

describe("Batches", () => {
  it("leave at once where few entries are under way, so that each waits for one round trip", () => {
    const cluster = SmallCluster.whole();
    const { primary } = cluster.roles;
    const { state } = primary.live;
    cluster.run(100);
    cluster.delayMs = () => 10;
    const lates: number[] = [];
    const before = state.log.lastPosition;
    for (let order = 1; order <= 20; order++) {
      expect(primary.submit()).to.equal(true);
      const position = before + order;
      const sentMs = cluster.nowMs;
      cluster.after(21, () => {
        if (state.committed < position) lates.push(cluster.nowMs - sentMs);
      });
      cluster.run(3);
    }
    cluster.run(30);
    expect(lates).to.deep.equal([]);
    expect(state.committed).to.equal(before + 20);
  });

  it("grow where many are under way", () => {
    const cluster = SmallCluster.whole();
    const { primary } = cluster.roles;
    const { state } = primary.live;
    cluster.run(100);
    cluster.delayMs = () => 10;
    const first = state.log.lastPosition + 1;
    for (let ms = 0; ms < 10; ms++) {
      for (let command = 0; command < 40; command++) primary.submit();
      cluster.run(1);
    }
    cluster.run(60);
    const batches = state.log.read(first, state.log.lastPosition, Number.MAX_SAFE_INTEGER);
    expect(state.log.lastPosition).to.equal(first + 399);
    expect(batches.length).to.be.at.most(8);
  });
});

describe("Snapshots", () => {
  /** Milliseconds from one to the next, under a steady flow of commands. */
  function gaps(redisDelayMs: number): number[] {
    const cluster = SmallCluster.whole();
    const { primary } = cluster.roles;
    cluster.delayMs = (from, to) => (from === "redis" || to === "redis" ? redisDelayMs : 1);
    const atMs: number[] = [];
    const call = cluster.redis.call.bind(cluster.redis);
    cluster.redis.call = (request) => {
      if (request.kind === "writeSnapshot") atMs.push(cluster.nowMs);
      return call(request);
    };
    for (let command = 0; command < 200; command++) {
      primary.submit();
      cluster.run(10);
    }
    // The first ones belong to the time before.
    return atMs.slice(2).map((ms, index) => ms - (atMs[index + 1] as number));
  }

  it("follow each other at their interval where Redis is quick", () => {
    expect(Math.max(...gaps(1))).to.be.at.most(80);
  });

  it("leave a slow Redis four times as long as it took", () => {
    const slow = gaps(20);
    expect(slow.length).to.be.above(5);
    expect(Math.min(...slow.slice(1))).to.be.at.least(150);
  });
});
