// The workload of the core's benchmarks: a steady number of live orders, and the mix of recorded
// NASDAQ flow: about as many adds as cancels, and one taker in twenty that crosses the spread. Near
// the best price mostly, the rest over the band. `far` is an adversary's: prices anywhere.

import { Random } from "./random.ts";

export interface WorkloadOptions {
  readonly liveOrders: number;
  readonly midTicks: number;
  readonly bandTicks: number;
  readonly far: boolean;
  readonly seed: number;
}

/** Distance of the farthest prices, as a share of the middle. */
const FAR_SHARE = 0.9;
const TAKER_SHARE = 0.05;
const NEAR_SHARE = 0.5;
const NEAR_TICKS = 20;

export type Choice =
  | {
      readonly kind: "add" | "take";
      readonly isBuy: boolean;
      readonly price: number;
      readonly lots: number;
    }
  | { readonly kind: "cancel" };

export class Workload {
  readonly random: Random;
  private readonly options: WorkloadOptions;

  constructor(options: WorkloadOptions) {
    this.options = options;
    this.random = new Random(options.seed);
  }

  /** An order that rests: buys below the middle, sells above it. */
  add(): Choice & { kind: "add" | "take" } {
    const { random, options } = this;
    const isBuy = random.below(2) === 0;
    let distance = 1 + random.below(random.chance(NEAR_SHARE) ? NEAR_TICKS : options.bandTicks);
    if (options.far) distance = 1 + random.below(FAR_SHARE * options.midTicks);
    const price = isBuy ? options.midTicks - distance : options.midTicks + distance;
    return { kind: "add", isBuy, price, lots: 1 + random.below(200) };
  }

  next(liveOrders: number): Choice {
    const { random, options } = this;
    if (random.chance(TAKER_SHARE)) {
      const isBuy = random.below(2) === 0;
      const price = isBuy
        ? options.midTicks + options.bandTicks
        : options.midTicks - options.bandTicks;
      return { kind: "take", isBuy, price, lots: 1 + random.below(200) };
    }
    // Pulls the number of live orders back to where it is to stay.
    const addShare = liveOrders < options.liveOrders ? 0.55 : 0.45;
    return random.chance(addShare) ? this.add() : { kind: "cancel" };
  }
}

/** Live orders, from which a random one can be taken in O(1). */
export class LiveSet {
  readonly ids: number[] = [];
  private readonly places = new Map<number, number>();

  get size(): number {
    return this.ids.length;
  }

  add(id: number): void {
    this.places.set(id, this.ids.length);
    this.ids.push(id);
  }

  remove(id: number): void {
    const place = this.places.get(id);
    const last = this.ids.pop();
    this.places.delete(id);
    if (place === undefined || last === undefined || last === id) return;
    this.ids[place] = last;
    this.places.set(last, place);
  }

  pick(random: Random): number {
    return this.ids[random.below(this.ids.length)] ?? 0;
  }
}
