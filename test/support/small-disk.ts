// A small disk in a folder: a tmpfs that only this process's children see, in a mount namespace that
// lives as long as its holder. Needs no privilege where user namespaces are allowed.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

export class SmallDisk {
  readonly folder: string;
  private readonly holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder;
    this.holder = holder;
  }

  /** What is in the folder is on the disk. `null` where this machine does not allow it. */
  static async mount(folder: string, megabytes: number): Promise<SmallDisk | null> {
    const script = `set -e
      held=$(mktemp -d)
      cp -a "$0/." "$held"
      mount -t tmpfs -o size=${megabytes}m castle "$0"
      cp -a "$held/." "$0"
      rm -r "$held"
      echo mounted
      exec sleep 600`;
    const holder = spawn("unshare", ["-Urm", "sh", "-c", script, folder], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const outcome = await Promise.race([
      once(holder.stdout, "data").then(() => true),
      once(holder, "exit").then(() => false),
      once(holder, "error").then(() => false),
    ]);
    return outcome ? new SmallDisk(folder, holder) : null;
  }

  /** Runs the command that follows it where the disk is mounted. */
  get wrapper(): readonly string[] {
    const target = String(this.holder.pid);
    return ["nsenter", "--target", target, "--user", "--preserve-credentials", "--mount"];
  }

  /** Leaves about so many bytes free. */
  fill(freeBytes: number): void {
    this.shell(
      `free=$(df -B1 --output=avail "$0" | tail -1); head -c $((free - ${freeBytes})) /dev/zero > "$0/filler"`,
    );
  }

  makeRoom(): void {
    this.shell(`rm -f "$0/filler"`);
  }

  private shell(script: string): void {
    const [command = "", ...args] = [...this.wrapper, "sh", "-c", script, this.folder];
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`on the small disk: ${stderr}`);
  }

  async unmount(): Promise<void> {
    const gone = once(this.holder, "exit");
    this.holder.kill("SIGKILL");
    await gone;
  }
}
