// Frames on a link: [u32 length][u32 crc32 of what follows][u32 header length][header, JSON]
// [batches: f64 epoch, f64 first, u32 count, u32 length, bytes]…, little-endian. `length` counts
// what follows it. A frame that is too large, damaged or not of the schema ends its connection:
// a stream that lost its place cannot find it again.

import { crc32 } from "node:zlib";
import { CastleError } from "../../errors.ts";
import { faultOf, type LogBatch } from "../../replication/log-batch.ts";
import { gather } from "../pieces.ts";

/** A message of the replication carries about 1 MiB; one batch may exceed that. */
const frameBytesMax = 16 << 20;
const prefixBytes = 8;
const batchHeaderBytes = 24;

export interface Frame {
  readonly header: unknown;
  readonly batches: readonly LogBatch[];
}

/** In pieces, which belong together; they share the bytes of the batches. */
export function encodeFrame(header: object, batches: readonly LogBatch[]): Buffer[] {
  const text = JSON.stringify(header);
  const head = Buffer.allocUnsafe(prefixBytes + 4 + Buffer.byteLength(text));
  head.writeUInt32LE(head.length - prefixBytes - 4, prefixBytes);
  head.write(text, prefixBytes + 4);
  const parts: Uint8Array[] = [head];
  let size = head.length;
  for (const batch of batches) {
    parts.push(batchHeader(batch), batch.bytes);
    size += batchHeaderBytes + batch.bytes.length;
  }
  const pieces = gather(parts);
  const first = pieces[0] as Buffer;
  let checksum = crc32(first.subarray(prefixBytes));
  for (const piece of pieces.slice(1)) checksum = crc32(piece, checksum);
  first.writeUInt32LE(size - 4, 0);
  first.writeUInt32LE(checksum, 4);
  return pieces;
}

function batchHeader(batch: LogBatch): Buffer {
  const header = Buffer.allocUnsafe(batchHeaderBytes);
  header.writeDoubleLE(batch.epoch, 0);
  header.writeDoubleLE(batch.first, 8);
  header.writeUInt32LE(batch.count, 16);
  header.writeUInt32LE(batch.bytes.length, 20);
  return header;
}

function malformed(why: string): CastleError {
  return new CastleError("FRAME_MALFORMED", `a frame is malformed: ${why}; closing its connection`);
}

function decodeBatches(body: Buffer): LogBatch[] {
  const batches: LogBatch[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + batchHeaderBytes > body.length) throw malformed("a batch's header is cut off");
    const epoch = body.readDoubleLE(at);
    const first = body.readDoubleLE(at + 8);
    const count = body.readUInt32LE(at + 16);
    const end = at + batchHeaderBytes + body.readUInt32LE(at + 20);
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(first) || first < 0 || count === 0) {
      throw malformed("a batch has no valid place");
    }
    if (end > body.length) throw malformed("a batch is cut off");
    // Copied: a batch outlives the socket's buffer by far.
    const bytes = new Uint8Array(body.subarray(at + batchHeaderBytes, end));
    const batch = { epoch, first, count, bytes };
    const fault = faultOf(batch);
    if (fault !== null) throw malformed(fault);
    batches.push(batch);
    at = end;
  }
  return batches;
}

function decodeFrame(frame: Buffer): Frame {
  if (frame.length < 12) throw malformed("it is too short");
  const content = frame.subarray(prefixBytes);
  if (crc32(content) !== frame.readUInt32LE(4)) throw malformed("its checksum is wrong");
  const textEnd = 4 + content.readUInt32LE(0);
  if (textEnd > content.length) throw malformed("its header is cut off");
  let header: unknown;
  try {
    header = JSON.parse(content.toString("utf8", 4, textEnd));
  } catch (cause) {
    throw new CastleError("FRAME_MALFORMED", "a frame's header is no JSON", {}, { cause });
  }
  return { header, batches: decodeBatches(content.subarray(textEnd)) };
}

/** Puts a byte stream's pieces together and hands out whole frames. */
export class FrameReader {
  private pieces: Buffer[] = [];
  private byteCount = 0;

  /** @throws CastleError FRAME_MALFORMED or FRAME_TOO_LARGE; the connection must then be closed. */
  push(piece: Buffer, onFrame: (frame: Frame) => void): void {
    this.pieces.push(piece);
    this.byteCount += piece.length;
    while (this.byteCount >= 4) {
      const head = this.gather(4);
      const size = 4 + head.readUInt32LE(0);
      if (size > frameBytesMax) {
        const text = `a frame claims ${size} bytes, ${frameBytesMax} are allowed`;
        throw new CastleError("FRAME_TOO_LARGE", text);
      }
      if (this.byteCount < size) return;
      const first = this.gather(size);
      if (first.length > size) this.pieces[0] = first.subarray(size);
      else this.pieces.shift();
      this.byteCount -= size;
      onFrame(decodeFrame(first.subarray(0, size)));
    }
  }

  /** The first piece, joined with the following ones until it has at least `size` bytes. */
  private gather(size: number): Buffer {
    const first = this.pieces[0] as Buffer;
    if (first.length >= size) return first;
    const joined = Buffer.concat(this.pieces);
    this.pieces = [joined];
    return joined;
  }
}
