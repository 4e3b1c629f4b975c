// Synthetic order flow in the measured shape of NASDAQ's (AAPL, GOOG, AMZN of 21 June 2012): the mix
// of adds, deletes, part-cancels and takers, lifetimes, distances from the best price, sizes, and
// arrivals in bursts (`arrivals.ts`). Seeded: one seed, one flow. Tables hold percentages.

import { Agenda } from "./agenda.ts";
import { arrivals } from "./arrivals.ts";
import type { FlowAction, FlowSide } from "./flow-action.ts";
import { Random } from "./random.ts";
import { ShadowBook, type ShadowOrder } from "./shadow-book.ts";

export interface SyntheticOptions {
  readonly seed: number;
  /** Actions of all kinds together. */
  readonly ratePerS: number;
  readonly durationMs: number;
  readonly instruments: readonly { readonly midTicks: number }[];
}

type Kind = "add" | "delete" | "reduce" | "take";

const MIX: readonly (readonly [Kind, number])[] = [
  ["add", 48.6],
  ["delete", 43.8],
  ["reduce", 0.4],
  ["take", 5.2],
];
/** Of adds: a delete and an add of the same size in one instant. */
const REPLACE_CHANCE = 0.07;
/** Ticks behind the best price of the own side, from and to; negative improves it. */
const DISTANCE_TICKS: readonly (readonly [readonly [number, number], number])[] = [
  [[-4, -1], 19],
  [[0, 0], 14],
  [[1, 5], 23],
  [[6, 20], 29],
  [[21, 80], 15],
];
const ADD_LOTS: readonly (readonly [readonly [number, number], number])[] = [
  [[100, 100], 50],
  [[1, 99], 30],
  [[200, 200], 14],
  [[300, 500], 5],
  [[1000, 1000], 1],
];
const TAKE_LOTS: readonly (readonly [readonly [number, number], number])[] = [
  [[100, 100], 50],
  [[10, 99], 30],
  [[101, 200], 12],
  [[201, 700], 7],
  [[701, 2500], 1],
];
/** Milliseconds from and to, drawn evenly on a logarithmic scale. */
const LIFETIME_MS: readonly (readonly [readonly [number, number], number])[] = [
  [[0.3, 1], 6],
  [[1, 50], 16],
  [[50, 800], 32],
  [[800, 11_000], 36],
  [[11_000, 80_000], 10],
];
const SPREAD_TICKS = 16;
/** Before takers and deletes come in, each book is given something to live on. */
const RESTING_LEAST = 80;
/** Most of the flow is on the first instrument, as on real venues. */
const INSTRUMENT_WEIGHTS = [5, 3, 2];

export function* syntheticFlow(options: SyntheticOptions): Generator<FlowAction> {
  const generator = new Generation(options);
  for (const atMs of arrivals(new Random(options.seed ^ 0x5bd1e995), options.ratePerS)) {
    if (atMs >= options.durationMs) return;
    yield* generator.at(atMs);
  }
}

class Generation {
  readonly #random: Random;
  readonly #books: readonly ShadowBook[];
  readonly #resting: Resting[];
  readonly #weights: readonly (readonly [number, number])[];
  /** A replacement spends two actions in one instant: the next arrival pays for it. */
  #debt = 0;
  #orderKeys = 0;

  constructor(options: SyntheticOptions) {
    this.#random = new Random(options.seed);
    this.#books = options.instruments.map((one) => new ShadowBook(one.midTicks, SPREAD_TICKS));
    this.#resting = options.instruments.map(() => new Resting());
    this.#weights = options.instruments.map((_, i) => [i, INSTRUMENT_WEIGHTS[i] ?? 1] as const);
  }

  *at(atMs: number): Generator<FlowAction> {
    if (this.#debt > 0) {
      this.#debt -= 1;
      return;
    }
    const instrument = this.#random.pick(this.#weights);
    const resting = this.#resting[instrument] as Resting;
    const kind = resting.size < RESTING_LEAST ? "add" : this.#random.pick(MIX);
    if (kind === "add") yield* this.#add(atMs, instrument);
    else if (kind === "take") yield this.#take(atMs, instrument);
    else {
      const order = resting.takeFirst();
      if (order === undefined) return;
      yield kind === "delete" ? this.#delete(atMs, order) : this.#reduce(atMs, order);
    }
  }

  *#add(atMs: number, instrument: number): Generator<FlowAction> {
    const resting = this.#resting[instrument] as Resting;
    let quantityLots = this.#between(this.#random.pick(ADD_LOTS));
    if (resting.size >= RESTING_LEAST && this.#random.chance(REPLACE_CHANCE)) {
      const replaced = resting.takeFirst();
      if (replaced !== undefined) {
        quantityLots = replaced.leftLots;
        this.#debt += 1;
        yield this.#delete(atMs, replaced);
      }
    }
    const side: FlowSide = this.#random.chance(0.5) ? "buy" : "sell";
    const priceTicks = this.#price(instrument, side);
    this.#orderKeys += 1;
    const orderKey = this.#orderKeys;
    const book = this.#books[instrument] as ShadowBook;
    const leftLots = book.take(side, priceTicks, quantityLots);
    if (leftLots > 0) {
      const order = { orderKey, instrument, side, priceTicks, leftLots };
      book.rest(order);
      const [fromMs, toMs] = this.#random.pick(LIFETIME_MS);
      const lifetimeMs = fromMs * (toMs / fromMs) ** this.#random.fraction();
      resting.add(atMs + lifetimeMs, order);
    }
    yield { kind: "add", atMs, instrument, orderKey, side, priceTicks, quantityLots };
  }

  #take(atMs: number, instrument: number): FlowAction {
    const side: FlowSide = this.#random.chance(0.5) ? "buy" : "sell";
    const book = this.#books[instrument] as ShadowBook;
    const best = book.best(side === "buy" ? "sell" : "buy");
    // One taker in twenty-five reaches beyond the best level.
    const reachTicks = this.#random.chance(0.04) ? this.#random.whole(1, 15) : 0;
    const priceTicks = Math.max(1, side === "buy" ? best + reachTicks : best - reachTicks);
    const quantityLots = this.#between(this.#random.pick(TAKE_LOTS));
    book.take(side, priceTicks, quantityLots);
    return { kind: "take", atMs, instrument, side, priceTicks, quantityLots };
  }

  #delete(atMs: number, order: ShadowOrder): FlowAction {
    order.leftLots = 0;
    return { kind: "cancel", atMs, instrument: order.instrument, orderKey: order.orderKey };
  }

  #reduce(atMs: number, order: ShadowOrder): FlowAction {
    if (order.leftLots < 2) return this.#delete(atMs, order);
    const reduceLots = this.#random.whole(1, order.leftLots - 1);
    order.leftLots -= reduceLots;
    (this.#resting[order.instrument] as Resting).add(atMs + this.#random.exponential(2000), order);
    const { instrument, orderKey } = order;
    return { kind: "reduce", atMs, instrument, orderKey, reduceLots };
  }

  /** Aimed from the best price of the own side; an improvement keeps off the other side. */
  #price(instrument: number, side: FlowSide): number {
    const book = this.#books[instrument] as ShadowBook;
    const behindTicks = this.#between(this.#random.pick(DISTANCE_TICKS));
    const bid = book.best("buy");
    const ask = book.best("sell");
    if (side === "buy") return Math.max(1, Math.min(bid - behindTicks, ask - 1));
    return Math.max(1, ask + behindTicks, bid + 1);
  }

  #between([least, most]: readonly [number, number]): number {
    return this.#random.whole(least, most);
  }
}

/** By the time of their end: the first to end among the orders that still have something left. */
class Resting extends Agenda<ShadowOrder> {
  takeFirst(): ShadowOrder | undefined {
    for (;;) {
      const order = this.takeEarliest();
      if (order === undefined || order.leftLots > 0) return order;
    }
  }
}
