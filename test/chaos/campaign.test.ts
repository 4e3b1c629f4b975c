import { expect } from "chai";
import { countPromotions, ledUpTo } from "../../chaos/campaign/promotions.ts";
import { lossScript } from "../../chaos/faults/packet-loss.ts";
import { Acknowledgements } from "../../chaos/measure/acknowledgements.ts";
import { ledgerRecord } from "./ledger-record.ts";

const served = (atMs: number) => ({ atMs, node: "engine-1", code: "SERVING", epoch: 3 });

describe("countPromotions", () => {
  const rows: [string, number[], number[], object][] = [
    ["one for each fault", [100, 200], [150, 250], { seen: 2, missing: 0, extra: [] }],
    ["a fault that none followed", [100, 200], [150], { seen: 1, missing: 1, extra: [] }],
    ["a second one", [100], [150, 160], { seen: 2, missing: 0, extra: [served(160)] }],
    ["one before any fault", [100], [50, 150], { seen: 2, missing: 0, extra: [served(50)] }],
    ["any where no fault is", [], [50], { expected: 0, seen: 1, extra: [served(50)] }],
  ];
  for (const [name, faults, promotions, expected] of rows) {
    it(`counts ${name}`, () => {
      expect(countPromotions(faults, promotions.map(served))).to.deep.include(expected);
    });
  }

  it("tells what led to a promotion", () => {
    const suspected = { ...served(900), code: "SUSPECTED", reason: "SILENT" };
    const told = ledUpTo(served(1000), [suspected, served(1000), served(2000)]);
    expect(told).to.contain("-100 ms engine-1 SUSPECTED 3 (SILENT)").and.not.contain("1000 ms");
  });
});

describe("Acknowledgements", () => {
  it("finds the client that waited longest, whatever came earlier or later", () => {
    const acknowledgements = new Acknowledgements([
      ledgerRecord({ accountId: 1, intendedMs: 10, acknowledgedMs: 400 }),
      ledgerRecord({ accountId: 1, intendedMs: 20, acknowledgedMs: 30 }),
      ledgerRecord({ accountId: 2, intendedMs: 5, acknowledgedMs: 6 }),
      ledgerRecord({ accountId: 2, intendedMs: 15, acknowledgedMs: 90 }),
    ]);
    expect(acknowledgements.worstFirstMs(10)).to.equal(90);
    expect(acknowledgements.worstFirstMs(16)).to.equal(undefined);
  });
});

describe("packetLoss", () => {
  it("drops a share of what comes from the other zones, and nothing of the clients'", () => {
    const script = lossScript(["198.18.0.11", "198.18.0.12"], 12.5);
    expect(script).to.contain("ip saddr { 198.18.0.11, 198.18.0.12 } numgen random mod 1000 < 125");
  });
});
