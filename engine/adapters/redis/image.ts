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

/** A snapshot's lines in parts of about `partBytesMax`, each of them runs. */
export function* partsOf(lines: Uint8Array): Generator<Uint8Array> {
  const runs = runsOf(lines);
  const slices: { firstLine: number; lineCount: number; at: number }[] = [];
  const linesMax = partBytesMax / LINE_BYTES;
  visitRuns(runs, (firstLine, lineCount, at) => {
    for (let done = 0; done < lineCount; done += linesMax) {
      const count = Math.min(linesMax, lineCount - done);
      slices.push({ firstLine: firstLine + done, lineCount: count, at: at + done * LINE_BYTES });
    }
  });
  let part: Uint8Array[] = [];
  let bytes = 0;
  for (const { firstLine, lineCount, at } of slices) {
    const size = runHeaderBytes + lineCount * LINE_BYTES;
    if (bytes > 0 && bytes + size > partBytesMax + runHeaderBytes) {
      yield Buffer.concat(part);
      part = [];
      bytes = 0;
    }
    part.push(runHeader(firstLine, lineCount), runs.subarray(at, at + lineCount * LINE_BYTES));
    bytes += size;
  }
  if (bytes > 0) yield Buffer.concat(part);
}

/** Lines of a segment that change from which on copying the segment costs less than writing them. */
const denseLines = 512;

/**
 * Whether changed lines are better staged than written at once. Staging copies every segment that is
 * touched, 1 MiB each: good for a whole image, ruinous for a few lines in each of many segments.
 */
export function isWorthStaging(lines: Uint8Array): boolean {
  if (lines.length <= 2 * partBytesMax) return false;
  const touched = new Set<number>();
  let count = 0;
  visitRuns(runsOf(lines), (firstLine, lineCount) => {
    count += lineCount;
    const last = Math.floor((firstLine + lineCount - 1) / segmentLines);
    for (let segment = Math.floor(firstLine / segmentLines); segment <= last; segment++) {
      touched.add(segment);
    }
  });
  return count >= denseLines * touched.size;
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
