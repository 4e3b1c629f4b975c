// Frames of a log file: [u32 length][u32 crc32][f64 epoch][f64 first position][u32 count][bytes],
// little endian; length and crc are of what follows them. A frame whose first position is not behind
// the end of the log so far replaces everything from there on: nothing is ever changed in place.
// A frame of no entries says that the log starts anew there, on a snapshot.

import { crc32 } from "node:zlib";
import { type LogBatch, lastOf, sliceBatch } from "../../replication/log-batch.ts";

const outerBytes = 8;
const innerBytes = 20;
/** The longest batch: 100,000 uncommitted entries of the largest size would still fit. */
const lengthMax = 1 << 29;

/** Head and bytes, for one gathered write. */
export function encodeFrame(batch: LogBatch): [Uint8Array, Uint8Array] {
  const head = Buffer.allocUnsafe(outerBytes + innerBytes);
  head.writeUInt32LE(innerBytes + batch.bytes.length, 0);
  head.writeDoubleLE(batch.epoch, 8);
  head.writeDoubleLE(batch.first, 16);
  head.writeUInt32LE(batch.count, 24);
  head.writeUInt32LE(crc32(batch.bytes, crc32(head.subarray(outerBytes))), 4);
  return [head, batch.bytes];
}

export function frameBytes(batch: LogBatch): number {
  return outerBytes + innerBytes + batch.bytes.length;
}

export interface Scan {
  readonly frames: readonly LogBatch[];
  /** Bytes of whole frames. */
  readonly wholeBytes: number;
  /** `torn`: what follows is the beginning of a frame that was never finished. */
  readonly end: "whole" | "torn" | "damaged";
}

/** All frames of a file. The batches are views of `file`. */
export function scanFrames(file: Buffer): Scan {
  const frames: LogBatch[] = [];
  let at = 0;
  for (;;) {
    const frame = frameAt(file, at);
    if (frame === null) break;
    frames.push(frame);
    at += frameBytes(frame);
  }
  if (at === file.length) return { frames, wholeBytes: at, end: "whole" };
  return { frames, wholeBytes: at, end: isTorn(file, at) ? "torn" : "damaged" };
}

function frameAt(file: Buffer, at: number): LogBatch | null {
  if (at + outerBytes + innerBytes > file.length) return null;
  const length = file.readUInt32LE(at);
  const end = at + outerBytes + length;
  if (length < innerBytes || length > lengthMax || end > file.length) return null;
  const inner = file.subarray(at + outerBytes, end);
  if (crc32(inner) !== file.readUInt32LE(at + 4)) return null;
  const bytes = inner.subarray(innerBytes);
  return {
    epoch: inner.readDoubleLE(0),
    first: inner.readDoubleLE(8),
    count: inner.readUInt32LE(16),
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}

/**
 * Only the last frame can be unfinished: where a whole frame lies behind the broken one, something
 * that was written, and perhaps answered for, is gone. A broken length tells nothing of where the
 * next frame starts, so every place is tried; few of them look like a frame at all.
 */
function isTorn(file: Buffer, brokenAt: number): boolean {
  for (let at = brokenAt + 1; at + outerBytes + innerBytes <= file.length; at++) {
    const length = file.readUInt32LE(at);
    if (length < innerBytes || at + outerBytes + length > file.length) continue;
    const first = file.readDoubleLE(at + 16);
    if (!Number.isSafeInteger(first) || first < 1) continue;
    if (frameAt(file, at) !== null) return false;
  }
  return true;
}

/** The log as its frames leave it, behind a base. */
export class FrameReplay {
  readonly batches: LogBatch[] = [];
  private readonly base: number;
  private end: number;

  constructor(basePosition: number) {
    this.base = basePosition;
    this.end = basePosition;
  }

  /** Takes the next frame; a fault in words, or `null`. */
  take(frame: LogBatch): string | null {
    if (frame.first > this.end + 1) {
      return `entry ${this.end + 1} is missing: ${frame.first} follows`;
    }
    this.cutFrom(frame.first);
    const last = lastOf(frame);
    if (last <= this.base || frame.count === 0) return null;
    const previous = this.batches.at(-1);
    if (previous !== undefined && frame.epoch < previous.epoch) return `the epoch falls at ${last}`;
    this.batches.push(sliceBatch(frame, Math.max(frame.first, this.base + 1), last));
    this.end = last;
    return null;
  }

  private cutFrom(position: number): void {
    if (position > this.end) return;
    let last = this.batches.at(-1);
    while (last !== undefined && lastOf(last) >= position) {
      this.batches.pop();
      if (last.first < position) this.batches.push(sliceBatch(last, last.first, position - 1));
      last = this.batches.at(-1);
    }
    this.end = Math.max(this.base, position - 1);
  }
}
