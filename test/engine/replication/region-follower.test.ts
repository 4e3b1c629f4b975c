// What an engine of a region that follows knows of its own log: whether it is a part of the active region's.

import { expect } from "chai";
import { buildBatch, type LogBatch, lastOf } from "../../../engine/replication/log-batch.ts";
import { epochFloor, onlyRegion, type RegionStanding } from "../../../engine/replication/region.ts";
import type { RegionMoves } from "../../../engine/replication/region-moves.ts";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

const standing = (
  role: RegionStanding["role"],
  term: number,
  sinceTerm = term,
): RegionStanding => ({ role, term, sinceTerm, isDrained: false, isInSync: false });

/** The region that leads in term 2, with some entries. */
function leader(): SmallCluster {
  const cluster = SmallCluster.whole({ region: { ...onlyRegion, ...standing("active", 2) } });
  for (let count = 0; count < 10; count++) cluster.roles.primary.submit();
  cluster.run(200);
  return cluster;
}

/** The other region led term 3; this one leads again. */
function leadAgain(cluster: SmallCluster): void {
  for (const { live } of cluster.members) live.regions.open(standing("active", 4), "a test");
  cluster.until(() => cluster.serving[0]?.live.inSync().length === 2);
}

function follower(): SmallMember {
  const region = { ...onlyRegion, ...standing("dr", 2) };
  const [member] = new SmallCluster({ region }).members;
  member.start();
  member.live.regions.onUp();
  return member;
}

function entries({ roles }: SmallCluster, from: number, to: number): LogBatch[] {
  return roles.primary.live.state.log.read(from, to, Number.MAX_SAFE_INTEGER);
}

function feed(regions: RegionMoves, batches: readonly LogBatch[], epoch = batches[0]?.epoch) {
  return regions.onFeed({ epoch: epoch ?? null, batches, marks: [] });
}

describe("An engine of a region that follows", () => {
  let active: SmallCluster;
  let member: SmallMember;
  let regions: RegionMoves;

  beforeEach(() => {
    active = leader();
    member = follower();
    regions = member.live.regions;
    expect(feed(regions, entries(active, 1, 5))).to.equal("taken");
  });

  it("has a part of the active region's log as long as that leads", () => {
    expect(regions.isPart).to.equal(true);
    regions.follow(standing("dr", 3, 2), "the move was given up");
    expect(regions.isPart).to.equal(true);
  });

  it("has it in a new lead once the end of its log is found there, and not by anything before", () => {
    regions.follow(standing("dr", 4), "this region led term 3");
    leadAgain(active);
    const { epoch } = active.roles.primary.live.state;
    regions.onUp();
    expect(regions.isPart).to.equal(false);
    expect(feed(regions, entries(active, 1, 4), epoch)).to.equal("taken");
    expect(regions.isPart).to.equal(false);
    expect(feed(regions, entries(active, 5, 5), epoch)).to.equal("taken");
    expect(regions.isPart).to.equal(true);
  });

  it("takes nothing of a primary that has not heard that its lead is over", () => {
    regions.follow(standing("dr", 4), "this region led term 3");
    regions.onUp();
    expect(feed(regions, entries(active, 5, 7))).to.equal("gap");
    expect(member.live.state.log.lastPosition).to.equal(5);
  });

  it("is diverged by an entry of its own that the active region lacks", () => {
    const own = buildBatch(epochFloor(3) + 1, 6, [{ kind: "barrier", data: new Uint8Array(0) }]);
    member.live.state.takeEpoch(own.epoch);
    member.live.state.merge([own]);
    regions.follow(standing("dr", 4), "this region led term 3");
    leadAgain(active);
    const { epoch, log } = active.roles.primary.live.state;
    regions.onUp();
    expect(feed(regions, entries(active, 1, 5), epoch)).to.equal("taken");
    expect(regions.isPart).to.equal(false);
    expect(regions.onSnapshot(active.roles.primary.live.state.capture())).to.equal(false);
    expect(feed(regions, entries(active, 6, log.lastPosition), epoch)).to.equal("diverged");
    expect(regions.isPart).to.equal(false);
  });

  describe("and a snapshot, where the journal no longer reaches back to its log", () => {
    it("goes on from it", () => {
      const snapshot = active.roles.primary.live.state.capture();
      expect(snapshot.position).to.be.greaterThan(6);
      expect(feed(regions, entries(active, 7, 8))).to.equal("gap");
      expect(regions.onSnapshot(snapshot)).to.equal(true);
      expect(member.codes).not.to.include("LOG_CUT");
      active.roles.primary.submit();
      active.run(100);
      const { log } = active.roles.primary.live.state;
      const next = entries(active, snapshot.position + 1, log.lastPosition);
      regions.onUp();
      expect(feed(regions, next)).to.equal("gap");
      regions.onUp(true);
      expect(feed(regions, next)).to.equal("taken");
      expect(member.live.state.committed).to.equal(lastOf(next.at(-1) as LogBatch));
      expect(member.machine.mark().hash).to.equal(active.roles.primary.machine.mark().hash);
    });

    it("has its end shown by one that stands there", () => {
      const { state } = active.roles.primary.live;
      expect(feed(regions, entries(active, 5, state.log.lastPosition))).to.equal("taken");
      expect(regions.onSnapshot(state.capture())).to.equal(true);
      expect(member.codes).not.to.include("SNAPSHOT_LOADED");
    });

    it("takes none of a lead that its log is not known to be a part of", () => {
      regions.follow(standing("dr", 4), "this region led term 3");
      leadAgain(active);
      const { state } = active.roles.primary.live;
      regions.onUp();
      expect(regions.onSnapshot(state.capture())).to.equal(false);
      expect(feed(regions, entries(active, 5, 5), state.epoch)).to.equal("taken");
      expect(regions.onSnapshot(state.capture())).to.equal(true);
    });

    it("takes none of an older lead, nor of a history that was forced since", () => {
      const older = active.roles.primary.live.state.capture();
      leadAgain(active);
      regions.follow(standing("dr", 4), "this region led term 3");
      const { state } = active.roles.primary.live;
      regions.onUp();
      expect(feed(regions, entries(active, 5, 5), state.epoch)).to.equal("taken");
      expect(regions.onSnapshot(older)).to.equal(false);
      const forced = { ...state.capture(), instance: `some-forced${state.epoch}` };
      expect(regions.onSnapshot(forced)).to.equal(false);
    });
  });
});
