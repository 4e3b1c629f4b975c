import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { writeWhole } from "../../../failover/local/cluster-files.ts";
import { noteProcesses, stopOrphans } from "../../../failover/local/orphans.ts";
import { temporaryDir } from "../stand-in-exchange.ts";

describe("Orphans", () => {
  const dataDir = temporaryDir();
  const sleeper = () => spawn("sleep", ["60"], { stdio: "ignore" });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it("are stopped and named by the next start", async () => {
    const orphan = sleeper();
    const ended = once(orphan, "exit");
    noteProcesses(dataDir, [{ name: "engine-1", pid: orphan.pid ?? 0 }]);
    expect(await stopOrphans(dataDir)).to.deep.equal(["engine-1"]);
    expect((await ended)[1]).to.equal("SIGKILL");
    expect(await stopOrphans(dataDir)).to.deep.equal([]);
  });

  it("are nobody else who got their pid", async () => {
    const stranger = sleeper();
    const processes = [{ name: "engine-1", pid: stranger.pid, startTicks: 1 }];
    writeWhole(join(dataDir, "processes.json"), { processes });
    expect(await stopOrphans(dataDir)).to.deep.equal([]);
    expect(stranger.exitCode ?? stranger.signalCode).to.equal(null);
    stranger.kill();
  });

  it("are not looked for in a note that is torn", async () => {
    writeWhole(join(dataDir, "processes.json"), "{");
    expect(await stopOrphans(dataDir)).to.deep.equal([]);
  });
});
