// A drained region: the end that its primary has named stays its end.

import { expect } from "chai";
import { onlyRegion } from "../../../engine/replication/region.ts";
import { SmallCluster } from "../../support/small-cluster.ts";

const region = { ...onlyRegion, term: 1 };

describe("A drained primary", () => {
  it("appends no Config for a Redis whose filling ends behind the drain", () => {
    const cluster = SmallCluster.whole({ region });
    const { primary } = cluster.roles;
    const { regions, state } = primary.live;
    let fills = 0;
    // Replies of the new Redis take their time; that of the fill comes when all is drained.
    cluster.delayMs = (from) => (from === "redis" ? 40 : 1);
    cluster.replaceRedis();
    const call = cluster.redis.call.bind(cluster.redis);
    cluster.redis.call = (request) => {
      if (request.kind === "fill") fills++;
      return call(request);
    };
    cluster.until(() => fills > 0);
    regions.drain({ ...region, isDrained: true }, "a planned move");
    cluster.until(() => regions.drainedPosition >= 0);
    const end = regions.drainedPosition;
    cluster.run(2_000);
    expect(fills).to.equal(1);
    expect(state.log.lastPosition).to.equal(end);
    // Led on in a later term, it fills Redis again.
    regions.open({ ...region, term: 2 }, "the move was given up");
    cluster.until(() => primary.live.inSync().length === 2);
    expect(state.log.lastPosition).to.be.greaterThan(end);
  });
});
