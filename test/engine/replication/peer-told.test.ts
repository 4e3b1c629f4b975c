// What the decision log says of the standby, and what is so.

import { expect } from "chai";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

/** Both are heard of through Redis, so nobody is replaced. */
function silenced(): { cluster: SmallCluster; primary: SmallMember; told: () => string[] } {
  const cluster = SmallCluster.whole();
  const { primary, standby } = cluster.roles;
  const before = primary.codes.length;
  const told = () => primary.codes.slice(before).filter((code) => code.startsWith("PEER_"));
  cluster.silence(primary.name, standby.name);
  return { cluster, primary, told };
}

describe("Loss of the peer", () => {
  it("is not told of one that is only late, again and again; the status is exact", () => {
    const { cluster, primary, told } = silenced();
    const { standby } = cluster.roles;
    for (let round = 0; round < 5; round++) {
      cluster.until(() => !primary.live.inSync().includes("peer"), 400);
      cluster.run(300);
      cluster.join();
      cluster.until(() => primary.live.inSync().includes("peer"), 200);
      cluster.silence(primary.name, standby.name);
    }
    expect(told()).to.deep.equal([]);
  });

  it("is told of one that stays away, and so is its return", () => {
    const { cluster, told } = silenced();
    cluster.until(() => told().length > 0, 1_300);
    expect(told()).to.deep.equal(["PEER_LOST"]);
    cluster.join();
    cluster.until(() => told().length > 1, 200);
    expect(told()).to.deep.equal(["PEER_LOST", "PEER_IN_SYNC"]);
  });
});
