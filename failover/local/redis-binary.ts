// Which Redis to run: redis-server or valkey-server, 7 or newer (the journal needs functions), from
// the PATH; where there is none, from the system's package manager, if it may be asked.

import { spawn, spawnSync } from "node:child_process";
import { CastleError } from "../../engine/index.ts";
import { ClusterError } from "../errors.ts";
import { keepTelling, type Tell } from "./progress.ts";

/** Functions and the stream commands of the journal came with 7. */
export const redisVersionMin = 7;

const servers = ["redis-server", "valkey-server"];

export interface RedisBinary {
  readonly command: string;
  readonly version: string;
}

/** Major version in what `redis-server --version` or INFO says; undefined where it says none. */
export function parseVersion(text: string): { version: string; major: number } | undefined {
  const match = /(?:v=|valkey_version:|redis_version:)((\d+)\.\d+\.\d+)/.exec(text);
  if (match === null) return undefined;
  return { version: match[1] as string, major: Number(match[2]) };
}

/** The first server on the PATH that is new enough. @throws CastleError REDIS_TOO_OLD */
export function findRedis(): RedisBinary | undefined {
  const tooOld: string[] = [];
  for (const command of servers) {
    const found = parseVersion(
      spawnSync(command, ["--version"], { encoding: "utf8" }).stdout ?? "",
    );
    if (found === undefined) continue;
    if (found.major >= redisVersionMin) return { command, version: found.version };
    tooOld.push(`${command} ${found.version}`);
  }
  if (tooOld.length === 0) return undefined;
  throw new CastleError(
    "REDIS_TOO_OLD",
    `${tooOld.join(" and ")} found, but ${redisVersionMin} or newer is needed: upgrade it, or name a running one by --redis-url`,
    { found: tooOld },
  );
}

/** @throws ClusterError REDIS_MISSING with the exact command that would install one. */
export async function ensureRedis(tell: Tell): Promise<RedisBinary> {
  const present = findRedis();
  if (present !== undefined) return present;
  const advice =
    "no redis-server 7 (or valkey-server) on the PATH; install it: " +
    "sudo apt-get install -y --no-install-recommends redis-server, or name a running one by --redis-url";
  const privilege = privilegePrefix();
  if (privilege === undefined || spawnSync("apt-get", ["--version"]).status !== 0) {
    throw new ClusterError("REDIS_MISSING", advice);
  }
  tell("installing redis-server by apt-get (once)");
  const done = keepTelling("still installing redis-server", tell);
  try {
    for (const args of [
      ["update", "-q"],
      ["install", "-q", "-y", "--no-install-recommends", "redis-server"],
    ]) {
      // RUNLEVEL=1: the package starts its own service at any other run level, on a port that
      // somebody may want; we only want the program.
      const settings = ["RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive"];
      const code = await run([...privilege, "env", ...settings, "apt-get", ...args]);
      if (code !== 0) {
        throw new ClusterError("REDIS_MISSING", `apt-get ${args[0]} failed (${code}); ${advice}`);
      }
    }
    // Nor is its service to start with the machine; where there is no systemd this does nothing.
    await run([...privilege, "systemctl", "disable", "--now", "redis-server"], "ignore");
  } finally {
    done();
  }
  const installed = findRedis();
  if (installed === undefined) throw new ClusterError("REDIS_MISSING", advice);
  return installed;
}

/** How to become root without a question; undefined where one cannot. */
function privilegePrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync("sudo", ["-n", "true"]);
  return sudo.status === 0 ? ["sudo", "-n"] : undefined;
}

function run(line: readonly string[], errors: "inherit" | "ignore" = "inherit"): Promise<number> {
  const [command, ...args] = line as [string, ...string[]];
  // The installer's output is progress: to stderr, stdout belongs to the command's result.
  const stdio = ["ignore", errors === "inherit" ? 2 : "ignore", errors] as const;
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: [...stdio] });
    child.once("error", () => resolve(127));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
