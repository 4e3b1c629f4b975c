// The image that a modelled Redis keeps: lines by number, and between them and their encoded form.

import { decodeLines, encodeLines } from "../../engine/codec/lines-codec.ts";
import { LINE_BYTES } from "../../engine/core/memory.ts";
import type { Snapshot } from "../../engine/replication/messages.ts";

export interface StoredSnapshot {
  readonly head: Omit<Snapshot, "lines">;
  readonly lines: ReadonlyMap<number, Uint8Array>;
}

export function linesOf(encoded: Uint8Array): Map<number, Uint8Array> {
  const lines = new Map<number, Uint8Array>();
  for (const { firstLine, bytes } of decodeLines(encoded)) {
    for (let at = 0; at < bytes.length; at += LINE_BYTES) {
      lines.set(firstLine + at / LINE_BYTES, bytes.subarray(at, at + LINE_BYTES));
    }
  }
  return lines;
}

export function bytesOf(lines: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const numbers = Uint32Array.from(lines.keys()).sort();
  const memory = new Uint8Array(((numbers.at(-1) ?? -1) + 1) * LINE_BYTES);
  for (const [line, bytes] of lines) memory.set(bytes, line * LINE_BYTES);
  return encodeLines(memory, numbers);
}
