// What a snapshot costs with a million orders resting: every interval the lines that changed are
// hashed and copied out; a full one takes every line ever written.

import { encodeLines } from "../../engine/codec/lines-codec.ts";
import { CoreWorkload, capacityFor } from "./core-bench.ts";
import type { WorkloadOptions } from "./workload.ts";

export interface SnapshotFigures {
  /** 0 for the full snapshot. */
  readonly commandsPerS: number;
  readonly lines: number;
  readonly bytes: number;
  /** Finding and hashing the changed lines. */
  readonly markMs: number;
  /** Copying them out. */
  readonly encodeMs: number;
}

const INTERVAL_S = 0.05;
const INTERVALS = 20;

export function benchSnapshots(
  options: WorkloadOptions,
  rates: readonly number[],
): SnapshotFigures[] {
  const workload = new CoreWorkload(options, capacityFor(options.liveOrders), false);
  workload.fill();
  const figures = [full(workload)];
  for (const rate of rates) figures.push(median(intervals(workload, rate)));
  workload.core.checkInvariants();
  return figures;
}

function full(workload: CoreWorkload): SnapshotFigures {
  const { core } = workload;
  const start = performance.now();
  core.mark();
  const markMs = performance.now() - start;
  const lines = core.usedLines();
  const encodeStart = performance.now();
  const bytes = encodeLines(core.memory, lines).length;
  const encodeMs = performance.now() - encodeStart;
  return { commandsPerS: 0, lines: lines.length, bytes, markMs, encodeMs };
}

function intervals(workload: CoreWorkload, commandsPerS: number): SnapshotFigures[] {
  const { core } = workload;
  return Array.from({ length: INTERVALS }, () => {
    for (let step = 0; step < commandsPerS * INTERVAL_S; step += 1) workload.step();
    const start = performance.now();
    const { changedLines } = core.mark();
    const marked = performance.now();
    const bytes = encodeLines(core.memory, changedLines).length;
    const encodeMs = performance.now() - marked;
    return { commandsPerS, lines: changedLines.length, bytes, markMs: marked - start, encodeMs };
  });
}

/** By the time it took. */
function median(figures: readonly SnapshotFigures[]): SnapshotFigures {
  const sorted = figures.toSorted((a, b) => a.markMs + a.encodeMs - b.markMs - b.encodeMs);
  return sorted[sorted.length >> 1] as SnapshotFigures;
}
