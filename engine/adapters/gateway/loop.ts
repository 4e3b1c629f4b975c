// Loop: does something, sleeps, does it again; it never runs twice at once and never queues up.

export class Loop {
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  readonly #intervalMs: number;
  readonly #run: () => void;

  constructor(intervalMs: number, run: () => void) {
    this.#intervalMs = intervalMs;
    this.#run = run;
    this.#sleep();
  }

  #sleep(): void {
    this.#timer = setTimeout(() => {
      this.#run();
      if (!this.#isStopped) this.#sleep();
    }, this.#intervalMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}
