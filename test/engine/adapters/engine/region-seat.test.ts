// The seat's word to its replica of who leads: since when, where that is said, and what goes without saying.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { Expectations } from "../../../../engine/adapters/engine/expectations.ts";
import { loadRegion, RegionSeat } from "../../../../engine/adapters/engine/region-seat.ts";
import { RegionFile } from "../../../../engine/adapters/storage/region-file.ts";
import type { ExchangeConfig } from "../../../../engine/config.ts";
import { SmallCluster } from "../../../support/small-cluster.ts";

const region: NonNullable<ExchangeConfig["region"]> = {
  name: "prod",
  startsAs: "active",
  durability: "zone",
  hasRegister: false,
  peer: { name: "dr", engines: [], redisUrl: "" },
};

describe("RegionSeat", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "castle-region-seat-"));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Of the standby; it has been told term 1. */
  async function seatOf(cluster: SmallCluster) {
    const { standby } = cluster.roles;
    const clock = { nowMs: () => cluster.nowMs, wallMs: () => cluster.nowMs };
    const seat = new RegionSeat({
      // Only the link of a region that follows looks into it.
      config: {} as ExchangeConfig,
      ...{ region, directory, name: standby.name, layoutId: "", replica: standby.live, clock },
      expectations: new Expectations(clock.nowMs),
      log: pino({ level: "silent" }),
      onWork: () => {},
      onFatal: (error) => {
        throw error;
      },
    });
    const tell = (word: { term: number; sinceTerm?: number }) =>
      seat.region({ by: "test", reason: "a test", role: "active", ...word });
    expect((await tell({ term: 1 })).isDone).to.equal(true);
    return { standby, tell };
  }

  const words: readonly [term: number, said: number | undefined, kept: number][] = [
    [1, undefined, 1],
    [2, undefined, 1],
    [3, undefined, 3],
    [3, 1, 1],
    [3, 2, 2],
    [3, 3, 3],
  ];
  for (const [term, said, kept] of words) {
    it(`keeps ${kept} where it has heard of term 1, and hears of ${term} since ${said}`, async () => {
      const cluster = SmallCluster.whole({ region: loadRegion(directory, region) });
      const { standby, tell } = await seatOf(cluster);
      const word = said === undefined ? { term } : { term, sinceTerm: said };
      expect((await tell(word)).isDone).to.equal(true);
      expect((await tell(word)).isDone).to.equal(true);
      const standing = { role: "active", term, sinceTerm: kept, isDrained: false, isInSync: false };
      expect(standby.live.state.region.standing).to.deep.equal(standing);
      expect(new RegionFile(directory).load()).to.deep.equal(standing);
    });
  }

  it("takes no more for granted than the term, of a file that says nothing of it", () => {
    const older = { role: "dr", term: 4, isDrained: false, isInSync: false };
    writeFileSync(join(directory, "region.json"), JSON.stringify(older));
    expect(loadRegion(directory, region)).to.include({ term: 4, sinceTerm: 4 });
  });
});
