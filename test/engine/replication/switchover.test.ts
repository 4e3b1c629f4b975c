import { expect } from "chai";
import { SmallCluster } from "../../support/small-cluster.ts";

describe("Switchover", () => {
  it("takes a few message rounds, whoever of the two answers last", () => {
    for (const isRedisFirst of [true, false]) {
      const cluster = SmallCluster.whole();
      const { primary, standby } = cluster.roles;
      // One of the two is asked and answers later: nothing is committed by its answer.
      cluster.delayMs = (from, to) =>
        from === (isRedisFirst ? standby.name : "redis") ||
        to === (isRedisFirst ? standby.name : "redis")
          ? 6
          : 1;
      primary.submit();
      expect(primary.live.switchOver(cluster.nowMs, "a test")).to.equal(true);
      const startMs = cluster.nowMs;
      cluster.until(() => standby.live.isServing);
      expect(cluster.nowMs - startMs).to.be.below(60);
      expect(primary.live.role).to.equal("standby");
    }
  });

  it("goes on where the standby does not take over", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby } = cluster.roles;
    standby.replica = null;
    expect(primary.live.switchOver(cluster.nowMs, "a test")).to.equal(true);
    expect(primary.submit()).to.equal(false);
    cluster.until(() => !primary.live.isHandingOver);
    expect(primary.submit()).to.equal(true);
    cluster.run(20);
    expect(primary.live.state.committed).to.equal(primary.live.state.log.lastPosition);
  });

  it("repeats a call that was lost", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby } = cluster.roles;
    primary.live.switchOver(cluster.nowMs, "a test");
    // The call is on its way now, and is lost.
    cluster.cut(primary.name, standby.name);
    cluster.run(5);
    cluster.join();
    cluster.until(() => standby.live.isServing, 150);
  });

  it("is refused by an engine that does not serve, and needs a peer in sync", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby } = cluster.roles;
    expect(standby.live.switchOver(cluster.nowMs, "a test")).to.equal(false);
    standby.crash();
    cluster.until(() => !primary.live.inSync().includes("peer"));
    expect(primary.live.switchOver(cluster.nowMs, "a test")).to.equal(false);
  });
});
