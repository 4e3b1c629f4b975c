// A bound on what second attempts may add: each request earns a share of one, time earns a few, up to
// a stock that covers a short outage. Without it, an exchange that is slow because it is overloaded
// would get twice the load and never recover.

export interface HedgeBudgetOptions {
  /** Extra attempts earned by one request. */
  readonly share: number;
  /** Extra attempts earned by a second, so that a quiet client comes out of an outage too. */
  readonly perS: number;
  readonly stock: number;
}

export class HedgeBudget {
  readonly #options: HedgeBudgetOptions;
  #left: number;
  #lastMs: number;

  constructor(options: HedgeBudgetOptions, nowMs: number) {
    this.#options = options;
    this.#left = options.stock;
    this.#lastMs = nowMs;
  }

  /** One more request, at this time. */
  earn(nowMs: number): void {
    this.#add(this.#options.share);
    this.#pass(nowMs);
  }

  isSpent(nowMs: number): boolean {
    this.#pass(nowMs);
    return this.#left < 1;
  }

  spend(): void {
    this.#left = Math.max(0, this.#left - 1);
  }

  #pass(nowMs: number): void {
    this.#add(((nowMs - this.#lastMs) / 1000) * this.#options.perS);
    this.#lastMs = nowMs;
  }

  #add(attempts: number): void {
    this.#left = Math.min(this.#options.stock, this.#left + attempts);
  }
}
