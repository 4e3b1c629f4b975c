// Rule 14: who has a seat, and what becomes of the one that had it.

import { expect } from "chai";
import {
  incarnationIn,
  memberText,
  partsOfStamp,
  seatOf,
  withMember,
} from "../../../engine/replication/members.ts";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

describe("Members", () => {
  it("are the first incarnations until entries name others", () => {
    expect(incarnationIn("", "1")).to.equal(1);
    const one = withMember("", memberText("2", 5));
    expect([incarnationIn(one, "1"), incarnationIn(one, "2")]).to.deep.equal([1, 5]);
    const both = withMember(one, memberText("1", 2));
    expect(both).to.equal("|1=2|2=5");
    expect(withMember(both, memberText("1", 3))).to.equal("|1=3|2=5");
  });

  it("are told apart by region, where there are regions", () => {
    const members = withMember("", memberText(seatOf(1, "east"), 2));
    expect(incarnationIn(members, seatOf(1, "west"))).to.equal(1);
    expect(incarnationIn(members, seatOf(1, "east"))).to.equal(2);
  });

  it("follow the Redis instance in what a snapshot says", () => {
    expect(partsOfStamp("a:b:c|1=2")).to.deep.equal({ instance: "a:b:c", members: "|1=2" });
    expect(partsOfStamp("a:b:c")).to.deep.equal({ instance: "a:b:c", members: "" });
  });
});

describe("A replaced member", () => {
  /** Its seat is given to another machine, which runs, while it runs on itself. */
  function replaced(isNamed = true): {
    cluster: SmallCluster;
    primary: SmallMember;
    old: SmallMember;
    next: SmallMember;
  } {
    const cluster = SmallCluster.whole();
    const { primary, standby: old } = cluster.roles;
    const next = cluster.replace(old);
    if (isNamed) expect(primary.live.operators.replacePeer(2, "asked")).to.equal(null);
    next.start();
    return { cluster, primary, old, next };
  }

  it("is followed by an empty engine that recovers", () => {
    const { cluster, primary, next } = replaced();
    cluster.until(() => primary.live.inSync().length === 2);
    expect(next.codes).to.include.members(["RECOVERING", "RECOVERED"]);
    expect(primary.live.state.peerIncarnation).to.equal(2);
    primary.submit();
    primary.live.switchOver(cluster.nowMs);
    cluster.until(() => next.live.isServing);
  });

  it("is told so when it speaks, and never takes part again", () => {
    const { cluster, primary, old } = replaced();
    cluster.until(() => primary.live.inSync().length === 2);
    old.live.onPeerConnected(cluster.nowMs);
    cluster.until(() => old.live.role === "replaced");
    expect(old.codes).to.include("REPLACED");
    expect(old.live.operators.stand("asked")).to.equal("REPLACED");
    expect(old.live.operators.force("asked")).to.equal("REPLACED");
    old.start();
    expect(old.live.role).to.equal("replaced");
    cluster.run(2_000);
    expect(cluster.roles.primary).to.equal(primary);
    expect(primary.live.state.epoch).to.equal(1);
  });

  it("gets no vote of a Redis whose snapshot knows it, and takes it no epoch", () => {
    const { cluster, primary, old, next } = replaced();
    cluster.until(() => primary.live.inSync().length === 2);
    primary.submit();
    cluster.run(200);
    const { epoch } = primary.live.state;
    next.replica = null;
    cluster.cut("engine1", "engine2");
    cluster.cut(primary.name, "redis");
    cluster.until(() => old.live.role === "replaced");
    expect(old.codes).to.include("EPOCH_TAKEN");
    expect(cluster.redis.call({ kind: "observe" })).to.include({ epoch });
  });

  it("is not counted from the moment when its successor is named", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby: old } = cluster.roles;
    cluster.cut(primary.name, "redis");
    expect(primary.live.operators.replacePeer(2, "asked")).to.equal(null);
    const { committed } = primary.live.state;
    primary.submit();
    cluster.run(400);
    // Its log is whole, and it answered: but it is nobody, and Redis is not in reach.
    expect(old.live.state.log.lastPosition).to.be.greaterThan(committed);
    expect(primary.live.state.committed).to.equal(committed);
    cluster.join();
    cluster.until(() => primary.live.state.committed > committed);
  });

  it("goes on as long as nobody has named its successor", () => {
    const { cluster, primary, next } = replaced(false);
    cluster.run(1_000);
    expect(next.live.role).to.equal("recovering");
    expect(primary.live.state.peerIncarnation).to.equal(1);
    expect(primary.live.operators.replacePeer(3, "asked")).to.equal(null);
    cluster.run(1_000);
    // Named was the next but one: this one is as good as replaced.
    expect(next.live.role).to.equal("replaced");
  });

  it("is remembered behind a checkpoint", () => {
    const { cluster, primary, next } = replaced();
    cluster.until(() => primary.live.inSync().length === 2);
    for (const { live } of [primary, next]) live.state.checkpoint(live.state.capture());
    for (const member of [primary, next]) {
      member.start();
      expect(member.live.state.log.incarnationOf(String(next.id))).to.equal(2);
    }
    cluster.until(() => cluster.serving[0]?.live.inSync().length === 2);
  });

  it("is not replaced without a Redis that can commit it", () => {
    const cluster = SmallCluster.whole();
    const { primary } = cluster.roles;
    cluster.cut(primary.name, "redis");
    cluster.run(500);
    expect(primary.live.operators.replacePeer(2, "asked")).to.equal("REDIS_NOT_IN_SYNC");
    expect(cluster.other(primary).live.operators.replacePeer(2, "asked")).to.equal("NOT_SERVING");
  });
});
