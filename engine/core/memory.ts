// Memory: one flat buffer that holds the whole state of a core, cut into lines of 256 bytes. Zeroed
// memory is the empty state. Every write marks its line as changed, so that a snapshot takes only
// changed lines; nothing outside the buffer needs saving. The operating system commits pages when
// they are first touched: room that is not used costs nothing.

import { LINE_SHIFT } from "../book/pool.ts";
import { assert } from "./assert.ts";

export const LINE_WORDS = 1 << LINE_SHIFT;
export const LINE_BYTES = LINE_WORDS * 4;

/** Word numbers must stay within 31 bits: the hot path computes with them as small integers. */
const WORDS_MAX = 2 ** 31 - LINE_WORDS;

export class Memory {
  readonly bytes: Uint8Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** One byte a line: 1 when it was written since the last mark. */
  readonly changed: Uint8Array;
  readonly lineCount: number;

  constructor(words: number) {
    assert(words % LINE_WORDS === 0, "memory consists of whole lines");
    assert(words <= WORDS_MAX, "the capacity fits into 8 GB of memory");
    const buffer = new ArrayBuffer(words * 4);
    this.bytes = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.lineCount = words / LINE_WORDS;
    // Padded, because the search for changed lines reads eight bytes at once.
    this.changed = new Uint8Array((this.lineCount + 7) & ~7);
  }

  /** Marks the line of a word as written. */
  touch(word: number): void {
    this.changed[word >> LINE_SHIFT] = 1;
  }
}
