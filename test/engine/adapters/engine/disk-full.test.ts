// A disk that takes no more: the engine ends with one clear line, the other one goes on, and after
// room was made it takes up its log again. Real processes, a real file system.

import { expect } from "chai";
import { EngineCluster, type EngineNumber } from "../../../support/engine-cluster.ts";
import { LedgerClient } from "../../../support/ledger-client.ts";
import { SmallDisk } from "../../../support/small-disk.ts";

describe("A full disk", function () {
  // Engines start, fill a disk, and start again.
  this.timeout(60_000);
  let cluster: EngineCluster;
  let client: LedgerClient | undefined;
  let disk: SmallDisk | null = null;

  beforeEach(async function () {
    cluster = await EngineCluster.prepare();
    disk = await SmallDisk.mount(cluster.engineDir(1), 48);
    if (disk === null) {
      // Neither root nor user namespaces.
      await cluster.remove();
      this.skip();
    }
    cluster.wrap(1, disk.wrapper);
    cluster.run(1);
    cluster.run(2);
    client = await LedgerClient.connect(cluster.config);
    client.load(200);
    await cluster.whole();
  });
  afterEach(async () => {
    client?.close();
    await cluster.remove();
    await disk?.unmount();
  });

  /** Ends what leads until this engine does, or does not. */
  async function bring(id: EngineNumber, isServing: boolean): Promise<void> {
    const primary = await cluster.whole();
    if ((primary.node === `engine-${id}`) === isServing) return;
    const leader: EngineNumber = primary.node === "engine-1" ? 1 : 2;
    await cluster.end(leader, "SIGTERM");
    cluster.run(leader);
    await cluster.whole();
  }

  async function moreAcknowledged(count: number): Promise<void> {
    const goal = (client?.acknowledged ?? 0) + count;
    while ((client?.acknowledged ?? 0) < goal) await new Promise((wake) => setTimeout(wake, 5));
  }

  for (const role of ["primary", "standby"] as const) {
    it(`ends the ${role} alone, and loses nothing`, async () => {
      await bring(1, role === "primary");
      disk?.fill(100_000);
      expect(await cluster.ended(1)).to.equal(1);
      expect(cluster.logOf(1)).to.match(/error: the disk is full .*\(DISK_FULL\)/);
      await cluster.until(({ node }) => node === "engine-2");
      await moreAcknowledged(2_000);

      // Still full: it says so again and changes nothing.
      cluster.run(1);
      expect(await cluster.ended(1)).to.equal(1);

      disk?.makeRoom();
      cluster.run(1);
      await cluster.whole();
      client?.stopLoad();
      await client?.settled();
      const reader = await LedgerClient.connect(cluster.config);
      await reader.current();
      expect(reader.balance).to.equal(client?.submitted);
      reader.close();
    });
  }
});
