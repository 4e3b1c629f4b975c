// Expectations: what operators' requests wait for, looked at after each step of the engine.

interface Expectation {
  readonly isMet: () => boolean;
  readonly deadlineMs: number;
  readonly settle: (isMet: boolean) => void;
}

export class Expectations {
  private waiting: Expectation[] = [];
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** Settles with whether it came about in time. */
  wait(isMet: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isMet()) return Promise.resolve(true);
    const deadlineMs = this.nowMs() + timeoutMs;
    return new Promise((settle) => this.waiting.push({ isMet, deadlineMs, settle }));
  }

  check(): void {
    if (this.waiting.length === 0) return;
    const nowMs = this.nowMs();
    this.waiting = this.waiting.filter(({ isMet, deadlineMs, settle }) => {
      const isOver = isMet() || nowMs >= deadlineMs;
      if (isOver) settle(isMet());
      return !isOver;
    });
  }
}
