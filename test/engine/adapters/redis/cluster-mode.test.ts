// A journal's store in cluster mode, as MemoryDB always is: one node that owns every slot. An engine speaks to it as to any other,
// for a shard's keys share one hash tag.

import { expect } from "chai";
import { freePort } from "../../../support/free-port.ts";
import { RedisServer } from "../../../support/redis-server.ts";
import { batchOf, snapshotAt, textsOf, VoterSession } from "../../../support/voter-session.ts";

const lastSlot = 16_383;

describe("RedisVoter in cluster mode", function () {
  this.timeout(10_000);
  let server: RedisServer;

  before(async () => {
    // By itself it would take its port and 10,000, which may be none.
    const busPort = String(await freePort());
    server = await RedisServer.start("--cluster-enabled", "yes", "--cluster-port", busPort);
  });
  after(() => server.remove());

  const isReady = async (): Promise<boolean> =>
    /cluster_state:ok/.test(String(await server.command("CLUSTER", "INFO")));

  it("fills, appends and reads at the one node that owns every slot", async () => {
    await server.command("CLUSTER", "ADDSLOTSRANGE", 0, lastSlot);
    while (!(await isReady()));
    const session = await VoterSession.open(server.url, "main");
    try {
      const instance = await session.fill(snapshotAt(0, { 0: 1 }, 0), []);
      const appended = await session.ask({
        kind: "append",
        instance,
        epoch: 1,
        previousPosition: 0,
        previousEpoch: 0,
        batches: [batchOf(1, 1, 2)],
        committed: 0,
        round: 0,
      });
      expect(appended).to.include({ kind: "appended" });
      const read = await session.ask({ kind: "read", instance, epoch: 1, from: 1 });
      expect(read.kind === "entries" && textsOf(read.batches)).to.deep.equal(["1=1/1", "2=1/2"]);
    } finally {
      session.voter.close();
    }
  });
});
