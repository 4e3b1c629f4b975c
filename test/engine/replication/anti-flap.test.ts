// Anti-flap: no second switch for silence right after the first, unless the primary is really gone.

import { expect } from "chai";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

/** The primary falls silent; the other engine takes its place; then it is back as a standby. */
function switched(): { cluster: SmallCluster; now: SmallMember; before: SmallMember } {
  const cluster = SmallCluster.whole();
  const { primary: before, standby: now } = cluster.roles;
  silence(cluster, before);
  cluster.until(() => now.live.isServing);
  cluster.join();
  cluster.until(() => now.live.inSync().length === 2 && before.live.role === "standby");
  return { cluster, now, before };
}

function silence(cluster: SmallCluster, member: SmallMember): void {
  cluster.cut(member.name, cluster.other(member).name);
  cluster.cut(member.name, "redis");
}

/** How long the exchange was without a primary. */
function gapMs(cluster: SmallCluster, next: SmallMember): number {
  const startMs = cluster.nowMs;
  cluster.until(() => next.live.isServing);
  return cluster.nowMs - startMs;
}

describe("Anti-flap", () => {
  it("lets a second silence last longer", () => {
    const { cluster, now, before } = switched();
    silence(cluster, now);
    expect(gapMs(cluster, before)).to.be.within(950, 1_200);
    const reason = before.decisions.findLast(({ code }) => code === "SUSPECTED")?.reason;
    expect(reason).to.equal("SILENT for 1000 ms, so soon after a switch");
  });

  it("ends with its window", () => {
    const { cluster, now, before } = switched();
    cluster.run(10_000);
    silence(cluster, now);
    expect(gapMs(cluster, before)).to.be.within(150, 400);
  });

  it("does not hold up what is no silence: a dead process", () => {
    const { cluster, now, before } = switched();
    now.crash();
    expect(gapMs(cluster, before)).to.be.below(50);
  });

  it("does not hold up an operator, nor a first silence after one", () => {
    const { cluster, now, before } = switched();
    now.live.switchOver(cluster.nowMs, "an operator");
    expect(gapMs(cluster, before)).to.be.below(50);
    cluster.until(() => before.live.inSync().length === 2);
    silence(cluster, before);
    expect(gapMs(cluster, now)).to.be.within(150, 400);
  });
});
