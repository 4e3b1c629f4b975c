// Runs many seeds on several threads. Seeds are independent, so their order does not matter, and the
// result is the same for any number of threads.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Minimised } from "./minimise.ts";
import type { Task } from "./seed-worker.ts";
import { addTally, emptyTally, type Tally } from "./tally.ts";

export interface SeedRange {
  readonly firstSeed: number;
  readonly count: number;
  readonly jobs: number;
  /** Planted before the first seed; `null` = the code as it is. */
  readonly bug: string | null;
  /** No further shares are given out once so many seeds have failed. */
  readonly failuresMax: number;
  /** Seeds given to a thread at a time. */
  readonly shareMax?: number;
  readonly onProgress?: (tally: Tally) => void;
}

/** Small enough that threads end together, large enough that messages cost nothing. */
const usualShare = 20;

export async function runSeeds(range: SeedRange): Promise<Tally> {
  const total = emptyTally();
  const shareMax = range.shareMax ?? usualShare;
  const endSeed = range.firstSeed + range.count;
  let nextSeed = range.firstSeed;
  const nextShare = (): Task | null => {
    const isOver = nextSeed >= endSeed || total.failures.length >= range.failuresMax;
    if (isOver) return null;
    const count = Math.min(shareMax, endSeed - nextSeed);
    const share: Task = { kind: "run", firstSeed: nextSeed, count };
    nextSeed += count;
    return share;
  };
  const onTally = (tally: Tally) => {
    addTally(total, tally);
    range.onProgress?.(total);
  };
  const jobs = Math.min(range.jobs, Math.ceil(range.count / shareMax));
  const threads = Array.from({ length: jobs }, () => runThread(range.bug, nextShare, onTally));
  await Promise.all(threads);
  total.failures.sort((a, b) => a.seed - b.seed);
  return total;
}

/** In a thread of its own, for the bug's sake. */
export async function minimiseSeed(seed: number, bug: string | null): Promise<Minimised | null> {
  const worker = newWorker(bug);
  const task: Task = { kind: "minimise", seed };
  worker.postMessage(task);
  const [result] = (await once(worker, "message")) as [Minimised | null];
  await worker.terminate();
  return result;
}

function newWorker(bug: string | null): Worker {
  return new Worker(new URL("./seed-worker.ts", import.meta.url), { workerData: { bug } });
}

function runThread(
  bug: string | null,
  nextShare: () => Task | null,
  onTally: (tally: Tally) => void,
): Promise<void> {
  const worker = newWorker(bug);
  return new Promise((resolve, reject) => {
    const proceed = () => {
      const share = nextShare();
      if (share !== null) worker.postMessage(share);
      else worker.terminate().then(() => resolve(), reject);
    };
    worker.on("message", (tally: Tally) => {
      onTally(tally);
      proceed();
    });
    worker.once("error", reject);
    proceed();
  });
}
