// When do actions come? Recorded flow comes in bursts that no Poisson process shows: half of all
// gaps are under a millisecond at means of 40 to 150 ms. Here: a two-state rate (calm and busy,
// seconds long) times a self-exciting cluster process (Hawkes, as branching: each arrival has
// children within milliseconds), and now and then an avalanche. The mean rate is what was asked for.
// The busy state is held to about twice the mean: a drill's flow is that of many instruments, whose
// busy seconds do not fall together; one share alone peaks at 15 times its mean second.

import { Agenda } from "./agenda.ts";
import type { Random } from "./random.ts";

/** Children of an arrival, on average: the share of arrivals that others brought about. */
const BRANCHING = 0.6;
/** Gaps between cause and effect: most follow at once, some after a human's or a poll's delay. */
const CHILD_DELAY_MS = [
  [0.3, 0.6],
  [4, 0.3],
  [60, 0.1],
] as const;
/** One independent arrival in so many is an avalanche of `AVALANCHE_SIZE` within `AVALANCHE_MS`. */
const AVALANCHE_ONE_IN = 250;
const AVALANCHE_SIZE = 40;
const AVALANCHE_MS = 10;
const STATES = [
  { rate: 0.6, meanMs: 2000 },
  { rate: 2.0, meanMs: 800 },
] as const;

/** Independent arrivals needed per arrival, so that with all children the mean is one. */
const INDEPENDENT_SHARE = (1 - BRANCHING) / (1 + AVALANCHE_SIZE / AVALANCHE_ONE_IN);
const STATE_MEAN =
  STATES.reduce((sum, state) => sum + state.rate * state.meanMs, 0) /
  STATES.reduce((sum, state) => sum + state.meanMs, 0);

/** Times in milliseconds from 0, ascending, without end. */
export function* arrivals(random: Random, ratePerS: number): Generator<number> {
  const perMs = ((ratePerS / 1000) * INDEPENDENT_SHARE) / STATE_MEAN;
  const pending = new Agenda<undefined>();
  let state = 0;
  let stateEndMs = random.exponential(STATES[0].meanMs);
  let independentMs = random.exponential(1 / (perMs * STATES[0].rate));
  for (;;) {
    while (independentMs > stateEndMs) {
      // A waiting time has no memory: what is left of it runs on at the new state's pace.
      const leftShare = (independentMs - stateEndMs) * (STATES[state]?.rate ?? 1);
      state = 1 - state;
      independentMs = stateEndMs + leftShare / (STATES[state]?.rate ?? 1);
      stateEndMs += random.exponential(STATES[state]?.meanMs ?? 1);
    }
    let atMs = pending.earliestMs;
    if (atMs <= independentMs) pending.takeEarliest();
    else {
      atMs = independentMs;
      independentMs += random.exponential(1 / (perMs * (STATES[state]?.rate ?? 1)));
      if (random.chance(1 / AVALANCHE_ONE_IN)) {
        const size = random.geometric(AVALANCHE_SIZE);
        for (let i = 0; i < size; i += 1)
          pending.add(atMs + random.fraction() * AVALANCHE_MS, undefined);
      }
    }
    for (let left = poisson(random, BRANCHING); left > 0; left -= 1) {
      pending.add(atMs + random.exponential(random.pick(CHILD_DELAY_MS)), undefined);
    }
    yield atMs;
  }
}

/** Knuth's method: fit for small means. */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.fraction(); product > limit; product *= random.fraction()) count += 1;
  return count;
}
