// A bound on what hedging may add: each request earns a share of a second attempt, up to a stock
// that covers an outage of seconds. Without it, an exchange that is slow because it is overloaded
// would get twice the load and never recover.

export interface HedgeBudgetOptions {
  /** Extra attempts earned by one request. */
  readonly share: number;
  readonly stock: number;
}

export class HedgeBudget {
  readonly #options: HedgeBudgetOptions;
  #left: number;

  constructor(options: HedgeBudgetOptions) {
    this.#options = options;
    this.#left = options.stock;
  }

  earn(): void {
    this.#left = Math.min(this.#options.stock, this.#left + this.#options.share);
  }

  get isSpent(): boolean {
    return this.#left < 1;
  }

  spend(): void {
    this.#left = Math.max(0, this.#left - 1);
  }
}
