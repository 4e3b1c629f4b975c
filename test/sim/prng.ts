// Prng: xoshiro128** (Blackman, Vigna 2018), seeded by splitmix32. Every choice of a run comes from
// it, so a run is a function of its seed alone.

export class Prng {
  private readonly s = new Uint32Array(4);

  constructor(seed: number) {
    let state = seed >>> 0;
    for (let index = 0; index < 4; index++) {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.s[index] = z ^ (z >>> 15);
    }
  }

  /** A source of its own for each purpose of a seed. */
  static of(seed: number, ...purpose: number[]): Prng {
    let mixed = seed;
    for (const part of purpose) mixed = new Prng(Math.imul(mixed, 0x9e3779b1) ^ part).next();
    return new Prng(mixed);
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    const s = this.s;
    const [s0, s1, s2, s3] = s as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s[2] = s2 ^ s0;
    s[3] = s3 ^ s1;
    s[1] = s1 ^ (s[2] as number);
    s[0] = s0 ^ (s[3] as number);
    s[2] = (s[2] as number) ^ shifted;
    s[3] = rotate(s[3] as number, 11);
    return result;
  }

  /** 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.next() / 0x1_0000_0000;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  between(min: number, max: number): number {
    return min + this.fraction() * (max - min);
  }

  /** Mostly near `min`, now and then far above: how delays in networks are spread. */
  tail(min: number, mean: number, max: number): number {
    return Math.min(max, min - Math.log(1 - this.fraction()) * mean);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.fraction() * items.length)] as T;
  }

  /** An item by the weight beside it. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let rest = this.fraction() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) {
      rest -= weight;
      if (rest < 0) return item;
    }
    return (items.at(-1) as (typeof items)[number])[1];
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
