import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const program = fileURLToPath(new URL("packet-loss-program.ts", import.meta.url));

/** In a network namespace of its own, with a loopback of its own. */
const inside = (script: string, ...args: string[]) =>
  ["-Urn", "sh", "-c", `ip link set lo up && ${script}`, ...args] as const;

describe("Packet loss and pauses", function () {
  // Ten seconds of both, and an exchange that starts.
  this.timeout(60_000);

  before(function () {
    // Neither root nor user namespaces, or no nftables.
    const probe = spawnSync("unshare", inside("nft list ruleset && command -v ip"));
    if (probe.status !== 0) this.skip();
  });

  it("make nobody suspect a primary that lives, and lose nothing", async () => {
    const args = inside('exec "$0" "$@"', process.execPath, program, "10", "15");
    const child = spawn("unshare", args, { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await Promise.all([text(child.stdout), once(child, "exit")]);
    const outcome = JSON.parse(said);
    expect(outcome).to.include({ suspicions: 0, switches: 0 });
    expect(outcome.acknowledged).to.equal(outcome.submitted).and.be.greaterThan(0);
    expect(outcome.balance).to.equal(outcome.submitted);
  });
});
