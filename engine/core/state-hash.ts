// StateHash: a 64-bit hash of the whole memory, kept up line by line. Each line contributes a hash
// of its number and content, the whole is their sum, so a changed line is replaced without reading
// the others. A line of zeros contributes nothing: a core that never touched a line and one that
// cleared it agree. It finds divergence between honest nodes; it is no defence against forgery.

import { LINE_WORDS } from "./memory.ts";

export class StateHash {
  private readonly i32: Int32Array;
  /** Two words a line: what it contributes now. */
  private readonly contributions: Int32Array;
  private low = 0;
  private high = 0;

  constructor(i32: Int32Array) {
    this.i32 = i32;
    this.contributions = new Int32Array((i32.length / LINE_WORDS) * 2);
  }

  /** Takes the present content of a line into the hash. */
  rehash(line: number): void {
    const { i32, contributions } = this;
    const start = line * LINE_WORDS;
    let any = 0;
    let a = Math.imul(line + 1, 0x9e3779b1);
    let b = Math.imul(line + 1, 0x85ebca77) ^ 0x27d4eb2f;
    for (let word = start; word < start + LINE_WORDS; word += 2) {
      const first = i32[word] as number;
      const second = i32[word + 1] as number;
      any |= first | second;
      a = Math.imul(a ^ first, 0x85ebca6b);
      b = Math.imul(b ^ second, 0xc2b2ae35);
      // Each word reaches both halves; the rotations carry high bits back down.
      a = ((a << 13) | (a >>> 19)) + b;
      b = ((b << 17) | (b >>> 15)) ^ a;
    }
    a = any === 0 ? 0 : finish(a ^ (b >>> 7));
    b = any === 0 ? 0 : finish(b + a);
    this.low = (this.low - (contributions[line * 2] as number) + a) | 0;
    this.high = (this.high - (contributions[line * 2 + 1] as number) + b) | 0;
    contributions[line * 2] = a;
    contributions[line * 2 + 1] = b;
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    return hex(this.high) + hex(this.low);
  }
}

/** The finalizer of MurmurHash3 (Appleby): every input bit flips every output bit half the time. */
function finish(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
