// Supervised: one process that is started again whenever it dies, until it is stopped on purpose.
// Invariant: at most one process of a name at a time. A start that fails counts as a death.

import { healthyAfterMs, restartDelayMs } from "./backoff.ts";
import { sendSignal } from "./process-tree.ts";
import type { Zone } from "./zones.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started. */
  readonly error?: Error;
}

export interface Running {
  readonly pid: number;
  /** Never rejects. */
  readonly exited: Promise<Exit>;
}

export interface Recipe {
  readonly name: string;
  readonly zone: Zone;
  /** Resolves when the process is there (for PostgreSQL: when it serves). */
  readonly launch: () => Promise<Running>;
  /** Asks it to end cleanly. */
  readonly stopSignal: NodeJS.Signals;
}

export interface Observer {
  started(pid: number): void;
  died(exit: Exit & { readonly restartInMs: number }): void;
}

export class Supervised {
  readonly name: string;
  readonly zone: Zone;
  readonly #recipe: Recipe;
  readonly #observer: Observer;
  #running: Running | undefined;
  #isWanted = false;
  #isHeld = false;
  #deathsInRow = 0;
  /** The pid of a process that was killed on purpose: its death says nothing of its health. */
  #killedPid: number | undefined;
  #restarts = 0;
  #timer: NodeJS.Timeout | undefined;
  #launching: Promise<void> | undefined;

  constructor(recipe: Recipe, observer: Observer) {
    this.name = recipe.name;
    this.zone = recipe.zone;
    this.#recipe = recipe;
    this.#observer = observer;
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** How often it had to be started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The first start; from then on its deaths are answered. Resolves when launched or dead. */
  async start(): Promise<void> {
    this.#isWanted = true;
    this.#launching = this.#launch();
    await this.#launching;
  }

  /** While held, a death is answered only after `release`: a stopped zone must not come to life. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    if (this.#isWanted && this.#running === undefined && this.#timer === undefined)
      this.#restart(0);
  }

  signal(signal: NodeJS.Signals): boolean {
    const pid = this.pid;
    if (signal === "SIGKILL") this.#killedPid = pid;
    return pid !== undefined && sendSignal(pid, signal);
  }

  /** Asks the process to end, and after `timeoutMs` makes it. Resolves when it is gone. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isWanted = false;
    clearTimeout(this.#timer);
    await this.#launching;
    const running = this.#running;
    if (running === undefined) return;
    // One that is stopped could not hear that it is to end.
    this.signal("SIGCONT");
    this.signal(this.#recipe.stopSignal);
    const timer = setTimeout(() => sendSignal(running.pid, "SIGKILL"), timeoutMs);
    await running.exited;
    clearTimeout(timer);
  }

  async #launch(): Promise<void> {
    const startedMs = performance.now();
    try {
      const running = await this.#recipe.launch();
      this.#running = running;
      this.#observer.started(running.pid);
      void running.exited.then((exit) => {
        if (this.#killedPid === running.pid) this.#deathsInRow = 0;
        this.#died(exit, startedMs);
      });
    } catch (error) {
      this.#died({ code: null, signal: null, error: error as Error }, startedMs);
    }
  }

  #died(exit: Exit, startedMs: number): void {
    this.#running = undefined;
    if (!this.#isWanted) return;
    if (performance.now() - startedMs >= healthyAfterMs) this.#deathsInRow = 0;
    this.#deathsInRow += 1;
    const restartInMs = restartDelayMs(this.#deathsInRow);
    this.#observer.died({ ...exit, restartInMs });
    this.#restart(restartInMs);
  }

  #restart(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#isWanted || this.#isHeld) return;
      this.#restarts += 1;
      this.#launching = this.#launch();
    }, delayMs);
  }
}
