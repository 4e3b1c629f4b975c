// Is there an order of the operations, each between its invocation and its completion, in which every
// answer is right? The search of Wing and Gong with Lowe's memory, as in Porcupine: take any operation
// that may come next, undo where nothing may follow, never look twice at one set of operations done
// with one state. Bounded: what takes longer than the budget is unknown, and unknown is no pass.

import { BookModel } from "./book-model.ts";
import { isAnswered, type Operation } from "./operation.ts";

export type Found =
  | { readonly kind: "pass"; readonly steps: number }
  | { readonly kind: "fail"; readonly steps: number }
  | { readonly kind: "unknown"; readonly steps: number };

interface Frame {
  /** What may come next, the most likely first. */
  readonly candidates: readonly number[];
  readonly untilMs: number;
  next: number;
  /** What was taken here, and how to undo it. */
  taken: number;
  mark: number;
}

/** `stepsMax`: operations tried. */
export function search(operations: readonly Operation[], stepsMax: number): Found {
  const model = new BookModel(operations);
  // What was not answered constrains nobody by itself: the model lets it happen where it must have.
  const pending = new Pending(operations.filter(isAnswered));
  const seen = new Set<string>();
  const frames: Frame[] = [frameOf(pending)];
  let steps = 0;
  while (pending.count > 0) {
    const frame = frames.at(-1) as Frame;
    if (frame.next === frame.candidates.length) {
      frames.pop();
      const before = frames.at(-1);
      if (before === undefined) return { kind: "fail", steps };
      pending.putBack(before.taken);
      model.rewind(before.mark);
      continue;
    }
    const index = frame.candidates[frame.next] as number;
    frame.next += 1;
    steps += 1;
    if (steps > stepsMax) return { kind: "unknown", steps };
    frame.mark = model.mark;
    if (!model.step(pending.at(index), frame.untilMs)) {
      model.rewind(frame.mark);
      continue;
    }
    pending.take(index);
    const key = `${pending.key} ${model.hash}`;
    if (seen.has(key)) {
      pending.putBack(index);
      model.rewind(frame.mark);
      continue;
    }
    seen.add(key);
    frame.taken = index;
    frames.push(frameOf(pending));
  }
  return { kind: "pass", steps };
}

function frameOf(pending: Pending): Frame {
  return { ...pending.candidates(), next: 0, taken: -1, mark: 0 };
}

/** The operations that have not happened yet, by invocation. */
class Pending {
  readonly #operations: readonly Operation[];
  readonly #isTaken: Uint8Array;
  /** All before it are taken. */
  #first = 0;
  count: number;

  constructor(operations: readonly Operation[]) {
    this.#operations = operations.toSorted((a, b) => a.invokedMs - b.invokedMs);
    this.#isTaken = new Uint8Array(operations.length);
    this.count = operations.length;
  }

  at(index: number): Operation {
    return this.#operations[index] as Operation;
  }

  take(index: number): void {
    this.#isTaken[index] = 1;
    this.count -= 1;
    while (this.#first < this.#isTaken.length && this.#isTaken[this.#first] === 1) this.#first += 1;
  }

  putBack(index: number): void {
    this.#isTaken[index] = 0;
    this.count += 1;
    this.#first = Math.min(this.#first, index);
  }

  /** Invoked before any other one was completed; those that were completed first come first. */
  candidates(): { candidates: number[]; untilMs: number } {
    let untilMs = Number.POSITIVE_INFINITY;
    const open: number[] = [];
    for (let i = this.#first; i < this.#operations.length; i++) {
      const { invokedMs } = this.at(i);
      if (invokedMs > untilMs) break;
      if (this.#isTaken[i] === 1) continue;
      open.push(i);
      untilMs = Math.min(untilMs, endOf(this.at(i)));
    }
    const candidates = open.filter((i) => this.at(i).invokedMs <= untilMs);
    candidates.sort((a, b) => endOf(this.at(a)) - endOf(this.at(b)));
    return { candidates, untilMs };
  }

  /** Names the set of what was taken: all before the first, and those listed. */
  get key(): string {
    const { untilMs } = this.candidates();
    const beyond: number[] = [];
    for (let i = this.#first; i < this.#operations.length; i++) {
      if (this.at(i).invokedMs > untilMs) break;
      if (this.#isTaken[i] === 1) beyond.push(i);
    }
    return `${this.#first}:${beyond.join(",")}`;
  }
}

function endOf(operation: Operation): number {
  return operation.completedMs ?? Number.POSITIVE_INFINITY;
}
