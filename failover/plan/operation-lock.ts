// One operation at a time on one log: a lock file with the process that holds it. One that a killed process left
// is taken over, as its pid and start time tell that it is gone.

import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ClusterError } from "../errors.ts";
import { isAlive, startTicksOf } from "../local/process-tree.ts";

/** Returns how to let go. @throws ClusterError OPERATION_RUNNING */
export function takeOperationLock(directory: string): () => void {
  const file = join(directory, "operations.lock");
  if (!writesNew(file)) {
    const holder = holderOf(file);
    if (holder !== undefined && isAlive(holder.pid, holder.startTicks)) {
      throw new ClusterError(
        "OPERATION_RUNNING",
        `process ${holder.pid} runs an operation on ${directory} at this moment: wait for it`,
      );
    }
    rmSync(file, { force: true });
    if (!writesNew(file)) {
      throw new ClusterError(
        "OPERATION_RUNNING",
        `another operation has just begun on ${directory}`,
      );
    }
  }
  return () => rmSync(file, { force: true });
}

function writesNew(file: string): boolean {
  try {
    const handle = openSync(file, "wx", 0o600);
    writeSync(handle, `${process.pid} ${startTicksOf(process.pid) ?? 0}\n`);
    closeSync(handle);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function holderOf(file: string): { pid: number; startTicks: number } | undefined {
  try {
    const [pid = 0, startTicks = 0] = readFileSync(file, "utf8").trim().split(" ").map(Number);
    return { pid, startTicks };
  } catch {
    return undefined;
  }
}
