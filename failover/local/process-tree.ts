// What /proc says about processes: who they are and whose children. On systems without /proc every
// answer is "nothing known".

import { readdirSync, readFileSync } from "node:fs";

interface Stat {
  readonly parentPid: number;
  /** Clock ticks since boot; with the pid it names a process for as long as the machine is up. */
  readonly startTicks: number;
  readonly state: string;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name stands in parentheses and may hold anything, also parentheses.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", parentPid: Number(fields[1]), startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

export function startTicksOf(pid: number): number | undefined {
  return statOf(pid)?.startTicks;
}

/** Whether this very process, and no later one with its pid, still runs (a zombie does not). */
export function isAlive(pid: number, startTicks: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.startTicks === startTicks && stat.state !== "Z";
}

/** `pid` and everything it started, parents first. */
export function treeOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const entry of procEntries()) {
    const stat = statOf(entry);
    if (stat === undefined) continue;
    const siblings = childrenOf.get(stat.parentPid) ?? [];
    siblings.push(entry);
    childrenOf.set(stat.parentPid, siblings);
  }
  const tree = [pid];
  for (let index = 0; index < tree.length; index++) {
    tree.push(...(childrenOf.get(tree[index] as number) ?? []));
  }
  return tree;
}

function procEntries(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Sends a signal; `false` where the process is gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
