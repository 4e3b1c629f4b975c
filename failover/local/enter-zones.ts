// Enter: starts this very program again inside of network, mount and process namespaces of its own.
// Nothing touches the machine's network, and when the program ends, however it ends, the kernel ends
// every process in there and the network vanishes. Root needs nothing more; other users get a user
// namespace where the system allows one.

import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { zonesScript } from "./netns-script.ts";

/**
 * Set for the program inside: when the user's command began, `user` where there is a user namespace
 * around it or `root`, and its pid as seen from outside.
 */
export const insideVariable = "CASTLE_INSIDE_ZONES";

const namespaceFlags = ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL"];

/** Ways to become root of new namespaces, the best first. */
const ways: readonly (readonly string[])[] = [
  namespaceFlags,
  ["--user", "--map-root-user", ...namespaceFlags],
];

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGWINCH"] as const;

/**
 * Builds the zones ($1), tells the pid by which the outside knows it, and becomes the program. A
 * shell of its own builds them: `set -e` has no effect left of `||`. Until then stderr is a pipe to
 * us, for the reason where it fails; the user's stderr waits as 3.
 */
const script = `
read -r pid rest < /proc/self/stat
sh -ec "$1" >&2 || exit 97
shift
echo "inside $pid" >&2
export ${insideVariable}="$${insideVariable} $pid"
exec "$@" 2>&3 3>&-
`;

const insidePattern = /^inside (\d+)$/m;

export type Entered =
  /** The program ran inside, and ended with this code. */
  | { readonly kind: "ran"; readonly exitCode: number }
  | { readonly kind: "unsupported"; readonly reason: string };

export async function runInsideZones(): Promise<Entered> {
  const reasons: string[] = [];
  for (const flags of process.getuid?.() === 0 ? ways : ways.slice(1)) {
    const owner = flags.includes("--user") ? "user" : "root";
    const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    const args = [...flags, "--", "sh", "-c", script, "sh", zonesScript(), ...program];
    // A session of its own: Ctrl-C reaches us, and we hand it on once. If we are killed, `unshare`
    // is, and with it everything inside.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", "unshare", ...args], {
      detached: true,
      stdio: ["inherit", "inherit", "pipe", 2],
      env: { ...process.env, [insideVariable]: `${performance.timeOrigin} ${owner}` },
    });
    const exit = exitOf(child);
    const said = await firstWords(child.stderr as Readable);
    const pid = insidePattern.exec(said)?.[1];
    if (pid !== undefined) return { kind: "ran", exitCode: await follow(Number(pid), exit) };
    reasons.push((await exit).reason ?? said.trim().split("\n").at(-1) ?? "");
  }
  const reason = reasons.filter((text) => text !== "").at(-1) ?? "namespaces are not permitted";
  return { kind: "unsupported", reason };
}

interface ChildExit {
  readonly code: number;
  readonly reason?: string;
}

function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 127, reason: error.message }));
    // Killed from outside, as its namespaces are: the shell's custom is 128 and the signal's number.
    child.once("exit", (code) => resolve({ code: code ?? 137 }));
  });
}

/** What is said before the program begins: its pid, or why there are no zones. */
function firstWords(stream: Readable): Promise<string> {
  let said = "";
  return new Promise((resolve) => {
    stream.on("data", (part: Buffer) => {
      said += part.toString("utf8");
      // `unshare` keeps its end open for as long as the program runs: there will be no end.
      if (insidePattern.test(said)) resolve(said);
    });
    stream.once("close", () => resolve(said));
  });
}

async function follow(pid: number, exit: Promise<ChildExit>): Promise<number> {
  const handOn = (signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended by itself.
    }
  };
  for (const signal of signals) process.on(signal, handOn);
  const { code } = await exit;
  for (const signal of signals) process.off(signal, handOn);
  return code;
}
