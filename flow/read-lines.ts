// Lines of a text file, `.gz` or plain, one at a time. Plain files are read in pieces, so their size
// does not matter; a compressed file is unpacked in memory, up to a stated bound.

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { TextDecoder } from "node:util";
import { gunzipSync } from "node:zlib";
import { FlowUnreadable } from "./flow-unreadable.ts";

const CHUNK_BYTES = 1 << 20;
/** A day of the busiest stock is some hundred megabytes; more is not a flow file. */
const UNPACKED_BYTES_MAX = 4 * 2 ** 30;
/** No format of ours has lines near this: a longer one means a file of another kind. */
const LINE_CHARS_MAX = 1 << 20;

/** @throws FlowUnreadable where the file cannot be read or unpacked, or is no text. */
export function* readLines(file: string): Generator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let line = 1;
  for (const chunk of readChunks(file)) {
    const parts = (rest + decode(decoder, chunk, file, line)).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > LINE_CHARS_MAX) throw new FlowUnreadable("a line has no end", file, line);
    line += parts.length;
    yield* parts;
  }
  rest += decode(decoder, undefined, file, line);
  if (rest !== "") yield rest;
}

function decode(
  decoder: TextDecoder,
  chunk: Uint8Array | undefined,
  file: string,
  line: number,
): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new FlowUnreadable("is not text", file, line, { cause });
  }
}

function* readChunks(file: string): Generator<Uint8Array> {
  if (file.endsWith(".gz")) {
    const bytes = unpack(file);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
      yield bytes.subarray(at, at + CHUNK_BYTES);
    return;
  }
  const descriptor = tryTo(file, () => openSync(file, "r"));
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const count = tryTo(file, () => readSync(descriptor, buffer));
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}

function unpack(file: string): Uint8Array {
  return tryTo(file, () => gunzipSync(readFileSync(file), { maxOutputLength: UNPACKED_BYTES_MAX }));
}

function tryTo<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new FlowUnreadable(`cannot be read: ${(cause as Error).message}`, file, 0, { cause });
  }
}
