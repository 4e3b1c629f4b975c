// The seat's word to its replica of who leads: since when, where that is said, and what goes without saying.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { Expectations } from "../../../../engine/adapters/engine/expectations.ts";
import { loadRegion, RegionSeat } from "../../../../engine/adapters/engine/region-seat.ts";
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

  const words: readonly [term: number, sinceTerm: number | undefined, role: string][] = [
    [2, undefined, "standby"],
    [3, undefined, "recovering"],
    [3, 1, "standby"],
    [3, 2, "recovering"],
    [3, 3, "recovering"],
  ];
  for (const [term, sinceTerm, role] of words) {
    const since = sinceTerm === undefined ? "" : `, since ${sinceTerm}`;
    it(`goes on as ${role} in term ${term}${since}, where it has heard of term 1`, async () => {
      const cluster = SmallCluster.whole({ region: loadRegion(directory, region) });
      const { standby, tell } = await seatOf(cluster);
      const word = sinceTerm === undefined ? { term } : { term, sinceTerm };
      expect((await tell(word)).isDone).to.equal(true);
      expect((await tell(word)).isDone).to.equal(true);
      expect(standby.live.role).to.equal(role);
      const kept = JSON.parse(readFileSync(join(directory, "region.json"), "utf8"));
      expect(kept).to.deep.equal({ role: "active", term, isDrained: false, isInSync: false });
    });
  }
});
