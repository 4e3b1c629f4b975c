// Whoever is slow, far behind or new waits by itself: trading goes on, and what waits for it in the
// primary is bounded. bench/catch-up.ts measures the same with a million entries.

import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import {
  encodeMessage,
  type Identity,
  linkVersion,
} from "../../../../engine/adapters/link/link-message.ts";
import { layoutId } from "../../../../engine/core/layout.ts";
import { EngineCluster, type EngineNumber } from "../../../support/engine-cluster.ts";
import { LedgerClient } from "../../../support/ledger-client.ts";

const mebibyte = 1 << 20;

describe("Catching up", function () {
  // Tens of thousands of entries through real processes.
  this.timeout(60_000);
  let cluster: EngineCluster;
  let client: LedgerClient;
  let leader: EngineNumber;
  let other: EngineNumber;

  // In the tests, not in a hook: a hook gets no second chance on a machine that is busy.
  async function begin(): Promise<void> {
    cluster = await EngineCluster.start();
    client = await LedgerClient.connect(cluster.config);
    client.load(2_000);
    leader = (await cluster.whole()).node === "engine-1" ? 1 : 2;
    other = leader === 1 ? 2 : 1;
    await moreAcknowledged(20_000);
  }
  afterEach(async () => {
    client.close();
    await cluster.remove();
  });

  const moreAcknowledged = async (count: number) => {
    const goal = client.acknowledged + count;
    while (client.acknowledged < goal) await new Promise((wake) => setTimeout(wake, 5));
  };

  async function metric(name: string): Promise<number> {
    const port = cluster.config.engines.find(({ id }) => id === leader)?.statusPort;
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  }

  /** Asked until it answers: one that catches up may be busy. */
  async function codesOf(engine: EngineNumber): Promise<string[]> {
    for (;;) {
      const status = await cluster.status(engine);
      if (status !== null) return status.decisions.map(({ code }) => code);
    }
  }

  async function expectWholeAndRight(): Promise<void> {
    const primary = await cluster.whole();
    expect(primary.node).to.equal(`engine-${leader}`);
    client.stopLoad();
    await client.settled();
    const reader = await LedgerClient.connect(cluster.config);
    await reader.current();
    expect(reader.balance).to.equal(client.submitted);
    reader.close();
    expect(await codesOf(other)).to.not.include("HASH_DIVERGED");
  }

  it("takes the log from its primary where an engine was away", async () => {
    await begin();
    await cluster.end(other, "SIGKILL");
    await moreAcknowledged(40_000);
    cluster.run(other);
    await expectWholeAndRight();
  });

  it("takes snapshot and log where an engine comes without anything", async () => {
    await begin();
    await cluster.end(other, "SIGKILL");
    cluster.wipe(other);
    await moreAcknowledged(40_000);
    cluster.run(other);
    while (!(await codesOf(other)).includes("RECOVERED")) await moreAcknowledged(1);
    await expectWholeAndRight();
    expect(await codesOf(other)).to.include.members(["RECOVERING", "RECOVERED"]);
  });

  it("does not wait for a standby that stands still, nor fill the memory for it", async () => {
    await begin();
    cluster.signal(other, "SIGSTOP");
    await cluster.until(({ inSync }) => !inSync.includes("peer"));
    await moreAcknowledged(150_000);
    expect(await metric("castle_engine_peer_buffered_bytes")).to.be.below(16 * mebibyte);
    cluster.signal(other, "SIGCONT");
    await expectWholeAndRight();
  });

  it("does not fill the memory for a follower that reads nothing", async () => {
    await begin();
    const identity: Identity = {
      kind: "identify",
      name: "reads-nothing",
      purpose: "follower",
      shard: cluster.config.shard,
      version: linkVersion,
      castle: "test",
      commandVersion: 1_000,
      layoutId: layoutId(cluster.config.capacity),
    };
    const engine = cluster.config.engines.find(({ id }) => id === leader);
    const socket = connect({ host: "127.0.0.1", port: engine?.linkPort as number });
    socket.pause();
    await once(socket, "connect");
    socket.write(Buffer.concat(encodeMessage(identity)));
    // Each one asks for everything again.
    for (let asked = 0; asked < 20; asked++) {
      socket.write(Buffer.concat(encodeMessage({ kind: "subscribe", from: 1 })));
    }
    await moreAcknowledged(50_000);
    const buffered = await metric("castle_engine_follower_buffered_bytes");
    expect(buffered).to.be.within(4 * mebibyte, 8 * mebibyte);
    socket.destroy();
    await expectWholeAndRight();
  });
});
