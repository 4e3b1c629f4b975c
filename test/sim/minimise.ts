// Minimise: of a seed that fails, the fewest faults and the shortest run that still fail in the same
// way. Delta debugging (Zeller, Hildebrandt 2002) on the list of strikes: each draws from a source
// of its own, so those that stay strike as before, at the moment they did.

import type { Strike } from "./faults/faults.ts";
import { type SimulationResult, simulate } from "./simulation.ts";

export interface Minimised {
  readonly seed: number;
  readonly failure: string;
  readonly strikes: readonly Strike[];
  readonly tradeMs: number;
  /** Runs that it took. */
  readonly runs: number;
}

/** Enough for the longest list of strikes seen, and a few seconds at most. */
const runsMax = 400;
/** Parts of the duration that are tried, the shortest first. */
const shorter = [0.25, 0.5, 0.75, 0.9];

/** `null` where the seed holds. */
export function minimise(seed: number): Minimised | null {
  const whole = simulate(seed);
  if (whole.failure === null) return null;
  const search = new Search(seed, whole);
  search.shorten();
  search.leaveOut();
  search.shorten();
  return search.result;
}

class Search {
  private readonly seed: number;
  private best: SimulationResult;
  private runs = 1;

  constructor(seed: number, whole: SimulationResult) {
    this.seed = seed;
    this.best = whole;
  }

  get result(): Minimised {
    const { failure, strikes, tradeMs } = this.best;
    return { seed: this.seed, failure: failure ?? "", strikes, tradeMs, runs: this.runs };
  }

  private get ids(): string[] {
    return this.best.strikes.map(({ id }) => id);
  }

  /** Keeps the smaller run where it fails too, in the same way. */
  private holds(only: readonly string[], tradeMs: number): boolean {
    if (this.runs >= runsMax) return false;
    this.runs++;
    const result = simulate(this.seed, { only: new Set(only), tradeMs });
    if (kindOf(result.failure) !== kindOf(this.best.failure)) return false;
    this.best = result;
    return true;
  }

  shorten(): void {
    const { ids } = this;
    let isShorter = true;
    while (isShorter) {
      const { tradeMs } = this.best;
      isShorter = shorter.some((part) => this.holds(ids, Math.round(tradeMs * part)));
    }
  }

  /** Halves first, then quarters, and so on down to single strikes. */
  leaveOut(): void {
    if (this.holds([], this.best.tradeMs)) return;
    let parts = 2;
    while (this.ids.length > 1) {
      const { ids } = this;
      const size = Math.ceil(ids.length / parts);
      const isSmaller = chunks(ids.length, size).some(([from, to]) =>
        this.holds([...ids.slice(0, from), ...ids.slice(to)], this.best.tradeMs),
      );
      if (isSmaller) parts = Math.max(2, parts - 1);
      else if (size === 1) return;
      else parts = Math.min(ids.length, parts * 2);
    }
  }
}

/** The class of the error: a run that is cut short must not fail for want of time instead. */
function kindOf(failure: string | null): string {
  return failure?.split(":")[0] ?? "";
}

function chunks(length: number, size: number): [from: number, to: number][] {
  const result: [number, number][] = [];
  for (let from = 0; from < length; from += size)
    result.push([from, Math.min(length, from + size)]);
  return result;
}

/** One line to paste. */
export function replayLine(minimised: Minimised, bug: string | undefined): string {
  const { seed, strikes, tradeMs } = minimised;
  const faults = strikes.map(({ id }) => id).join(",") || "none";
  const planted = bug === undefined ? "" : ` --bug ${bug}`;
  return `./castle sim --seed ${seed} --faults ${faults} --trade-ms ${tradeMs}${planted}`;
}
