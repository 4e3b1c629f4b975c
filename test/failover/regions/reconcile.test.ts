// Two regions of real processes: a gateway of the region that follows serves through the one that
// leads, and goes over with it; and what was lost on the way is what castle reconcile lists.

import { join } from "node:path";
import { expect } from "chai";
import { reconcileJournals } from "../../../failover/reconcile/journals.ts";
import { EngineRegions } from "../../support/engine-regions.ts";
import { LedgerClient } from "../../support/ledger-client.ts";

describe("castle reconcile: two regions of real processes", function () {
  // Six real processes and a border on two cores, which a busy machine gives its turns late.
  this.timeout(90_000);
  // It goes on where a first attempt ended.
  this.retries(0);
  let regions: EngineRegions;
  const clients: LedgerClient[] = [];

  async function connect(cluster: EngineRegions["prod"]): Promise<LedgerClient> {
    const client = await LedgerClient.connect(cluster.config, { isAcrossRegions: true });
    clients.push(client);
    return client;
  }

  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((wake) => setTimeout(wake, 5));
  };

  before(async () => {
    regions = await EngineRegions.start({ durability: "zone" });
  });
  after(async () => {
    for (const client of clients) client.close();
    await regions.remove();
  });

  it("lists just what the lost region acknowledged and the other one never received", async () => {
    const { prod, dr } = regions;
    const [here, there] = [await connect(prod), await connect(dr)];
    // A gateway of the region that follows: it serves, and knows that the primary is elsewhere.
    await until(() => there.exchange.isServing && here.exchange.isServing);
    expect(there.exchange.isPrimaryHere).to.equal(false);
    expect(here.exchange.isPrimaryHere).to.equal(true);
    there.deposit(20);
    await there.settled();
    here.deposit(30);
    await here.settled();
    await regions.level(prod, dr);

    await regions.border.cut();
    here.deposit(25);
    await here.settled();
    await regions.lose(prod);
    // A gateway of the lost region is lost with it.
    here.close();
    await regions.lead(dr, 2);
    await dr.whole();
    await until(() => there.exchange.isPrimaryHere);
    there.deposit(7);
    await there.settled();

    // The lost region by its own disks; the new one while it runs.
    const [oldDir, newDir] = [prod.engineDir(1), dr.engineDir(1)].map((dir) => join(dir, ".."));
    const { rows, fork } = await reconcileJournals({
      ...{ config: dr.config, oldDir: oldDir as string, newDir: newDir as string },
    });
    expect(fork.newEpoch).to.be.at.least(2 * 2 ** 24);
    const deposits = rows.filter((row) => row.command === "deposit");
    expect(deposits.map((row) => row.kind)).to.deep.equal(Array(25).fill("lost"));
    expect(deposits.every((row) => row.isCertain)).to.equal(true);
    expect(deposits[0]?.balances).to.match(/^1 COIN \+1\.0+ free \+0\.0+ locked$/);
  });
});
