// The state's image on its way to and from Redis. Lines travel as in lines-codec.ts without its
// length; Redis keeps them in segments of 1 MiB. Large images are moved in parts, so that no call
// keeps Redis from its other callers for long.

import { LINE_BYTES } from "../../core/memory.ts";

const segmentLines = 4096;
const segmentBytes = segmentLines * LINE_BYTES;
const lengthBytes = 4;
const runHeaderBytes = 8;

/** Bytes of lines in one call. */
export const partBytesMax = 1 << 20;

function runHeader(firstLine: number, lineCount: number): Buffer {
  const header = Buffer.allocUnsafe(runHeaderBytes);
  header.writeUInt32LE(firstLine, 0);
  header.writeUInt32LE(lineCount, 4);
  return header;
}

/** Runs of lines without the length that precedes them in a snapshot. */
export function runsOf(lines: Uint8Array): Uint8Array {
  return lines.subarray(lengthBytes);
}

function visitRuns(
  runs: Uint8Array,
  visit: (firstLine: number, lineCount: number, at: number) => void,
): void {
  const view = new DataView(runs.buffer, runs.byteOffset, runs.byteLength);
  for (let at = 0; at < runs.length; ) {
    const lineCount = view.getUint32(at + 4, true);
    visit(view.getUint32(at, true), lineCount, at + runHeaderBytes);
    at += runHeaderBytes + lineCount * LINE_BYTES;
  }
}

/**
 * A snapshot's lines in parts of about `partBytesMax`, each of them runs. Views of the lines, but for
 * a run that is longer than a part: its pieces get heads of their own.
 */
export function* partsOf(lines: Uint8Array): Generator<Uint8Array> {
  const runs = runsOf(lines);
  const longRuns = longRunsOf(runs);
  let start = 0;
  for (const { firstLine, lineCount, at } of longRuns) {
    yield* wholeRuns(runs, start, at - runHeaderBytes);
    for (let done = 0; done < lineCount; done += partLines) {
      const count = Math.min(partLines, lineCount - done);
      const from = at + done * LINE_BYTES;
      const content = runs.subarray(from, from + count * LINE_BYTES);
      yield Buffer.concat([runHeader(firstLine + done, count), content]);
    }
    start = at + lineCount * LINE_BYTES;
  }
  yield* wholeRuns(runs, start, runs.length);
}

const partLines = partBytesMax / LINE_BYTES;

function longRunsOf(runs: Uint8Array): { firstLine: number; lineCount: number; at: number }[] {
  const long: { firstLine: number; lineCount: number; at: number }[] = [];
  visitRuns(runs, (firstLine, lineCount, at) => {
    if (lineCount > partLines) long.push({ firstLine, lineCount, at });
  });
  return long;
}

/** From `start` to `end` no run is longer than a part. */
function* wholeRuns(runs: Uint8Array, start: number, end: number): Generator<Uint8Array> {
  const view = new DataView(runs.buffer, runs.byteOffset, runs.byteLength);
  let partStart = start;
  for (let at = start; at < end; ) {
    const next = at + runHeaderBytes + view.getUint32(at + 4, true) * LINE_BYTES;
    if (at > partStart && next - partStart > partBytesMax + runHeaderBytes) {
      yield runs.subarray(partStart, at);
      partStart = at;
    }
    at = next;
  }
  if (partStart < end) yield runs.subarray(partStart, end);
}

/** Lines of a segment that change from which on copying the segment costs less than writing them. */
const denseLines = 512;

/**
 * Whether changed lines are better staged than written at once. Staging copies every segment that is
 * touched, 1 MiB each: good for a whole image, ruinous for a few lines in each of many segments.
 */
export function isWorthStaging(lines: Uint8Array): boolean {
  if (lines.length <= 2 * partBytesMax) return false;
  let touched = 0;
  let lastTouched = -1;
  let count = 0;
  // Runs ascend, so only the first segment of a run can have been counted before.
  visitRuns(runsOf(lines), (firstLine, lineCount) => {
    count += lineCount;
    const first = Math.max(Math.floor(firstLine / segmentLines), lastTouched + 1);
    lastTouched = Math.floor((firstLine + lineCount - 1) / segmentLines);
    touched += lastTouched - first + 1;
  });
  return count >= denseLines * touched;
}

/** Segments as they were read, and the deltas since, put together. */
export class ImageBuilder {
  private readonly segments = new Map<number, Buffer>();

  addSegment(segment: number, content: Buffer): void {
    this.segments.set(segment, content);
  }

  applyDelta(runs: Uint8Array): void {
    visitRuns(runs, (firstLine, lineCount, at) => {
      for (let done = 0; done < lineCount; ) {
        const line = firstLine + done;
        const offset = (line % segmentLines) * LINE_BYTES;
        const count = Math.min(lineCount - done, segmentLines - (line % segmentLines));
        const start = at + done * LINE_BYTES;
        const bytes = runs.subarray(start, start + count * LINE_BYTES);
        this.room(Math.floor(line / segmentLines), offset + bytes.length).set(bytes, offset);
        done += count;
      }
    });
  }

  /** The segment, as long as it must be at least. */
  private room(segment: number, bytes: number): Buffer {
    const held = this.segments.get(segment);
    if (held !== undefined && held.length >= bytes) return held;
    // A segment that grows once grows again: it gets its full room, and is shortened at the end.
    const grown = Buffer.alloc(segmentBytes).subarray(0, bytes);
    if (held !== undefined) grown.set(held);
    this.segments.set(segment, grown);
    return grown;
  }

  /** As lines-codec.ts writes them. Lines of zeros between others are the same as none. */
  encode(): Uint8Array {
    const chunks: Uint8Array[] = [];
    const numbers = [...this.segments.keys()].sort((a, b) => a - b);
    for (let index = 0; index < numbers.length; ) {
      const first = numbers[index] as number;
      const run: Buffer[] = [];
      let bytes = 0;
      // Segments that touch are one run: runs never touch.
      for (let next = first; numbers[index] === next && bytes % segmentBytes === 0; next++) {
        const content = this.segments.get(next) as Buffer;
        run.push(content);
        bytes += content.length;
        index++;
      }
      chunks.push(runHeader(first * segmentLines, bytes / LINE_BYTES), ...run);
    }
    const length = Buffer.alloc(lengthBytes);
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, lengthBytes);
    length.writeUInt32LE(total, 0);
    return new Uint8Array(Buffer.concat([length, ...chunks], total));
  }
}
