// Pieces: bytes that leave as one write without being copied into one buffer. Small parts are joined,
// since each piece costs the system a look; large ones are handed over as they are, so nobody may
// change them any more: batches and images of lines never are.

import type { Writable } from "node:stream";

/** Below it a copy costs less than a piece of its own. */
const joinedBytesMax = 4096;

/** The same bytes in the same order, in as few pieces as need no large copy; never none. */
export function gather(parts: readonly Uint8Array[]): Buffer[] {
  let joinedBytes = 0;
  for (const part of parts) if (part.length <= joinedBytesMax) joinedBytes += part.length;
  const joined = Buffer.allocUnsafe(joinedBytes);
  const pieces: Buffer[] = [];
  let start = 0;
  let at = 0;
  for (const part of parts) {
    if (part.length <= joinedBytesMax) {
      joined.set(part, at);
      at += part.length;
      continue;
    }
    if (at > start) pieces.push(joined.subarray(start, at));
    start = at;
    pieces.push(Buffer.from(part.buffer, part.byteOffset, part.length));
  }
  if (at > start || pieces.length === 0) pieces.push(joined.subarray(start, at));
  return pieces;
}

/** With one call of the system, where the stream has no other plans. */
export function writePieces(stream: Writable, pieces: readonly Buffer[]): void {
  if (pieces.length === 1) {
    stream.write(pieces[0]);
    return;
  }
  stream.cork();
  for (const piece of pieces) stream.write(piece);
  stream.uncork();
}
