// Starting processes so that none outlives its supervisor, however that ends: the kernel ends them
// (parent death signal, by setpriv of util-linux). Each leads a session of its own, so that Ctrl-C
// in the terminal reaches the supervisor alone, which stops them in order.

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { setPriority } from "node:os";
import type { Substrate } from "./substrate.ts";
import type { Exit, Running } from "./supervised.ts";
import type { Place } from "./zones.ts";

let canBind: boolean | undefined;

function hasDeathSignal(): boolean {
  // Once a process: util-linux before 2.33 has no such option, other systems no such program.
  canBind ??= spawnSync("setpriv", ["--pdeathsig", "KILL", "true"]).status === 0;
  return canBind;
}

/** Spawns in a place, bound to this process. */
export function spawnBound(
  substrate: Substrate,
  place: Place,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const inside = substrate.commandIn(place, { command, args });
  const bound = hasDeathSignal() ? bind(inside.command, inside.args) : inside;
  return spawn(bound.command, [...bound.args], { ...options, detached: true });
}

// A change of user clears the signal, so where the command is setpriv itself, which changes it, the
// signal is set in the same call, after the change.
function bind(command: string, args: readonly string[]) {
  const own = command === "setpriv" ? args : ["--", command, ...args];
  return { command: "setpriv", args: ["--pdeathsig", "KILL", ...own] };
}

/**
 * What has a machine of its own in production shares one here: whatever orders wait for goes first.
 * Only a privileged user may favour a process; without that right all are equal.
 */
function favour(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // No such right, or gone already: the supervisor sees its exit by itself.
  }
}

/** A child as the supervisor knows it. @throws where it could not be started. */
export async function running(child: ChildProcess, niceness = 0): Promise<Running> {
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const pid = child.pid as number;
  if (niceness !== 0) favour(pid, niceness);
  return { pid, exited };
}
