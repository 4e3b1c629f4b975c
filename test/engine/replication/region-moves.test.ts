// A word of who leads that an engine hears after it has missed others: of its own region, or of the other one.

import { expect } from "chai";
import type { RegionStanding } from "../../../engine/replication/region.ts";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

const first: RegionStanding = { role: "active", term: 1, isDrained: false, isInSync: false };

/** Its engines have been told term 1. */
const newRegion = () =>
  SmallCluster.whole({ region: { ...first, isConfirmed: true, isSync: false } });

const open = ({ live }: SmallMember, term: number, sinceTerm: number) =>
  live.regions.open({ ...first, term }, sinceTerm, "a test");

const drain = ({ live }: SmallMember, term: number) =>
  live.regions.drain({ ...first, term, isDrained: true }, "a test");

describe("RegionMoves", () => {
  const missed: readonly [what: string, term: number, sinceTerm: number, role: string][] = [
    ["one term that its region kept", 2, 1, "standby"],
    ["several terms that its region kept", 4, 1, "standby"],
    ["terms of the other region", 4, 4, "recovering"],
    ["terms of the other region, and one that its own kept then", 5, 4, "recovering"],
    ["nobody knows what, but for the last term before", 4, 3, "recovering"],
  ];
  for (const [what, term, sinceTerm, role] of missed) {
    it(`lets an engine that has missed ${what} go on as ${role}`, () => {
      const { standby } = newRegion().roles;
      const { lastPosition } = standby.live.state.log;
      open(standby, term, sinceTerm);
      expect(standby.live.role).to.equal(role);
      expect(standby.live.state.region.term).to.equal(term);
      expect(standby.codes.includes("REGION_OPENED")).to.equal(role === "recovering");
      expect(standby.live.state.log.lastPosition).to.equal(lastPosition);
    });
  }

  it("goes by the newest term that the engine was told, however often it is told one", () => {
    const { standby } = newRegion().roles;
    open(standby, 3, 1);
    open(standby, 3, 1);
    open(standby, 5, 3);
    expect(standby.live.role).to.equal("standby");
    open(standby, 8, 6);
    expect(standby.live.role).to.equal("recovering");
    // What it lacks, it still lacks in the terms that its region keeps after that.
    open(standby, 10, 6);
    expect(standby.live.role).to.equal("recovering");
  });

  it("serves on where both engines have missed the end of one of two drains", () => {
    const cluster = newRegion();
    const { primary } = cluster.roles;
    expect(primary.submit()).to.equal(true);
    cluster.run(100);
    for (const member of cluster.members) drain(member, 1);
    expect(primary.submit()).to.equal(false);
    // Term 2 was given up before anybody heard of it.
    for (const member of cluster.members) open(member, 3, 1);
    cluster.until(() => cluster.serving.some((member) => member.submit()));
    for (const { codes } of cluster.members) expect(codes).not.to.include("RECOVERING");
  });
});
