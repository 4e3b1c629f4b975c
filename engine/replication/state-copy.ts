// StateCopy: a full image of the state, made in bounded steps while the state goes on changing. First
// all lines are copied; then those that changed meanwhile, until few are left; the last of them are
// copied in one step, at the end of which the copy is the state at one position, with its hash.
// Invariant: a finished image is, byte for byte, what one copy of everything would have been there.

import { decodeLines, LineImage } from "../codec/lines-codec.ts";
import { LINE_BYTES } from "../core/memory.ts";
import type { Snapshot } from "./messages.ts";
import type { Machine } from "./ports.ts";

/** Lines that share one allocation, 1 MiB: one for the whole state would trouble the collector. */
const segmentLines = 4096;
/**
 * Steps, as a multiple of those that copy everything once, after which steps grow: changes that come
 * faster than they are copied must not put a checkpoint off for ever.
 */
const passesMax = 4;

type Stamp = Omit<Snapshot, "lines">;

interface Work {
  readonly segments: (Uint8Array | undefined)[];
  readonly isUsed: Uint8Array;
  readonly isDirty: Uint8Array;
  /** All lines at the beginning. */
  readonly lines: Uint32Array;
  /** Of `lines`, while they are copied; then the line that is put in order next. */
  next: number;
  /** Changed since they were copied, or since the beginning. */
  dirty: number[];
  usedCount: number;
  steps: number;
  /** Set when the copy is complete: it is put in order then. */
  stamp: Stamp | null;
  image: LineImage | null;
}

export class StateCopy {
  private readonly machine: Machine;
  private readonly linesMax: number;
  /** Marks the state where it stands, and says what belongs to the position. */
  private readonly stamp: () => Stamp;
  private work: Work | null = null;
  private finished: Snapshot | null = null;

  /** `linesMax`: of one step. */
  constructor(machine: Machine, linesMax: number, stamp: () => Stamp) {
    this.machine = machine;
    this.linesMax = linesMax;
    this.stamp = stamp;
  }

  /** The state was replaced: what was copied is of another one. */
  abort(): void {
    this.work = null;
    this.finished = null;
  }

  /** A finished image, given once, at `atLeast` or later; else one is begun, where none is. */
  take(atLeast: number): Snapshot | null {
    const { finished } = this;
    if (finished !== null) {
      this.finished = null;
      if (finished.position >= atLeast) return finished;
    }
    if (this.work === null) this.begin();
    return null;
  }

  private begin(): void {
    const { machine } = this;
    this.work = {
      segments: [],
      isUsed: new Uint8Array(machine.lineCount),
      isDirty: new Uint8Array(machine.lineCount),
      lines: machine.usedLines(),
      next: 0,
      dirty: [],
      usedCount: 0,
      steps: 0,
      stamp: null,
      image: null,
    };
  }

  /** Lines that a mark found changed. */
  touched(lines: Uint32Array): void {
    const { work } = this;
    if (work === null || work.stamp !== null) return;
    for (const line of lines) {
      if (work.isDirty[line] === 0) work.dirty.push(line);
      work.isDirty[line] = 1;
    }
  }

  /** One bounded step. */
  step(): void {
    const { work } = this;
    if (work === null) return;
    if (work.image !== null) {
      this.assemble(work, work.image);
    } else if (work.next < work.lines.length) {
      const chunk = work.lines.subarray(work.next, work.next + this.linesMax);
      work.next += chunk.length;
      this.copy(work, chunk);
    } else {
      this.catchUp(work);
    }
  }

  private copy(work: Work, lines: Uint32Array): void {
    for (const line of lines) {
      if (work.isUsed[line] === 0) work.usedCount++;
      work.isUsed[line] = 1;
    }
    for (const { firstLine, bytes } of decodeLines(this.machine.copyLines(lines))) {
      for (let at = 0; at < bytes.length; ) {
        const line = firstLine + at / LINE_BYTES;
        const offset = (line % segmentLines) * LINE_BYTES;
        const part = bytes.subarray(at, at + segmentLines * LINE_BYTES - offset);
        segmentOf(work, line).set(part, offset);
        at += part.length;
      }
    }
  }

  private catchUp(work: Work): void {
    const stamp = this.stamp();
    work.steps++;
    const passSteps = 1 + Math.ceil(work.lines.length / this.linesMax);
    // Lines here and there cost twice as much as lines in a row.
    const size =
      Math.ceil(this.linesMax / 2) * 2 ** Math.floor(work.steps / (passesMax * passSteps));
    const isLast = work.dirty.length <= size;
    const chunk = Uint32Array.from(work.dirty.splice(Math.max(0, work.dirty.length - size)));
    for (const line of chunk) work.isDirty[line] = 0;
    chunk.sort();
    for (let at = 0; at < chunk.length; at += this.linesMax) {
      this.copy(work, chunk.subarray(at, at + this.linesMax));
    }
    if (!isLast) return;
    work.stamp = stamp;
    work.image = new LineImage(work.usedCount);
    work.next = 0;
  }

  private assemble(work: Work, image: LineImage): void {
    const { isUsed, segments } = work;
    // Looking at a line costs far less than copying one.
    const endScan = Math.min(isUsed.length, work.next + 64 * this.linesMax);
    let line = work.next;
    for (let count = 0; line < endScan && count < this.linesMax; line++) {
      if (isUsed[line] === 0) continue;
      const start = (line % segmentLines) * LINE_BYTES;
      image.add(line, segmentOf(work, line).subarray(start, start + LINE_BYTES));
      count++;
    }
    const done = Math.floor(line / segmentLines);
    for (let at = Math.floor(work.next / segmentLines); at < done; at++) segments[at] = undefined;
    work.next = line;
    if (line < isUsed.length || work.stamp === null) return;
    this.finished = { ...work.stamp, lines: image.finish() };
    this.work = null;
  }
}

function segmentOf({ segments }: Work, line: number): Uint8Array {
  const number = Math.floor(line / segmentLines);
  const segment = segments[number] ?? new Uint8Array(segmentLines * LINE_BYTES);
  segments[number] = segment;
  return segment;
}
