// Cores: gives the primary a core that nobody else of the bench uses, and less of it than there is, so
// that the primary sets the pace although all others share what is left. A brake, a loop that does
// nothing, takes half of that core from whoever runs there: the primary's machine is half as fast, in
// both kinds, and the ratio stays. Needs `taskset` (util-linux) and two cores; released at the end.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { favour } from "./cluster.ts";

const primaryCore = 0;
/** Before anything was pinned: afterwards the system tells less. */
const coreCount = availableParallelism();
const otherCores = coreCount > 2 ? `1-${coreCount - 1}` : "1";
const allCores = `0-${coreCount - 1}`;

/** Longer than any measurement; a brake that nobody releases ends by itself. */
const brakeMsMax = 120_000;
const brakeProgram = `const endMs = Date.now() + ${brakeMsMax}; while (Date.now() < endMs);`;

export class Cores {
  private brake: ChildProcess | undefined;
  private moved: readonly number[] = [];

  static get areSplittable(): boolean {
    try {
      execFileSync("taskset", ["--version"], { stdio: "ignore" });
      return coreCount > 1;
    } catch {
      return false;
    }
  }

  get otherCount(): number {
    return coreCount - 1;
  }

  split(primary: number, others: readonly number[]): void {
    this.moved = [primary, ...others];
    pin(primary, `${primaryCore}`);
    for (const pid of others) pin(pid, otherCores);
    const brake = spawn(process.execPath, ["-e", brakeProgram], { stdio: "ignore" });
    this.brake = brake;
    if (brake.pid === undefined) throw new Error("the brake did not start");
    // It must weigh as much as the primary.
    favour(brake.pid);
    pin(brake.pid, `${primaryCore}`);
  }

  async release(): Promise<void> {
    const { brake } = this;
    this.brake = undefined;
    if (brake !== undefined && brake.exitCode === null && brake.signalCode === null) {
      brake.kill("SIGKILL");
      await once(brake, "exit");
    }
    for (const pid of this.moved) pin(pid, allCores);
    this.moved = [];
  }
}

/** With all its threads; those that it starts later follow. */
function pin(pid: number, cores: string): void {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cores, `${pid}`], {
    stdio: "ignore",
  });
}
