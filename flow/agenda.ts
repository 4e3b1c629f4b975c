// Things to come, the earliest first: a binary heap by time.

interface Entry<T> {
  readonly atMs: number;
  readonly what: T;
}

export class Agenda<T> {
  readonly #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** Infinite where nothing is to come. */
  get earliestMs(): number {
    return this.#entries[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, what: T): void {
    const entries = this.#entries;
    const entry = { atMs, what };
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = entries[up] as Entry<T>;
      if (parent.atMs <= atMs) break;
      entries[at] = parent;
      at = up;
    }
    entries[at] = entry;
  }

  takeEarliest(): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined) return undefined;
    if (entries.length === 0) return first.what;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const right = entries[child + 1];
      if (right !== undefined && right.atMs < (entries[child] as Entry<T>).atMs) child += 1;
      const least = entries[child];
      if (least === undefined || least.atMs >= last.atMs) break;
      entries[at] = least;
      at = child;
    }
    entries[at] = last;
    return first.what;
  }
}
