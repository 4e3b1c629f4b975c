// A worker thread that runs seeds: a share at a time, its sum back; or makes one that fails smaller. A
// bug may be planted in it first, since what it patches is patched for the whole thread.

import { parentPort, workerData } from "node:worker_threads";
import { minimise } from "./minimise.ts";
import { plantBug } from "./planted-bugs.ts";
import { simulate } from "./simulation.ts";
import { addRun, emptyTally } from "./tally.ts";

export type Task =
  | { readonly kind: "run"; readonly firstSeed: number; readonly count: number }
  | { readonly kind: "minimise"; readonly seed: number };

const { bug } = workerData as { readonly bug: string | null };
if (bug !== null) plantBug(bug);

parentPort?.on("message", (task: Task) => {
  if (task.kind === "minimise") {
    parentPort?.postMessage(minimise(task.seed));
    return;
  }
  const tally = emptyTally();
  for (let index = 0; index < task.count; index++) {
    addRun(tally, simulate(task.firstSeed + index));
  }
  parentPort?.postMessage(tally);
});
