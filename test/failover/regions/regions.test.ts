// Two regions of real processes, 70 ms apart: following, zone failover meanwhile, loss of a region with
// its loss counted, the return of the lost one, and the planned way home.

import { assert } from "chai";
import { CoreMachine } from "../../../engine/adapters/core-machine.ts";
import type { JournalEntry } from "../../../engine/index.ts";
import { epochFloor } from "../../../engine/replication/region.ts";
import type { EngineCluster, EngineNumber } from "../../support/engine-cluster.ts";
import { EngineRegions, journalOf } from "../../support/engine-regions.ts";
import { freePort } from "../../support/free-port.ts";
import { LedgerClient } from "../../support/ledger-client.ts";

const redisMeta = "{castle:cluster}:meta";
const engines: readonly EngineNumber[] = [1, 2];
const numberOf = (node: string): EngineNumber => (node === "engine-1" ? 1 : 2);

/** What the client's account holds after the entries up to `position`. */
function balanceAt(
  { config }: EngineCluster,
  journal: readonly JournalEntry[],
  position: number,
): number {
  const machine = new CoreMachine(config.capacity);
  for (const entry of journal) {
    if (entry.position <= position) machine.apply(entry.position, entry.kind, entry.data);
  }
  return machine.core.balance(1, 1).freeUnits;
}

describe("Two regions, 70 ms apart", function () {
  // Six real processes and a border on two cores, which a busy machine gives its turns late.
  this.timeout(90_000);
  // Each test goes on where the one before ended.
  this.retries(0);
  let regions: EngineRegions;
  const clients: LedgerClient[] = [];

  const connect = async (cluster: EngineRegions["prod"]) => {
    const client = await LedgerClient.connect(cluster.config);
    clients.push(client);
    return client;
  };

  /** Resolves when the client has been told of so many more deposits. */
  const acknowledgedMore = async (client: LedgerClient, count: number) => {
    const target = client.acknowledged + count;
    while (client.acknowledged < target) await new Promise((wake) => setTimeout(wake, 5));
  };

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  describe("with durability zone", () => {
    before(async () => {
      regions = await EngineRegions.start({ durability: "zone" });
    });

    after(() => regions.remove());

    it("follows with the same positions and hashes, and shows how far behind it is", async () => {
      const { prod, dr } = regions;
      const client = await connect(prod);
      client.load(200);
      await acknowledgedMore(client, 2_000);
      const busy = await prod.primary();
      assert.isAbove(busy?.region?.lag?.entries ?? 0, 0, "what is under way is seen by the source");
      assert.isAbove(busy?.region?.lag?.ms ?? 0, 30, "half of a round trip at the least");
      client.stopLoad();
      await client.settled();
      const primary = await regions.level(prod, dr);
      await regions.both(dr, ({ region }) => region.lag?.entries === 0);
      for (const id of engines) {
        const status = await dr.status(id);
        assert.equal(status?.role, "dr");
        assert.deepEqual(status?.mark, primary.mark);
      }
      const reader = await connect(dr);
      while (reader.balance < client.acknowledged) await new Promise((wake) => setTimeout(wake, 5));
      assert.equal(reader.balance, client.submitted, "followers of the region read the same");
      while (!reader.follower.links.isServing) await new Promise((wake) => setTimeout(wake, 5));
      assert.isFalse(reader.exchange.isServing);
      assert.throws(() => reader.deposit(), /follows another/);
      const kept = async () => Number(await dr.redis.command("HGET", redisMeta, "snapshot"));
      while ((await kept()) < primary.position.committed) {
        await new Promise((wake) => setTimeout(wake, 20));
      }
    });

    it("fails over between zones with a register that nobody has ever reached", async () => {
      const { prod } = regions;
      await regions.control(`http://127.0.0.1:${await freePort()}`);
      const client = await connect(prod);
      client.load(200);
      await acknowledgedMore(client, 200);
      const before = await prod.until(() => true);
      await prod.end(numberOf(before.node), "SIGKILL");
      await acknowledgedMore(client, 200);
      client.stopLoad();
      await client.settled();
      prod.run(numberOf(before.node));
      await prod.until(({ epoch, inSync }) => epoch > before.epoch && inSync.length === 2);
      // The one that came back was told by nobody: it follows an engine that serves.
      await regions.both(prod, ({ region }) => region.isConfirmed && region.term === 1);
    });

    it("fails over between zones while the border is cut, and the region that follows catches up", async () => {
      const { prod, dr } = regions;
      const client = await connect(prod);
      await regions.border.cut();
      client.load(200);
      await acknowledgedMore(client, 1_000);
      const before = (await prod.until(() => true)) as { node: string; epoch: number };
      await prod.end(numberOf(before.node), "SIGKILL");
      await acknowledgedMore(client, 1_000);
      client.stopLoad();
      await client.settled();
      const behind = await dr.status(1);
      await regions.border.heal();
      prod.run(numberOf(before.node));
      await prod.until(({ epoch, inSync }) => epoch > before.epoch && inSync.length === 2);
      const primary = await regions.level(prod, dr);
      assert.isAbove(primary.position.committed - (behind?.position.committed ?? 0), 2_000);
      for (const id of engines) {
        const status = await dr.status(id);
        assert.deepEqual(status?.mark, primary.mark);
        assert.isFalse(status?.region?.isDiverged);
      }
    });

    it("opens from what it had received when the other region is lost, and the loss can be listed", async () => {
      const { prod, dr } = regions;
      const client = await connect(prod);
      await client.current();
      // What it applied so far others may have deposited.
      const earlier = client.balance - client.acknowledged;
      client.load(200);
      await acknowledgedMore(client, 2_000);
      await regions.border.cut();
      await regions.lose(prod);
      client.stopLoad();
      const told = client.follower.core.position;
      await regions.lead(dr, 2);
      const serving = await dr.whole();
      assert.isAbove(serving.epoch, epochFloor(2));
      const heir = await connect(dr);
      await heir.current();
      // Everything up to the last position received, and not one entry more.
      const opened = (await Promise.all([dr.status(1), dr.status(2)])).map(
        (status) => status?.decisions.find(({ code }) => code === "REGION_OPENED")?.position ?? 0,
      );
      const received = Math.max(...opened);
      const journals = await Promise.all(engines.map((id) => journalOf(prod.engineDir(id))));
      const journal = journals.sort((a, b) => b.length - a.length)[0] ?? [];
      assert.equal(heir.balance, balanceAt(prod, journal, received));
      // The RPO, from the dead region's journal and from what its client was told.
      const lost = balanceAt(prod, journal, told) - balanceAt(prod, journal, received);
      assert.isAbove(lost, 0, "what was under way at the border is gone");
      assert.equal(lost, earlier + client.acknowledged - heir.balance);
      heir.deposit(10);
      await heir.settled();
    });

    it("keeps a lost region from serving when it returns, and follows again once re-seeded", async () => {
      const { prod, dr } = regions;
      await regions.border.heal();
      await regions.revive(prod);
      // Each has waited for a primary as long as it would wait, and stands for nothing.
      await regions.both(prod, ({ decisions, region }) => {
        const isWaiting = decisions.some(({ code }) => code === "SUSPECTED");
        return isWaiting && !region.isConfirmed;
      });
      assert.isNull(await prod.primary(), "nobody serves without the register's word");
      await regions.lead(prod, 2, "dr");
      await regions.both(prod, ({ region }) => region.isDiverged || region.lag?.entries === 0);
      const isDiverged = (await prod.status(1))?.region?.isDiverged === true;
      assert.isTrue(isDiverged, "its last entries are in no log of the region that leads");
      const aside = await regions.archive(prod);
      assert.isNotEmpty(await journalOf(aside[0] as string), "the evidence is kept");
      for (const id of engines) prod.run(id);
      await regions.lead(prod, 2, "dr");
      const primary = await regions.level(dr, prod);
      assert.deepEqual((await prod.status(2))?.mark, primary.mark);
    });

    it("goes home as planned without losing anything", async () => {
      const { prod, dr } = regions;
      const client = await connect(dr);
      client.load(200);
      await acknowledgedMore(client, 500);
      const primary = await dr.until(() => true);
      await regions.ask(dr, numberOf(primary.node) === 1 ? 2 : 1, "drain", { term: 2 });
      const drained = await regions.ask(dr, numberOf(primary.node), "drain", { term: 2 });
      assert.isTrue(drained?.isDone);
      client.stopLoad();
      const last = drained?.position ?? Number.POSITIVE_INFINITY;
      await regions.both(prod, ({ position }) => position.committed >= last);
      await regions.lead(prod, 3);
      await regions.lead(dr, 3, "dr");
      const serving = await prod.whole();
      assert.isAbove(serving.epoch, epochFloor(3));
      const old = await regions.ask(prod, 1, "region", { role: "dr", term: 2 });
      assert.equal(old?.code, "OLD_TERM");
      const home = await connect(prod);
      await home.current();
      assert.isAtLeast(home.balance, client.balance, "RPO 0");
      home.deposit(10);
      await home.settled();
      await regions.level(prod, dr);
      await regions.both(dr, ({ role, region }) => role === "dr" && !region.isDiverged);
    });
  });

  describe("where the journal begins too late for a region that is new", () => {
    before(async () => {
      regions = await EngineRegions.start({ durability: "zone" });
    });

    after(() => regions.remove());

    /** Behind the snapshot Redis keeps 20,000 entries. */
    async function tradeUntilTrimmed(): Promise<void> {
      const { prod } = regions;
      const client = await connect(prod);
      const baseOf = async () => Number(await prod.redis.command("HGET", redisMeta, "base"));
      const start = await baseOf();
      client.load(5_000);
      await acknowledgedMore(client, 25_000);
      client.stopLoad();
      await client.settled();
      while ((await baseOf()) === start) await new Promise((wake) => setTimeout(wake, 20));
    }

    it("starts from the active region's snapshot, over the border", async () => {
      const { prod, dr } = regions;
      await tradeUntilTrimmed();
      await regions.level(prod, dr);
      // Engines that stop leave a checkpoint.
      for (const id of engines) {
        await prod.end(id, "SIGTERM");
        prod.run(id);
        await regions.both(prod, ({ region }) => region.isConfirmed);
        await prod.whole();
      }
      await regions.archive(dr);
      for (const id of engines) dr.run(id);
      await regions.lead(dr, 1, "dr");
      const primary = await regions.level(prod, dr);
      for (const id of engines) {
        const status = await dr.status(id);
        assert.isTrue(status?.decisions.some(({ code }) => code === "SNAPSHOT_LOADED"));
        assert.deepEqual(status?.mark, primary.mark);
      }
    });

    it("goes on from it where neither Redis nor files reach back to what it has", async () => {
      const { prod, dr } = regions;
      const before = await regions.level(prod, dr);
      for (const id of engines) await dr.end(id, "SIGTERM");
      await tradeUntilTrimmed();
      // On new machines: what they have begins with a snapshot.
      for (const id of engines) {
        await prod.end(id, "SIGTERM");
        prod.wipe(id);
        prod.run(id);
        while ((await prod.status(id))?.role !== "standby") {
          await new Promise((wake) => setTimeout(wake, 20));
        }
        await prod.whole();
      }
      for (const id of engines) dr.run(id);
      const primary = await regions.level(prod, dr);
      for (const id of engines) {
        const status = await dr.status(id);
        const codes = status?.decisions.map(({ code }) => code) ?? [];
        assert.include(codes, "SNAPSHOT_LOADED");
        assert.notInclude(codes, "REGION_DIVERGED");
        assert.deepEqual(status?.mark, primary.mark);
      }
      assert.isAbove(primary.position.committed, before.position.committed + 20_000);
    });
  });

  describe("with durability region-sync", () => {
    before(async () => {
      regions = await EngineRegions.start({ durability: "region-sync" });
    });

    after(() => regions.remove());

    it("acknowledges nothing while the border is cut, and goes on when it is healed", async () => {
      const { prod } = regions;
      await regions.both(prod, ({ region }) => region.durability === "region-sync");
      const client = await connect(prod);
      client.deposit(1);
      await client.settled();
      const told = client.acknowledged;
      const held = (await prod.until(() => true)).position.committed;
      await regions.border.cut();
      client.deposit(1);
      // The other engine hears of it with the next heartbeat: a client would have, too.
      await regions.both(prod, ({ position }) => position.committed > held);
      assert.equal(client.acknowledged, told);
      assert.isAtMost(client.follower.core.position, held);
      await regions.border.heal();
      await client.settled();
      assert.equal(client.acknowledged, told + 1);
    });

    it("still waits for the other region after a zone failover", async () => {
      const { prod } = regions;
      const client = await connect(prod);
      client.deposit(1);
      await client.settled();
      const told = client.acknowledged;
      const before = await prod.until(() => true);
      await regions.border.cut();
      await prod.end(numberOf(before.node), "SIGKILL");
      const after = await prod.until(({ epoch }) => epoch > before.epoch);
      assert.equal(after.region?.durability, "region-sync");
      client.deposit(1);
      await prod.until(({ position }) => position.committed > after.position.committed);
      assert.equal(client.acknowledged, told);
      prod.run(numberOf(before.node));
      await regions.border.heal();
      await client.settled();
      await prod.whole();
    });

    it("loses no acknowledged command with its whole region, under load", async () => {
      const { prod, dr } = regions;
      const client = await connect(prod);
      await client.current();
      const earlier = client.balance;
      const counted = client.acknowledged;
      client.load(1_000);
      await acknowledgedMore(client, 5_000);
      await regions.border.cut();
      await regions.lose(prod);
      client.stopLoad();
      await regions.lead(dr, 2);
      // Alone, so without the other region's word until one follows.
      assert.equal((await dr.whole()).region?.durability, "zone");
      const heir = await connect(dr);
      await heir.current();
      // Deposits of others that it applied before it was current are in both.
      assert.isAtLeast(heir.balance, earlier + client.acknowledged - counted, "RPO 0");
      assert.isAtMost(heir.balance, earlier + client.submitted);
    });
  });
});
