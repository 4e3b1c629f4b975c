// What was heard of the primary, and when it counts: of a start, and of the time before a cut.

import { expect } from "chai";
import { SmallCluster } from "../../support/small-cluster.ts";

describe("Word of the primary", () => {
  it("ends a start's grace: a refused connection is death at once", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby } = cluster.roles;
    standby.crash();
    standby.start();
    const startedMs = cluster.nowMs;
    cluster.until(() => standby.live.peer.role === "primary");
    // What is under way arrives: in life no message follows the refusal of a connection.
    cluster.run(30);
    // Well inside of the grace of its start, which is above a second.
    primary.crash();
    cluster.until(() => standby.live.isServing);
    expect(cluster.nowMs - startedMs).to.be.below(100);
    const { reason } = standby.decisions.findLast(({ code }) => code === "SUSPECTED") ?? {};
    expect(reason).to.equal("PROCESS_DIED");
  });

  it("is not old news: a silent zone that heals is replaced exactly once", () => {
    for (const healAfterMs of [0, 20, 100, 400, 1_500]) {
      const cluster = SmallCluster.whole();
      const { primary: silent, standby: next } = cluster.roles;
      // The silent one remembers of the other engine that it was a standby.
      cluster.run(100);
      cluster.silence(silent.name, next.name);
      cluster.silence(silent.name, "redis");
      cluster.until(() => next.live.isServing);
      cluster.run(healAfterMs);
      // Redis is heard first: from it alone the deposed one learns of the newer epoch.
      cluster.join(silent.name, "redis");
      cluster.until(() => silent.codes.includes("DEPOSED"));
      cluster.run(20);
      cluster.join();
      cluster.run(3_000);
      const promotions = [silent, next].map(
        ({ codes }) => codes.filter((code) => code === "SERVING").length,
      );
      expect(promotions, `healed after ${healAfterMs} ms`).to.deep.equal([1, 1]);
      expect(next.live.isServing).to.equal(true);
      expect(next.live.inSync()).to.have.members(["peer", "redis"]);
    }
  });
});
