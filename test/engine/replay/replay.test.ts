import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { replayFile } from "../../../engine/replay/replay.ts";
import { FlowUnreadable } from "../../../flow/flow-unreadable.ts";

const holding = [
  "N,s,A,1,100,10",
  "N,s,B,1,100,5",
  "N,m,C,-1,103,7",
  "=,1,103,7,100,15,0,0,0,0",
  "T,34200.5",
  "X,-1,100,12,A:100:10|B:100:2",
  "R,m,B,1",
  "V,B,1",
  "=,2,103,7,100,1",
  "C,m,B",
  "N,m,B,1,99,1",
  "L,D,1,103,9,C:103:7",
  "=,3,0,0,103,2,0,0,99,1",
];

describe("castle replay", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "castle-replay-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, lines: readonly string[]): string {
    const path = join(folder, name);
    const text = `${lines.join("\n")}\n`;
    writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
    return path;
  }

  it("passes a file whose every expectation holds", () => {
    const report = replayFile(file("holding.cmd", holding));
    expect(report.failures).to.deep.equal([]);
    expect(report).to.include({ commands: 9, takers: 2, fills: 3, bookChecks: 3, failureCount: 0 });
  });

  it("reads the same from a compressed file", () => {
    const plain = replayFile(file("holding.cmd", holding));
    const packed = replayFile(file("holding.cmd.gz", holding));
    expect({ ...packed, file: "" }).to.deep.equal({ ...plain, file: "" });
  });

  const wrong: readonly (readonly [string, number, string, string])[] = [
    ["a fill of the wrong order", 6, "X,-1,100,12,B:100:10|A:100:2", "A:100:10|B:100:2"],
    ["a fill too few", 6, "X,-1,100,12,A:100:10", "A:100:10|B:100:2"],
    ["an order that must not take", 3, "N,m,C,-1,100,7", "A:100:7"],
    ["an order that is not there", 7, "R,m,Z,1", "UNKNOWN_ORDER"],
    ["a book that differs", 4, "=,1,103,7,100,14", "100x15"],
    ["a level too many", 4, "=,1,103,7,100,15,104,1,0,0", "103x7 0x0"],
  ];
  for (const [what, line, text, actual] of wrong)
    it(`names line, expected and actual for ${what}`, () => {
      const lines = holding.with(line - 1, text);
      const report = replayFile(file("wrong.cmd", lines));
      expect(report.failureCount).to.be.above(0);
      expect(report.failures[0]).to.include({ line, actual });
    });

  it("shows the first failures and counts all", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `C,m,${index}`);
    const report = replayFile(file("many.cmd", lines), { failuresMax: 3 });
    expect(report.failures.map((failure) => failure.line)).to.deep.equal([1, 2, 3]);
    expect(report.failureCount).to.equal(30);
  });

  const garbled: readonly (readonly [string, string])[] = [
    ["Q,1,2", 'no step "Q"'],
    ["N,s,A,1,100", "field 6 is missing"],
    ["N,s,A,2,100,10", "side 2"],
    ["N,s,A,1,cheap,10", '"cheap" is no number'],
    ["N,s,A,1,100,0", "0 is no count"],
    ["X,1,100,5,A:100", '"A:100" is no fill'],
  ];
  for (const [text, message] of garbled)
    it(`refuses "${text}" and names its line`, () => {
      const path = file("garbled.cmd", ["T,1", text]);
      expect(() => replayFile(path)).to.throw(FlowUnreadable, `line 2: ${message}`);
    });

  it("refuses a file that is missing, torn or no text", () => {
    const torn = join(folder, "torn.cmd.gz");
    writeFileSync(torn, gzipSync("T,1\n".repeat(1000)).subarray(0, 30));
    const binary = join(folder, "binary.cmd");
    writeFileSync(binary, Uint8Array.of(84, 44, 255, 254, 10));
    for (const path of [join(folder, "none.cmd"), torn, binary, folder])
      expect(() => replayFile(path)).to.throw(FlowUnreadable, path);
  });

  it("replays LOBSTER messages and tells what it skipped", () => {
    const report = replayFile(
      file("messages.csv", [
        "34200.1,1,11,10,1000000,1",
        "34200.2,1,12,5,1000200,-1",
        "34200.3,4,11,4,1000000,1",
        "34200.3,4,99,4,1000000,1",
        "34200.4,5,0,3,1000100,1",
        "34200.5,2,11,2,1000000,1",
        "34200.6,3,77,2,1000000,1",
      ]),
    );
    expect(report).to.include({ format: "lobster", commands: 4, takers: 1, fills: 1 });
    expect(report.skipped).to.deep.equal({ rows: 7, ignored: 1, unknown: 2, rejected: 0 });
    expect(report.book.bids).to.deep.equal([{ priceTicks: 1000000, quantityLots: 4 }]);
  });

  describe("on recorded NASDAQ flow", () => {
    const recorded = new URL("../../../../shared/data/", import.meta.url).pathname;
    const files: readonly (readonly [string, object])[] = [
      ["AMZN_5.cmd.gz", { commands: 179_335, takers: 6585, fills: 8957, bookChecks: 153_252 }],
      ["AAPL_50_h1.cmd.gz", { commands: 89_324, takers: 3284, fills: 4058, bookChecks: 90_893 }],
    ];
    for (const [name, counts] of files)
      it(`holds every expectation of ${name}`, function () {
        this.timeout(120_000);
        if (!existsSync(recorded + name)) {
          process.stderr.write("skipped: no recorded flow\n");
          this.skip();
        }
        const report = replayFile(recorded + name);
        expect(report.failures).to.deep.equal([]);
        expect(report).to.include({ ...counts, failureCount: 0 });
      });
  });
});
