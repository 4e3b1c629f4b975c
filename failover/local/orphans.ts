// Orphans: processes that a killed supervisor could not take along. Each start notes what it starts,
// with the start time that makes a pid unmistakable, and the next one ends whatever is left of it.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "./cluster-files.ts";
import { isAlive, sendSignal, startTicksOf, treeOf } from "./process-tree.ts";

const noteSchema = z.object({
  processes: z.array(z.object({ name: z.string(), pid: z.int(), startTicks: z.int() })),
});

const fileOf = (dataDir: string) => join(dataDir, "processes.json");

export function noteProcesses(
  dataDir: string,
  processes: readonly { name: string; pid: number }[],
): void {
  const known = processes.flatMap(({ name, pid }) => {
    const startTicks = startTicksOf(pid);
    return startTicks === undefined ? [] : [{ name, pid, startTicks }];
  });
  writeWhole(fileOf(dataDir), { processes: known });
}

export function forgetProcesses(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true });
}

/** Ends what the run before left, and names it. */
export async function stopOrphans(dataDir: string): Promise<string[]> {
  const file = fileOf(dataDir);
  if (!existsSync(file)) return [];
  const parsed = noteSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  const left = parsed.success
    ? parsed.data.processes.filter((process) => isAlive(process.pid, process.startTicks))
    : [];
  for (const { pid } of left) {
    for (const member of treeOf(pid)) sendSignal(member, "SIGKILL");
  }
  const deadlineMs = performance.now() + 5_000;
  while (left.some((process) => isAlive(process.pid, process.startTicks))) {
    if (performance.now() > deadlineMs) break;
    await new Promise((wake) => setTimeout(wake, 10));
  }
  forgetProcesses(dataDir);
  return left.map(({ name }) => name);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
