// How the loss of a region is judged: what is missing is unknown, what is lost must be listed.

import { expect } from "chai";
import { lossesOf } from "../../chaos/region-loss/losses.ts";
import { type RegionLossOptions, reportOn } from "../../chaos/region-loss/region-loss.ts";
import { closing } from "../../chaos/region-loss/region-loss-command.ts";
import type { RegionTrial } from "../../chaos/region-loss/trial.ts";

const row = (clientOrderId: string, atMs: number, kind: "lost" | "duplicate" = "lost") => ({
  ...{ account: 3, clientOrderId, kind },
  time: new Date(atMs).toISOString(),
});

describe("lossesOf", () => {
  it("counts what was carried out in the lost region only", () => {
    const rows = [row("a", 950), row("b", 990), row("c", 995, "duplicate")];
    const losses = lossesOf(rows, { lostOrders: ["3/b"], lostAtMs: 1_000 });
    expect(losses).to.deep.equal({ rpoCommands: 2, rpoMs: 10, unlisted: [] });
  });
  it("counts the age of what clients were told of, from the oldest", () => {
    const rows = [row("a", 940), row("a", 980), row("b", 990)];
    expect(lossesOf(rows, { lostOrders: ["3/a", "3/b"], lostAtMs: 1_000 }).rpoMs).to.equal(60);
  });
  it("is no loss where nobody was told", () => {
    expect(lossesOf([row("a", 10)], { lostOrders: [], lostAtMs: 1_000 }).rpoMs).to.equal(0);
  });
  it("names a lost order that no journal lists", () => {
    const losses = lossesOf([row("a", 990)], { lostOrders: ["3/a", "4/a"], lostAtMs: 1_000 });
    expect(losses.unlisted).to.deep.equal(["4/a"]);
  });
});

describe("Report on lost regions", () => {
  const options: RegionLossOptions = {
    ...{ times: 2, approval: "automatic", durability: "zone", rttMs: 70, rate: 200, seed: 1 },
    ...{ portBase: undefined, data: undefined, reportDir: undefined },
  };
  const takeover = {
    decidedAtMs: 6,
    servingAtMs: 7,
    by: "controller of dr",
    reason: "",
    steps: [],
  };
  const good: RegionTrial = {
    losses: { rpoCommands: 9, rpoMs: 90, unlisted: [] },
    ...{ gapMs: 7_000, detectMs: 6_000, takeoverMs: 500, reconnectMs: 500, takeover },
    ...{ acknowledged: 500, lost: 4, duplicated: 0, contradicted: 0, unknown: 0 },
    ...{ acknowledgedThere: 300, hashesEqual: true, historyEqual: true, findings: [] },
  };
  const environment = {
    ...{ cpu: "one", cpus: 2, memoryGb: 4, system: "Linux", node: "v22", commit: "abc" },
    command: "castle",
  };
  const reported = (trials: RegionTrial[], change: Partial<RegionLossOptions> = {}) =>
    reportOn({ ...options, ...change }, { trials, findings: [], reportDir: "there", environment });
  const rows: readonly [string, RegionTrial, Partial<RegionLossOptions>, string][] = [
    ["holds where all is listed and in time", good, {}, "held"],
    ["deviates by a gap above ten seconds", { ...good, gapMs: 10_500 }, {}, "deviated"],
    ["deviates where nobody served again", { ...good, gapMs: undefined }, {}, "deviated"],
    ["deviates where no client went over", { ...good, acknowledgedThere: 0 }, {}, "deviated"],
    [
      "deviates by a loss that no list names",
      { ...good, losses: { rpoCommands: 9, rpoMs: 90, unlisted: ["3/a"] } },
      {},
      "deviated",
    ],
    [
      "deviates by a loss older than 150 ms",
      { ...good, losses: { rpoCommands: 9, rpoMs: 200, unlisted: [] } },
      {},
      "deviated",
    ],
    ["deviates by any loss in region-sync", good, { durability: "region-sync" }, "deviated"],
    [
      "holds in region-sync without one",
      { ...good, lost: 0 },
      { durability: "region-sync" },
      "held",
    ],
    ["knows nothing without evidence", { ...good, losses: undefined }, {}, "unknown"],
  ];
  for (const [name, trial, change, verdict] of rows) {
    it(name, () => {
      const trials =
        change.durability === "region-sync" && trial.lost === 0 ? [trial, trial] : [good, trial];
      expect(reported(trials, change).verdict).to.equal(verdict);
    });
  }

  it("counts a trial that could not be begun as failed", () => {
    expect(reported([good])).to.include({ verdict: "deviated", trials: 1, failedTrials: 1 });
  });

  it("prints the gap, its parts, and the loss", () => {
    const text = closing(reported([good, good]));
    expect(text).to.contain("RPO, commands   p50 9").and.to.contain("clients' gap    p50 7");
    expect(text).to.contain("8 lost, 0 of them in no list").and.to.contain("HELD");
  });
});
