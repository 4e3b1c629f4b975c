// Lines codec: changed lines of a core's memory as bytes, for snapshots. A stream of runs
// [u32 firstLine][u32 lineCount][lineCount * 256 bytes], little endian, after [u32 total length].
// Runs ascend and do not touch each other, so equal sets of lines have equal bytes.

import type { LineRun } from "../core/lines.ts";
import { LINE_BYTES } from "../core/memory.ts";

const LENGTH_BYTES = 4;
const RUN_HEADER_BYTES = 8;
const WORD_BYTES = 4;
const LINE_WORDS = LINE_BYTES / WORD_BYTES;

/** Bytes that are no encoded lines: a torn or foreign snapshot. */
export class LinesMalformed extends Error {
  constructor(what: string) {
    super(`malformed snapshot lines: ${what}`);
    this.name = "LinesMalformed";
  }
}

/** A run of fewer words is copied word by word: a view of it would cost more than its content. */
const WORDWISE_MAX = 512;

/**
 * Copies lines (ascending, each once) out of a core's memory. In words: most runs are of one line, and
 * everything in the encoding is a multiple of four bytes.
 */
export function encodeLines(memory: Uint8Array, lines: Uint32Array): Uint8Array {
  const runs = countRuns(lines);
  const length = LENGTH_BYTES + runs * RUN_HEADER_BYTES + lines.length * LINE_BYTES;
  const bytes = new Uint8Array(length);
  const source = new Uint32Array(memory.buffer, memory.byteOffset, memory.length / WORD_BYTES);
  const target = new Uint32Array(bytes.buffer);
  target[0] = length;
  let at = LENGTH_BYTES / WORD_BYTES;
  for (let index = 0; index < lines.length; ) {
    const firstLine = lines[index] as number;
    let lineCount = 1;
    while (lines[index + lineCount] === firstLine + lineCount) lineCount += 1;
    target[at] = firstLine;
    target[at + 1] = lineCount;
    at += RUN_HEADER_BYTES / WORD_BYTES;
    const start = firstLine * LINE_WORDS;
    const words = lineCount * LINE_WORDS;
    if (words > WORDWISE_MAX) target.set(source.subarray(start, start + words), at);
    else for (let word = 0; word < words; word += 1) target[at + word] = source[start + word] ?? 0;
    at += words;
    index += lineCount;
  }
  return bytes;
}

/** Lines encoded one after another, ascending: the same bytes as of `encodeLines` at once. */
export class LineImage {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = LENGTH_BYTES;
  private runAt = 0;
  private lineAfter = -1;

  /** Room for as many lines, even where none follows another. */
  constructor(linesMax: number) {
    this.bytes = new Uint8Array(LENGTH_BYTES + linesMax * (RUN_HEADER_BYTES + LINE_BYTES));
    this.view = new DataView(this.bytes.buffer);
  }

  add(line: number, content: Uint8Array): void {
    if (line !== this.lineAfter) {
      this.runAt = this.at;
      this.view.setUint32(this.at, line, true);
      this.at += RUN_HEADER_BYTES;
    }
    const countAt = this.runAt + 4;
    this.view.setUint32(countAt, this.view.getUint32(countAt, true) + 1, true);
    this.bytes.set(content, this.at);
    this.at += LINE_BYTES;
    this.lineAfter = line + 1;
  }

  finish(): Uint8Array {
    this.view.setUint32(0, this.at, true);
    return this.bytes.subarray(0, this.at);
  }
}

/** Runs that refer into `bytes`, checked. @throws LinesMalformed */
export function decodeLines(bytes: Uint8Array): LineRun[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < LENGTH_BYTES) throw new LinesMalformed("no length");
  const length = view.getUint32(0, true);
  if (length !== bytes.length)
    throw new LinesMalformed(`${bytes.length} bytes where ${length} were written`);
  const runs: LineRun[] = [];
  let lineAfter = -1;
  for (let at = LENGTH_BYTES; at < length; ) {
    if (at + RUN_HEADER_BYTES > length) throw new LinesMalformed("a run's head is cut off");
    const firstLine = view.getUint32(at, true);
    const lineCount = view.getUint32(at + 4, true);
    at += RUN_HEADER_BYTES;
    const end = at + lineCount * LINE_BYTES;
    if (lineCount === 0 || end > length) throw new LinesMalformed("a run's lines are cut off");
    if (firstLine <= lineAfter) throw new LinesMalformed("runs do not ascend");
    runs.push({ firstLine, bytes: bytes.subarray(at, end) });
    lineAfter = firstLine + lineCount;
    at = end;
  }
  return runs;
}

function countRuns(lines: Uint32Array): number {
  let runs = 0;
  for (let index = 0; index < lines.length; index += 1)
    if (index === 0 || lines[index] !== (lines[index - 1] as number) + 1) runs += 1;
  return runs;
}
