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

const CHANGED = 1;
const WRITTEN_BEFORE = 2;
/** Four lines at once: whether any of them is marked as changed. */
const ANY_CHANGED = 0x01010101;

export class Lines {
  private readonly memory: Memory;
  private readonly hash: StateHash;
  private readonly changedWords: Int32Array;
  private scratch = new Uint32Array(1024);

  constructor(memory: Memory) {
    this.memory = memory;
    this.hash = new StateHash(memory.i32);
    this.changedWords = new Int32Array(memory.changed.buffer);
  }

  mark(): { hash: string; changedLines: Uint32Array } {
    const { changed } = this.memory;
    const changedLines = this.collect(ANY_CHANGED, (line) => changed[line] === CHANGED);
    for (const line of changedLines) {
      this.hash.rehash(line);
      changed[line] = WRITTEN_BEFORE;
    }
    return { hash: this.hash.digest(), changedLines };
  }

  used(): Uint32Array {
    const { changed } = this.memory;
    return this.collect(-1, (line) => changed[line] !== 0);
  }

  load(run: LineRun): void {
    const { memory } = this;
    const count = run.bytes.length / LINE_BYTES;
    assert(Number.isInteger(count), "a run consists of whole lines");
    assert(run.firstLine >= 0, "a run starts within the memory");
    assert(run.firstLine + count <= memory.lineCount, "a run ends within the memory");
    memory.bytes.set(run.bytes, run.firstLine * LINE_BYTES);
    memory.changed.fill(CHANGED, run.firstLine, run.firstLine + count);
  }

  /** Lines that `isWanted`, ascending; `mask` tells whether a group of four may hold one. */
  private collect(mask: number, isWanted: (line: number) => boolean): Uint32Array {
    const { changedWords } = this;
    let count = 0;
    for (let group = 0; group < changedWords.length; group += 1) {
      if (((changedWords[group] as number) & mask) === 0) continue;
      if (count + 4 > this.scratch.length) this.grow();
      for (let line = group * 4; line < group * 4 + 4; line += 1) {
        if (!isWanted(line)) continue;
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
