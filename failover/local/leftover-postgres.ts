// Leftover: a PostgreSQL whose supervisor was killed goes on alone, and holds port and folder. It is
// recognized by its pid file, its program and its working folder, never by its name alone: after a
// reboot the pid in the file may belong to anybody.

import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

/** Stops a server that still runs on `cluster`, and removes the pid file of one that does not. */
export async function stopLeftover(cluster: string, timeoutMs: number): Promise<void> {
  const pidFile = join(cluster, "postmaster.pid");
  if (!existsSync(pidFile) || !existsSync("/proc/self/exe")) return;
  const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!servesFolder(pid, cluster)) break;
    process.kill(pid, signal);
    await gone(pid, cluster, timeoutMs);
  }
  if (!servesFolder(pid, cluster)) rmSync(pidFile, { force: true });
}

function servesFolder(pid: number, cluster: string): boolean {
  try {
    const isPostgres = basename(readlinkSync(`/proc/${pid}/exe`)).startsWith("postgres");
    return isPostgres && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch {
    // No such process, or one that is none of ours.
    return false;
  }
}

async function gone(pid: number, cluster: string, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (servesFolder(pid, cluster) && performance.now() < deadlineMs) {
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
