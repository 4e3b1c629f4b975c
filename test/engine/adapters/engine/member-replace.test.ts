// A member is replaced, and the old machine comes back with its disk while the new one runs: real
// processes, disks and links. It is refused, stands down for good, and nothing is lost (rule 14).

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { seatEngine } from "../../../../engine/index.ts";
import { EngineCluster, type EngineNumber } from "../../../support/engine-cluster.ts";
import { LedgerClient } from "../../../support/ledger-client.ts";

describe("A replaced engine", function () {
  // Two engines and a Redis, and engines that start again, on a machine that may be busy.
  this.timeout(120_000);
  let cluster: EngineCluster;
  let former: EngineCluster | undefined;
  let client: LedgerClient;
  let oldRoot: string;

  beforeEach(async () => {
    former = undefined;
    oldRoot = mkdtempSync(join(tmpdir(), "castle-former-"));
    // On a busy machine nobody is to take a sleeper for dead.
    cluster = await EngineCluster.start({ timing: { failureTimeoutMs: 3_000 } });
    client = await LedgerClient.connect(cluster.config);
    client.load();
    await cluster.until(({ position }) => position.committed > 5_000);
  });
  afterEach(async () => {
    client.close();
    await former?.endAll();
    await cluster.remove();
    rmSync(oldRoot, { recursive: true, force: true });
  });

  /** Its machine is lost with what it holds; the seat goes to an empty one. */
  async function replace(id: EngineNumber): Promise<void> {
    const other = id === 1 ? 2 : 1;
    await cluster.end(id, "SIGKILL");
    cpSync(cluster.engineDir(id), join(oldRoot, `engine-${id}`), { recursive: true });
    cluster.wipe(id);
    await cluster.until(({ node }) => node === `engine-${other}`);
    const asked = { engine: `engine-${id}`, incarnation: 2 };
    expect(await cluster.ask(other, "replaceMember", asked)).to.equal("done");
    // Asked again, it changes nothing.
    expect(await cluster.ask(other, "replaceMember", asked)).to.equal("done");
    seatEngine(cluster.engineDir(id), {
      shard: cluster.config.shard,
      engineId: id,
      incarnation: 2,
    });
    cluster.run(id);
    await cluster.whole();
  }

  async function standsDown(old: EngineCluster, id: EngineNumber): Promise<void> {
    for (;;) {
      const status = await old.status(id);
      if (status?.role === "replaced") {
        expect(status).to.include({ incarnation: 1, replacedBy: 2, isServing: false });
        return;
      }
      await sleep(20);
    }
  }

  async function isRefused(id: EngineNumber): Promise<void> {
    const old = await cluster.besides(id, oldRoot);
    former = old;
    const before = await cluster.whole();
    old.run(id);
    await standsDown(old, id);
    const primary = await cluster.whole();
    expect(primary).to.include({ node: before.node, epoch: before.epoch });
    // After a restart it knows that by itself, and an operator cannot make it take part.
    await old.end(id, "SIGKILL");
    old.run(id);
    await standsDown(old, id);
    expect(await old.ask(id, "stand", {})).to.equal("REPLACED");
    expect(await old.ask(id, "force", { acceptLoss: true })).to.equal("REPLACED");
    client.stopLoad();
    await client.settled();
    // The new one leads too, and has everything.
    const [lead, next] = before.node === "engine-1" ? ([1, 2] as const) : ([2, 1] as const);
    expect(await cluster.ask(lead, "switchover", {})).to.equal("done");
    await cluster.until(({ node, inSync }) => node === `engine-${next}` && inSync.length === 2);
    const reader = await LedgerClient.connect(cluster.config);
    await reader.current();
    expect(reader.balance).to.equal(client.submitted);
    expect(client.acknowledged).to.equal(client.submitted);
    reader.close();
  }

  it("that was standby is refused when it comes back with its disk", async () => {
    const { node } = await cluster.whole();
    const standby = node === "engine-1" ? 2 : 1;
    await replace(standby);
    await isRefused(standby);
  });

  it("that was primary is refused when it comes back with its disk", async () => {
    const { node } = await cluster.whole();
    const primary = node === "engine-1" ? 1 : 2;
    await replace(primary);
    await isRefused(primary);
  });

  it("of a later incarnation is not let in before the journal names it", async () => {
    const { node, epoch } = await cluster.whole();
    const [lead, standby] = node === "engine-1" ? ([1, 2] as const) : ([2, 1] as const);
    await cluster.end(standby, "SIGTERM");
    cluster.wipe(standby);
    const seat = { shard: cluster.config.shard, engineId: standby, incarnation: 3 };
    seatEngine(cluster.engineDir(standby), seat);
    cluster.run(standby);
    while ((await cluster.status(standby))?.role !== "recovering") await sleep(20);
    // The primary has to notice that who answered before is gone.
    while ((await cluster.primary())?.inSync.includes("peer") !== false) await sleep(20);
    await sleep(500);
    expect((await cluster.status(standby))?.role).to.equal("recovering");
    expect(await cluster.primary()).to.deep.include({ epoch, inSync: ["redis"] });
    const asked = { engine: `engine-${standby}`, incarnation: 3 };
    expect(await cluster.ask(lead, "replaceMember", asked)).to.equal("done");
    await cluster.whole();
  });
});
