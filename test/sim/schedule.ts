// Schedule: the virtual clock and what will happen on it: a binary heap by time, and by order of
// planning where times are equal, so that the same plans always run in the same order.

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}

export class Schedule {
  nowMs = 0;
  /** Events run so far. */
  count = 0;
  private planned = 0;
  private readonly heap: Planned[] = [];

  after(delayMs: number, run: () => void): void {
    const event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.planned++, run };
    let at = this.heap.length;
    this.heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, this.heap[parent] as Planned)) break;
      this.heap[at] = this.heap[parent] as Planned;
      at = parent;
    }
    this.heap[at] = event;
  }

  /** Runs the next event; `false` where none is planned up to `untilMs`. */
  step(untilMs: number): boolean {
    const first = this.heap[0];
    if (first === undefined || first.atMs > untilMs) return false;
    this.removeFirst();
    this.nowMs = first.atMs;
    this.count++;
    first.run();
    return true;
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop() as Planned;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Planned)) child++;
      if (!isBefore(heap[child] as Planned, last)) break;
      heap[at] = heap[child] as Planned;
      at = child;
    }
    heap[at] = last;
  }
}
