// A region comes back to the lead with one engine that the other region's lead left out: what that engine had
// committed was lost with the region, it never met the other region's journal, and its checkpoint holds it.

import { expect } from "chai";
import { buildBatch, type LogBatch } from "../../../engine/replication/log-batch.ts";
import { epochFloor, onlyRegion, type RegionStanding } from "../../../engine/replication/region.ts";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

const standing = (role: RegionStanding["role"], term: number): RegionStanding => ({
  ...{ role, term, sinceTerm: term },
  isDrained: false,
  isInSync: false,
});

/** What the other region sequenced in term 2. */
function entriesOf(first: number, count: number): LogBatch {
  const barrier = { kind: "barrier" as const, data: new Uint8Array(0) };
  return buildBatch(epochFloor(2) + 1, first, Array(count).fill(barrier));
}

interface Situation {
  readonly lostCount: number;
  readonly ledCount: number;
  /** The engine that was left out hears of term 2 as well. */
  readonly isTold?: boolean;
}

interface Opened {
  readonly cluster: SmallCluster;
  readonly leftOut: SmallMember;
  readonly follower: SmallMember;
  readonly followed: LogBatch;
}

/**
 * In term 1 one engine and Redis commit `lostCount` entries that the other engine and the other region never
 * get. The other region leads term 2 with `ledCount` entries; then this one is opened with both of its engines.
 */
function opened({ lostCount, ledCount, isTold = true }: Situation): Opened {
  const cluster = SmallCluster.whole({ region: { ...onlyRegion, ...standing("active", 1) } });
  const { primary: leftOut, standby: follower } = cluster.roles;
  for (let count = 0; count < 5; count++) leftOut.submit();
  cluster.run(100);
  follower.crash();
  for (let count = 0; count < lostCount; count++) leftOut.submit();
  cluster.run(100);
  leftOut.live.state.checkpoint(leftOut.live.state.capture());
  leftOut.crash();
  cluster.replaceRedis();
  follower.start();
  follower.live.regions.follow(standing("dr", 2), "the register");
  const { lastPosition } = follower.live.state.log;
  const followed = entriesOf(lastPosition + 1, ledCount);
  follower.live.regions.onUp();
  const overlap = follower.live.state.log.read(lastPosition, lastPosition, 1_000);
  const feed = { epoch: followed.epoch, batches: [...overlap, followed], marks: [] };
  expect(follower.live.regions.onFeed(feed)).to.equal("taken");
  leftOut.start();
  // Of the other region's journal it gets nothing.
  if (isTold) leftOut.live.regions.follow(standing("dr", 2), "the register");
  for (const { live } of cluster.members) live.regions.open(standing("active", 3), "the register");
  return { cluster, leftOut, follower, followed };
}

function expectWhole({ cluster, leftOut, follower, followed }: Opened): void {
  cluster.until(() => cluster.serving[0]?.live.inSync().length === 2);
  expect(leftOut.codes).to.include.members(["LOG_ABANDONED", "RECOVERED"]);
  expect(follower.codes).not.to.include("LOG_ABANDONED");
  const [one, other] = cluster.members.map(({ live }) => live.state);
  if (one === undefined || other === undefined) throw new Error("there are two");
  cluster.until(() => one.committed === other.committed);
  for (let at = 1; at <= one.committed; at++) {
    expect(one.log.epochAt(at), `at ${at}`).to.equal(other.log.epochAt(at));
  }
  expect(one.log.epochAt(followed.first)).to.equal(followed.epoch);
  expect(one.mark().hash).to.equal(other.mark().hash);
}

describe("An engine that the other region's lead left out", () => {
  it("gives its log up for the one that is whole, before anybody serves", () => {
    const situation = opened({ lostCount: 4, ledCount: 20 });
    expectWhole(situation);
  });

  it("does so where its checkpoint lies behind the end of that log", () => {
    const situation = opened({ lostCount: 40, ledCount: 2 });
    expectWhole(situation);
  });

  it("does so where it has heard of nothing in between", () => {
    const situation = opened({ lostCount: 4, ledCount: 20, isTold: false });
    expectWhole(situation);
  });

  it("takes nothing of a voter's log onto its own", () => {
    const situation = opened({ lostCount: 4, ledCount: 20 });
    const { cluster, leftOut, follower } = situation;
    leftOut.decisions.length = 0;
    leftOut.live.becomeCandidate("it is the first to suspect");
    cluster.until(() => leftOut.codes.includes("VOTE_GRANTED"));
    expectWhole(situation);
    expect(leftOut.codes).not.to.include("LOG_READ");
    expect(cluster.serving).to.deep.equal([follower]);
  });

  it("says in its log why it gave up", () => {
    const situation = opened({ lostCount: 4, ledCount: 20 });
    expectWhole(situation);
    const abandoned = situation.leftOut.decisions.find(({ code }) => code === "LOG_ABANDONED");
    expect(abandoned?.reason).to.equal("left out in term 3");
  });
});
