// A worker thread that runs seeds: a share at a time, its sum back. A bug may be planted in it first,
// since what it patches is patched for the whole thread.

import { parentPort, workerData } from "node:worker_threads";
import { plantBug } from "./planted-bugs.ts";
import { simulate } from "./simulation.ts";
import { addRun, emptyTally } from "./tally.ts";

export interface Share {
  readonly firstSeed: number;
  readonly count: number;
}

const { bug } = workerData as { readonly bug: string | null };
if (bug !== null) plantBug(bug);

parentPort?.on("message", (share: Share) => {
  const tally = emptyTally();
  for (let index = 0; index < share.count; index++) {
    addRun(tally, simulate(share.firstSeed + index));
  }
  parentPort?.postMessage(tally);
});
