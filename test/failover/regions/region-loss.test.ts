// A region is killed while clients trade at gateways, and the other one's controller finds out by itself: what
// castle chaos region-loss does, once each way, with real processes 70 ms apart.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loseRegion, type RegionTrial } from "../../../chaos/region-loss/trial.ts";
import { regionsPorts } from "../../support/regions-ports.ts";

describe("Loss of a region under clients' load", function () {
  // Two exchanges with their servers, two controllers and a load start, trade, and one of them dies.
  this.timeout(240_000);
  const root = mkdtempSync(join(tmpdir(), "castle-region-loss-"));
  after(() => rmSync(root, { recursive: true, force: true }));

  async function lose(
    options: Pick<Parameters<typeof loseRegion>[0], "approval" | "durability">,
  ): Promise<RegionTrial> {
    const reportDir = join(root, `${options.approval}-${options.durability}-${Date.now()}`);
    mkdirSync(reportDir);
    return loseRegion({
      ...options,
      reportDir,
      dataDir: join(reportDir, "data"),
      ports: await regionsPorts(),
      rttMs: 70,
      ratePerS: 100,
      seed: 7,
      signal: new AbortController().signal,
      tell: () => {},
    });
  }

  function expectWhole(trial: RegionTrial): void {
    expect(trial.findings, trial.findings.join("; ")).to.deep.equal([]);
    expect(trial).to.include({
      ...{ duplicated: 0, contradicted: 0, unknown: 0 },
      ...{ hashesEqual: true, historyEqual: true },
    });
    expect(trial.losses?.unlisted).to.deep.equal([]);
    expect(trial.acknowledged).to.be.greaterThan(100);
    expect(trial.acknowledgedThere, "clients go on at the other region's gateways").to.be.above(0);
    const { gapMs, detectMs, takeoverMs, reconnectMs } = trial;
    expect((detectMs ?? 0) + (takeoverMs ?? 0) + (reconnectMs ?? 0)).to.equal(gapMs);
    const steps = trial.takeover?.steps.map(({ step }) => step);
    expect(steps).to.deep.equal(["move-register", "open", "serve"]);
  }

  it("is over when the controller has decided by itself, and each lost order is listed", async () => {
    const trial = await lose({ approval: "automatic", durability: "zone" });
    expectWhole(trial);
    expect(trial.takeover).to.include({ by: "controller of dr" });
    expect(trial.takeover?.reason).to.equal("LOST (automatic approval)");
    // Every acknowledged order that is gone is among the commands that the dead journal lists.
    expect(trial.losses?.rpoCommands).to.be.at.least(trial.lost ?? Number.POSITIVE_INFINITY);
  });

  it("waits for castle failover --approve, and loses nothing acknowledged in region-sync", async () => {
    const trial = await lose({ approval: "manual", durability: "region-sync" });
    expectWhole(trial);
    expect(trial.takeover?.reason).to.match(/^APPROVED \(manual approval, proposal dr-1-\d+\)$/);
    expect(trial.lost).to.equal(0);
    expect(trial.losses?.rpoMs).to.equal(0);
  });
});
