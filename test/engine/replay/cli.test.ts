import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const castle = new URL("../../../castle.ts", import.meta.url).pathname;

function run(...words: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [castle, "replay", ...words], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

describe("castle replay, the command", function () {
  // Each case starts a process.
  this.timeout(20_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "castle-replay-"));
    writeFileSync(join(folder, "good.cmd"), "N,s,A,1,100,10\n=,1,0,0,100,10\n");
    writeFileSync(join(folder, "bad.cmd"), "N,s,A,1,100,10\n=,1,0,0,100,11\n");
    writeFileSync(join(folder, "torn.cmd"), "N,s,A,1\n");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("exits 0 when every expectation holds", async () => {
    const { code, stdout } = await run(join(folder, "good.cmd"));
    expect(code).to.equal(0);
    expect(stdout).to.contain("every expectation holds");
  });

  it("exits 1 and names the line when one does not", async () => {
    const { code, stdout } = await run(join(folder, "bad.cmd"));
    expect(code).to.equal(1);
    expect(stdout).to.contain("line 2: bids");
  });

  it("prints exactly one object with --json", async () => {
    const { code, stdout } = await run("--json", join(folder, "bad.cmd"));
    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.include({ failureCount: 1, format: "commands" });
  });

  it("exits 2 with one line for a file that it cannot read", async () => {
    for (const [name, what] of [
      ["torn.cmd", "line 1"],
      ["none.cmd", "no such file"],
    ] as const) {
      const { code, stderr } = await run(join(folder, name));
      expect(code).to.equal(2);
      expect(stderr.trim().split("\n")).to.have.length(1);
      expect(stderr).to.contain(what).and.contain("FLOW_UNREADABLE");
    }
  });
});
