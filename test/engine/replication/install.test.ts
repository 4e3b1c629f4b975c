// Which snapshots an engine takes from Redis.

import { expect } from "chai";
import { SmallCluster } from "../../support/small-cluster.ts";

describe("Installing a snapshot", () => {
  it("refuses one of an older epoch than the own log has there", () => {
    const cluster = SmallCluster.whole();
    cluster.roles.primary.live.switchOver(cluster.nowMs);
    cluster.run(1_000);
    const { primary, standby } = cluster.roles;
    const { state } = standby.live;
    const { lastPosition, lastEpoch } = state.log;
    const { epoch, ...rest } = primary.live.state.capture();
    expect(epoch).to.equal(lastEpoch);
    // Longer than the own log, and of a history that the epoch before went on with.
    const left = { ...rest, position: lastPosition + 5, epoch: epoch - 1 };
    expect(state.install(left)).to.equal(false);
    expect(state.log.lastPosition).to.equal(lastPosition);
    expect(standby.codes).to.not.include("LOG_CUT");
  });
});
