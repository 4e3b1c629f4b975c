// Tally: what many runs did in sum, and which of them failed.

import type { SimulationResult } from "./simulation.ts";

export interface Failure {
  readonly seed: number;
  readonly failure: string;
  readonly stack: string | null;
}

export interface Tally {
  seeds: number;
  events: number;
  simulatedMs: number;
  committed: number;
  acknowledged: number;
  reads: number;
  decisions: Record<string, number>;
  faults: Record<string, number>;
  failures: Failure[];
}

export function emptyTally(): Tally {
  return {
    seeds: 0,
    events: 0,
    simulatedMs: 0,
    committed: 0,
    acknowledged: 0,
    reads: 0,
    decisions: {},
    faults: {},
    failures: [],
  };
}

export function addRun(tally: Tally, run: SimulationResult): void {
  const { seed, failure, stack } = run;
  const failures = failure === null ? [] : [{ seed, failure, stack }];
  addTally(tally, { ...run, seeds: 1, failures });
}

export function addTally(sum: Tally, part: Readonly<Tally>): void {
  sum.seeds += part.seeds;
  sum.events += part.events;
  sum.simulatedMs += part.simulatedMs;
  sum.committed += part.committed;
  sum.acknowledged += part.acknowledged;
  sum.reads += part.reads;
  addCounts(sum.decisions, part.decisions);
  addCounts(sum.faults, part.faults);
  sum.failures.push(...part.failures);
}

export function addCounts(
  sum: Record<string, number>,
  part: Readonly<Record<string, number>>,
): void {
  for (const [name, count] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + count;
}
