// A small seeded generator (xorshift32, Marsaglia 2003): equal seeds, equal workloads.

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) % below;
  }

  chance(share: number): boolean {
    return this.below(1_000_000) < share * 1_000_000;
  }
}
