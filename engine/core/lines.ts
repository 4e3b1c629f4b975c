// Lines: the state as numbered lines, for snapshots. Finds what changed since the last mark, keeps
// the hash up to it, and writes lines of a snapshot back. It knows nothing of what a line means.

import { assert } from "./assert.ts";
import { LINE_BYTES, type Memory } from "./memory.ts";
import { StateHash } from "./state-hash.ts";

/** Lines that follow each other. `bytes` is a whole number of lines. */
export interface LineRun {
  readonly firstLine: number;
  readonly bytes: Uint8Array;
}

export class Lines {
  private readonly memory: Memory;
  private readonly hash: StateHash;
  /** Eight lines at once: zero where none of them changed. Most memory is untouched most of the time. */
  private readonly changedGroups: Float64Array;
  /** One byte a line: 1 when it was ever written before the last mark. */
  private readonly written: Uint8Array;
  private scratch = new Uint32Array(1024);

  constructor(memory: Memory) {
    this.memory = memory;
    this.hash = new StateHash(memory.i32);
    this.changedGroups = new Float64Array(memory.changed.buffer);
    this.written = new Uint8Array(memory.changed.length);
  }

  mark(): { hash: string; changedLines: Uint32Array } {
    const { written, hash } = this;
    const { changed } = this.memory;
    const changedLines = this.collect(this.changedGroups, changed);
    for (const line of changedLines) {
      hash.rehash(line);
      changed[line] = 0;
      written[line] = 1;
    }
    return { hash: hash.digest(), changedLines };
  }

  /** Every line ever written, ascending. */
  used(): Uint32Array {
    const { written } = this;
    for (const line of this.collect(this.changedGroups, this.memory.changed)) written[line] = 1;
    return this.collect(new Float64Array(written.buffer), written);
  }

  load(run: LineRun): void {
    const { memory } = this;
    const count = run.bytes.length / LINE_BYTES;
    assert(Number.isInteger(count), "a run consists of whole lines");
    assert(run.firstLine >= 0, "a run starts within the memory");
    assert(run.firstLine + count <= memory.lineCount, "a run ends within the memory");
    memory.bytes.set(run.bytes, run.firstLine * LINE_BYTES);
    memory.changed.fill(1, run.firstLine, run.firstLine + count);
  }

  /** Lines whose flag is set, ascending. `groups` are the same bytes as `flags`. */
  private collect(groups: Float64Array, flags: Uint8Array): Uint32Array {
    let count = 0;
    for (let group = 0; group < groups.length; group += 1) {
      if (groups[group] === 0) continue;
      if (count + 8 > this.scratch.length) this.grow();
      for (let line = group * 8; line < group * 8 + 8; line += 1) {
        if (flags[line] === 0) continue;
        this.scratch[count] = line;
        count += 1;
      }
    }
    return this.scratch.slice(0, count);
  }

  private grow(): void {
    const larger = new Uint32Array(this.scratch.length * 2);
    larger.set(this.scratch);
    this.scratch = larger;
  }
}
