// Checkpoint files: checkpoint-<position>.bin = [u32 crc32 of the rest][u32 length of the head]
// [head, JSON][lines]. The newest whole one counts; one that was never finished has another name.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Snapshot } from "../../replication/messages.ts";

export interface Checkpoint {
  readonly snapshot: Snapshot;
  /** Log files from this number on hold what follows the snapshot. */
  readonly fromFile: number;
}

/** Half a millisecond of checksum. */
const pieceBytes = 1 << 20;

const namePattern = /^checkpoint-(\d{16})\.bin$/;

export function checkpointPath(dir: string, position: number): string {
  return join(dir, `checkpoint-${String(position).padStart(16, "0")}.bin`);
}

/** What precedes the lines: the first four bytes are for the checksum. */
function headOf({ snapshot, fromFile }: Checkpoint): Buffer {
  const { lines: _, ...fields } = snapshot;
  const head = Buffer.from(JSON.stringify({ ...fields, fromFile }));
  const outer = Buffer.alloc(8);
  outer.writeUInt32LE(head.length, 4);
  return Buffer.concat([outer, head]);
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array[] {
  const { lines } = checkpoint.snapshot;
  const head = headOf(checkpoint);
  head.writeUInt32LE(crc32(lines, crc32(head.subarray(4))), 0);
  return [head, lines];
}

/** As `encodeCheckpoint`, a piece at a time: a checksum of hundreds of megabytes takes its time too. */
export async function writePieces(file: FileHandle, checkpoint: Checkpoint): Promise<void> {
  const { lines } = checkpoint.snapshot;
  const head = headOf(checkpoint);
  await writeAll(file, head, 0);
  let crc = crc32(head.subarray(4));
  for (let at = 0; at < lines.length; at += pieceBytes) {
    const piece = lines.subarray(at, at + pieceBytes);
    crc = crc32(piece, crc);
    await writeAll(file, piece, head.length + at);
  }
  head.writeUInt32LE(crc, 0);
  await writeAll(file, head.subarray(0, 4), 0);
}

/** The system may take less of it than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

/** `null` where the file is not what was written. */
function decodeCheckpoint(file: Buffer): Checkpoint | null {
  if (file.length < 8 || crc32(file.subarray(4)) !== file.readUInt32LE(0)) return null;
  const headEnd = 8 + file.readUInt32LE(4);
  const { fromFile, ...fields } = JSON.parse(file.toString("utf8", 8, headEnd));
  const lines = new Uint8Array(file.buffer, file.byteOffset + headEnd, file.length - headEnd);
  return { snapshot: { ...fields, lines }, fromFile };
}

/** Positions of the checkpoints that are there, the newest last. */
function checkpointPositions(dir: string): number[] {
  return readdirSync(dir)
    .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export function checkpointFiles(dir: string): string[] {
  return checkpointPositions(dir).map((position) => checkpointPath(dir, position));
}

/** The newest; `damaged` where it cannot be read, `null` where there is none. */
export function readNewestCheckpoint(dir: string): Checkpoint | "damaged" | null {
  const newest = checkpointPositions(dir).at(-1);
  if (newest === undefined) return null;
  return decodeCheckpoint(readFileSync(checkpointPath(dir, newest))) ?? "damaged";
}

export function removeCheckpoints(dir: string, isObsolete: (position: number) => boolean): void {
  for (const position of checkpointPositions(dir)) {
    if (isObsolete(position)) rmSync(checkpointPath(dir, position), { force: true });
  }
}
