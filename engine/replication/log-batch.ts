// LogBatch: consecutive entries of one epoch, as they were sequenced and travel together.
// Bytes: for each entry a little-endian u32 length of its data, a u8 kind, and the data.
// A batch is never changed once built; its bytes may be shared with sockets and files.

import { assert } from "../core/assert.ts";

export type EntryKind = "command" | "barrier" | "config" | "member";

const kinds: readonly EntryKind[] = ["command", "barrier", "config", "member"];
const commandCode = kinds.indexOf("command");
const headerBytes = 5;
/** Above any command; a frame that claims more is malformed. */
const entryBytesMax = 4096;

export interface LogBatch {
  readonly epoch: number;
  /** Position of the first entry. */
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

export interface Entry {
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

export function lastOf(batch: LogBatch): number {
  return batch.first + batch.count - 1;
}

export function buildBatch(epoch: number, first: number, entries: readonly Entry[]): LogBatch {
  assert(entries.length > 0, "a batch holds an entry");
  let size = 0;
  for (const entry of entries) size += headerBytes + entry.data.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const entry of entries) {
    const length = entry.data.length;
    assert(length <= entryBytesMax, "an entry fits its frame");
    bytes[at] = length & 255;
    bytes[at + 1] = length >>> 8;
    bytes[at + 4] = kinds.indexOf(entry.kind);
    bytes.set(entry.data, at + headerBytes);
    at += headerBytes + length;
  }
  return { epoch, first, count: entries.length, bytes };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** Whether the batch holds anything but commands: most do not, and are not looked at closer. */
export function holdsOnlyCommands(batch: LogBatch): boolean {
  let at = 0;
  for (let index = 0; index < batch.count; index++) {
    if (batch.bytes[at + 4] !== commandCode) return false;
    at += headerBytes + lengthAt(batch.bytes, at);
  }
  return true;
}

/** As `visitEntries`, without a view: where in the batch's bytes the data of each entry starts. */
export function visitPlaces(
  batch: LogBatch,
  visit: (position: number, kind: EntryKind, start: number) => void,
): void {
  let at = 0;
  for (let index = 0; index < batch.count; index++) {
    const start = at + headerBytes;
    visit(batch.first + index, kinds[batch.bytes[at + 4] as number] as EntryKind, start);
    at = start + lengthAt(batch.bytes, at);
  }
}

/** Visits the entries from position `from` on, in order. The data are views of the batch. */
export function visitEntries(
  batch: LogBatch,
  from: number,
  visit: (position: number, kind: EntryKind, data: Uint8Array) => void,
): void {
  let at = 0;
  for (let index = 0; index < batch.count; index++) {
    const length = lengthAt(batch.bytes, at);
    const start = at + headerBytes;
    if (batch.first + index >= from) {
      const kind = kinds[batch.bytes[at + 4] as number] as EntryKind;
      visit(batch.first + index, kind, batch.bytes.subarray(start, start + length));
    }
    at = start + length;
  }
  assert(at === batch.bytes.length, "a batch's bytes hold just its entries");
}

function offsetOf(batch: LogBatch, position: number): number {
  let at = 0;
  for (let p = batch.first; p < position; p++) at += headerBytes + lengthAt(batch.bytes, at);
  return at;
}

/** The part of a batch from `from` to `to`, both included; shares its bytes. */
export function sliceBatch(batch: LogBatch, from: number, to: number): LogBatch {
  assert(from >= batch.first, "a slice starts in its batch");
  assert(to <= lastOf(batch), "a slice ends in its batch");
  assert(from <= to, "a slice holds an entry");
  if (from === batch.first && to === lastOf(batch)) return batch;
  const bytes = batch.bytes.subarray(offsetOf(batch, from), offsetOf(batch, to + 1));
  return { epoch: batch.epoch, first: from, count: to - from + 1, bytes };
}

/** Why the bytes are no batch of `count` entries, or `null`. For frames that come from outside. */
export function faultOf(batch: LogBatch): string | null {
  let at = 0;
  for (let index = 0; index < batch.count; index++) {
    if (at + headerBytes > batch.bytes.length) return "an entry's header is cut off";
    const length = lengthAt(batch.bytes, at);
    if (length < 0 || length > entryBytesMax) return "an entry claims an impossible length";
    if ((batch.bytes[at + 4] as number) >= kinds.length) return "an entry is of no known kind";
    at += headerBytes + length;
    if (at > batch.bytes.length) return "an entry is cut off";
  }
  return at === batch.bytes.length ? null : "bytes follow the last entry";
}
