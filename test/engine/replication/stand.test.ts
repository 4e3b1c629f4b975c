// What an operator may ask of a standby: to stand for election now.

import { expect } from "chai";
import { SmallCluster } from "../../support/small-cluster.ts";

describe("Stand", () => {
  it("takes over from a silent primary while failover is paused, and leaves it paused", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby } = cluster.roles;
    for (const { live } of cluster.members) live.operators.setPaused(true, "maintenance");
    cluster.silence(primary.name, standby.name);
    cluster.silence(primary.name, "redis");
    expect(standby.live.operators.stand("too early")).to.equal("PRIMARY_ALIVE");
    cluster.run(1_000);
    expect(cluster.serving).to.deep.equal([primary]);
    expect(standby.live.operators.stand("the zone is gone")).to.equal(null);
    expect(standby.live.operators.stand("the zone is gone")).to.equal(null);
    cluster.until(() => standby.live.isServing, 50);
    expect(standby.live.state.control.isPaused).to.equal(true);
    expect(standby.live.operators.stand("again")).to.equal(null);
    expect(standby.codes.filter((code) => code === "SERVING")).to.have.length(1);
    const { reason } = standby.decisions.findLast(({ code }) => code === "SUSPECTED") ?? {};
    expect(reason).to.equal("OPERATOR, the zone is gone");
  });

  it("does not wait for anti-flap", () => {
    const cluster = SmallCluster.whole();
    const { primary: first, standby: second } = cluster.roles;
    cluster.silence(first.name, second.name);
    cluster.silence(first.name, "redis");
    cluster.until(() => second.live.isServing);
    cluster.join();
    cluster.until(() => second.live.inSync().length === 2);
    cluster.silence(second.name, first.name);
    cluster.silence(second.name, "redis");
    const startMs = cluster.nowMs;
    cluster.until(() => first.live.operators.stand("an operator") === null);
    cluster.until(() => first.live.isServing);
    expect(cluster.nowMs - startMs).to.be.within(150, 300);
  });

  it("is refused where nobody could vote, to a fenced engine, and to one without its log", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby } = cluster.roles;
    standby.live.operators.setFenced(true, "a test");
    expect(standby.live.operators.stand("a test")).to.equal("FENCED");
    standby.live.operators.setFenced(false, "a test");
    cluster.cut(standby.name, primary.name);
    cluster.cut(standby.name, "redis");
    cluster.run(500);
    expect(standby.live.operators.stand("a test")).to.equal("NO_VOTER");
    standby.crash();
    standby.disk.loseLog();
    standby.start();
    expect(standby.live.operators.stand("a test")).to.equal("LOG_LOST");
    expect(primary.live.isServing).to.equal(true);
  });
});
