// The main job as a user runs it: real processes, a real lost zone, and its one JSON object.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../", import.meta.url));

function runDrill(args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(join(root, "castle"), ["drill", "--json", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    // The nodes' own coverage would cost more than it tells.
    env: { ...process.env, NODE_V8_COVERAGE: "" },
  });
  let stdout = "";
  child.stdout.on("data", (piece) => {
    stdout += piece;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout })));
}

describe("castle drill", function () {
  this.timeout(180_000);
  const reportDir = mkdtempSync(join(tmpdir(), "castle-drill-test-"));
  after(() => rmSync(reportDir, { recursive: true, force: true }));

  it("loses a zone under load and keeps every acknowledged order, once", async () => {
    const place = ["--report-dir", reportDir, "--port-base", "27000"];
    const { code, stdout } = await runDrill(["--rate", "300", "--duration", "9", ...place]);
    const report = JSON.parse(stdout);
    expect(report).to.include({ lost: 0, duplicated: 0, hashesEqual: true, historyEqual: true });
    expect(report.historyCheck).to.equal("pass");
    expect(report.acknowledged).to.be.greaterThan(500);
    const { gapMs, detectMs, decideMs, promoteMs, reconnectMs } = report;
    expect(detectMs + decideMs + promoteMs + reconnectMs).to.equal(gapMs);
    // How long the gap was is the machine's affair today; whether orders were kept is not.
    expect(code).to.equal(report.verdict === "held" ? 0 : 1);
    const html = readFileSync(join(reportDir, "report.html"), "utf8");
    expect(html)
      .to.contain(String(report.seed))
      .and.not.to.match(/(src|href)="https?:/);
    expect(readFileSync(join(reportDir, "junit.xml"), "utf8")).to.contain("<testsuite");
  });
});
