// What the probe makes of its ledger.

import { spawnSync } from "node:child_process";
import { assert } from "chai";
import type { LedgerRecord } from "../../chaos/load/ledger.ts";
import { sightOf } from "../../chaos/probe-sight.ts";

const record = (changed: Partial<LedgerRecord>): LedgerRecord => ({
  kind: "place",
  accountId: 1,
  symbol: "BTCUSDT",
  clientOrderId: "one",
  outcome: "accepted",
  inDoubt: false,
  orderId: 7,
  status: "NEW",
  errorCode: 0,
  intendedMs: 1000,
  firstSentMs: 1000,
  acknowledgedMs: 1002,
  attempts: 1,
  via: "endpoint-1",
  learnedBy: "answer",
  ...changed,
});

describe("Sight of the probe", () => {
  it("holds where the longest wait is allowed", () => {
    const sight = sightOf(
      [record({}), record({ clientOrderId: "two", intendedMs: 2000, acknowledgedMs: 2400 })],
      1000,
    );
    assert.deepEqual(sight, {
      verdict: "held",
      accepted: 2,
      rejected: 0,
      unknown: 0,
      waitMsMax: 400,
      waitedFromMs: 2000,
    });
  });

  it("deviates where one client waited longer", () => {
    const late = record({ clientOrderId: "two", acknowledgedMs: 2001 });
    assert.equal(sightOf([record({}), late], 1000).verdict, "deviated");
  });

  it("is unknown while what became of one order is", () => {
    const lost = record({ clientOrderId: "two", outcome: "unknown" });
    assert.equal(sightOf([record({}), lost], 1000).verdict, "unknown");
    const found = record({ clientOrderId: "two", kind: "recheck" });
    assert.equal(sightOf([record({}), lost, found], 1000).verdict, "held");
    const others = record({ clientOrderId: "two", kind: "recheck", accountId: 2 });
    assert.equal(sightOf([record({}), lost, others], 1000).verdict, "unknown");
  });

  it("is unknown where nothing was accepted", () => {
    assert.equal(sightOf([], 1000).verdict, "unknown");
    assert.equal(sightOf([record({ outcome: "rejected" })], 1000).verdict, "unknown");
  });
});

describe("The probe, as a process", function () {
  this.timeout(30_000);

  it("says what it lacks", () => {
    const { status, stderr } = spawnSync(process.execPath, ["chaos/probe-main.ts"], {
      encoding: "utf8",
      env: { PATH: process.env.PATH ?? "" },
    });
    assert.equal(status, 2);
    assert.match(stderr, /CASTLE_ENDPOINTS[\s\S]*API_KEYS[\s\S]*\(DRILL_OPTION_INVALID\)/);
  });
});
