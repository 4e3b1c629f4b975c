// A word of who leads that an engine hears after it has missed others: of its own region, or of the other one.

import { expect } from "chai";
import type { RegionStanding } from "../../../engine/replication/region.ts";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

const first: RegionStanding = {
  role: "active",
  term: 1,
  sinceTerm: 1,
  isDrained: false,
  isInSync: false,
};

/** Its engines have been told term 1. */
const newRegion = () =>
  SmallCluster.whole({ region: { ...first, isConfirmed: true, isSync: false } });

const open = ({ live }: SmallMember, term: number, sinceTerm: number) =>
  live.regions.open({ ...first, term, sinceTerm }, "a test");

const drain = ({ live }: SmallMember, term: number) =>
  live.regions.drain({ ...first, term, isDrained: true }, "a test");

describe("RegionMoves", () => {
  const missed: readonly [what: string, term: number, sinceTerm: number, isOver: boolean][] = [
    ["one term that its region kept", 2, 1, false],
    ["several terms that its region kept", 4, 1, false],
    ["terms of the other region", 4, 4, true],
    ["terms of the other region, and one that its own kept then", 5, 4, true],
  ];
  for (const [what, term, sinceTerm, isOver] of missed) {
    it(`${isOver ? "ends" : "does not end"} what an engine leads that has missed ${what}`, () => {
      const { primary } = newRegion().roles;
      open(primary, term, sinceTerm);
      expect(primary.live.role).to.equal(isOver ? "standby" : "primary");
      expect(primary.live.state.region.term).to.equal(term);
      expect(primary.codes.includes("REGION_OPENED")).to.equal(isOver);
    });
  }

  it("goes by the newest term that the engine was told, however often it is told one", () => {
    const { primary } = newRegion().roles;
    open(primary, 3, 1);
    open(primary, 3, 1);
    open(primary, 5, 3);
    expect(primary.live.role).to.equal("primary");
    open(primary, 8, 6);
    expect(primary.live.role).to.equal("standby");
  });

  it("lets no Redis count that was agreed upon before the other region led", () => {
    const cluster = newRegion();
    const { primary, standby } = cluster.roles;
    standby.crash();
    open(primary, 3, 3);
    // Alone with a Redis that its log names, it would have been elected in the lead that is over.
    cluster.run(3_000);
    expect(cluster.serving).to.deep.equal([]);
    standby.start();
    open(standby, 3, 3);
    cluster.until(() => cluster.serving[0]?.live.inSync().length === 2);
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
