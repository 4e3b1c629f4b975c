import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { HistoryRecorder, readHistory, unitsOf } from "../../chaos/load/history-recorder.ts";
import type { Acknowledgement } from "../../client/index.ts";

const told: Acknowledgement = {
  kind: "place",
  clientOrderId: "x",
  symbol: "BTCUSDT",
  outcome: "accepted",
  inDoubt: false,
  orderId: 7,
  status: "NEW",
  origQty: "0.10000000",
  executedQty: "0.00000000",
  errorCode: 0,
  errorMessage: "",
  intendedMs: 1,
  firstSentMs: 1,
  acknowledgedMs: 2,
  attempts: 1,
  via: "gateway-a",
  learnedBy: "answer",
};

const answers: [string, Partial<Acknowledgement>, object | null][] = [
  [
    "an acceptance with what it showed",
    {},
    {
      kind: "accepted",
      isFirst: true,
      seen: { orderId: 7, status: "NEW", quantity: 10_000_000, executed: 0 },
    },
  ],
  [
    "a later word as one",
    { learnedBy: "query", origQty: "", executedQty: "", status: "" },
    { kind: "accepted", isFirst: false, seen: { orderId: 7 } },
  ],
  ["an unknown outcome as no answer", { outcome: "unknown" }, null],
  ["a refusal in doubt as no answer", { outcome: "rejected", inDoubt: true }, null],
  ["a refusal", { outcome: "rejected", errorCode: -2010 }, { kind: "refused" }],
  [
    "a cancel of what is not open",
    { kind: "cancel", outcome: "rejected", errorCode: -2011 },
    { kind: "notOpen" },
  ],
];

describe("HistoryRecorder", () => {
  const directory = mkdtempSync(join(tmpdir(), "castle-history-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("records what was told, and between which times", async () => {
    const file = join(directory, "history.jsonl");
    let nowMs = 100;
    const recorder = new HistoryRecorder(file, () => nowMs);
    const asked = { accountId: 1, symbol: "BTCUSDT", invokedMs: 105 };
    nowMs = 110;
    for (const [, given] of answers) {
      recorder.change(asked, { ...told, ...given }, { quantity: "0.1" });
    }
    await recorder.close();
    const history = readHistory(file);
    expect(history.map(({ answer }) => answer)).to.deep.equal(answers.map(([, , one]) => one));
    for (const { invokedMs, completedMs, answer } of history) {
      expect(invokedMs).to.equal(5);
      expect(completedMs).to.equal(answer === null ? null : 10);
    }
  });

  it("takes decimals for whole hundred-millionths, exactly", () => {
    const units = ["0.1", "0.00000001", "12345678.12345678", "3"].map(unitsOf);
    expect(units).to.deep.equal([10_000_000, 1, 1_234_567_812_345_678, 300_000_000]);
  });
});
