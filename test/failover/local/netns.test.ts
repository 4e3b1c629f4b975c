// Zones of network namespaces: skipped, with the reason, where the machine does not permit them.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { zonesScript } from "../../../failover/local/netns-script.ts";
import { isAlive, startTicksOf, treeOf } from "../../../failover/local/process-tree.ts";
import { temporaryDir } from "../stand-in-exchange.ts";

const program = fileURLToPath(new URL("../netns-program.ts", import.meta.url));
const run = promisify(execFile);

interface Seen {
  readonly reason?: string;
  readonly duringSilence: number;
  readonly broken: readonly string[];
  readonly healed: boolean;
}

describe("Zones of namespaces", function () {
  this.timeout(20_000);
  const dataDir = temporaryDir();
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it("lose a zone in perfect silence, and give it back", async function () {
    const interfaces = readdirSync("/sys/class/net");
    const { stdout } = await run(process.execPath, [program, dataDir]);
    const seen = JSON.parse(stdout) as Seen;
    if (seen.reason !== undefined) {
      process.stderr.write(`      skipped: ${seen.reason}\n`);
      this.skip();
    }
    expect(seen.duringSilence).to.equal(0);
    expect(seen.broken).to.deep.equal([]);
    expect(seen.healed).to.equal(true);
    expect(readdirSync("/sys/class/net")).to.deep.equal(interfaces);
  });

  it("vanish with the program when it is killed", async function () {
    const outside = spawn(process.execPath, [program, dataDir], { stdio: ["ignore", "pipe", 2] });
    const ended = once(outside, "exit");
    // The outside program, unshare, and the program inside.
    const inside = async (): Promise<number[]> => {
      const tree = treeOf(outside.pid ?? 0);
      if (tree.length >= 4 || outside.exitCode !== null) return tree;
      await new Promise((wake) => setTimeout(wake, 5));
      return inside();
    };
    const processes = (await inside()).map((pid) => ({ pid, ticks: startTicksOf(pid) ?? 0 }));
    if (outside.exitCode !== null) this.skip();
    outside.kill("SIGKILL");
    await ended;
    while (processes.some(({ pid, ticks }) => isAlive(pid, ticks))) {
      await new Promise((wake) => setTimeout(wake, 5));
    }
  });

  it("say why there are none where the machine does not permit them", async () => {
    const fake = join(dataDir, "unshare");
    writeFileSync(fake, "#!/bin/sh\necho 'unshare: Operation not permitted' >&2; exit 1\n");
    chmodSync(fake, 0o755);
    const env = { ...process.env, PATH: `${dataDir}:${process.env.PATH}` };
    const { stdout, stderr } = await run(process.execPath, [program, dataDir], { env });
    expect(JSON.parse(stdout)).to.deep.equal({ reason: "unshare: Operation not permitted" });
    expect(stderr).to.equal("");
  });

  it("know each other's hardware addresses, so that silence stays silence", () => {
    const script = zonesScript();
    for (const place of ["a", "b", "c", "client"]) {
      const [, lines = ""] = script.split(`ip -n ${place} -batch - <<'END'`);
      const known = lines.split("END")[0]?.match(/nud permanent/g);
      expect(known, place).to.have.length(4);
    }
  });
});
