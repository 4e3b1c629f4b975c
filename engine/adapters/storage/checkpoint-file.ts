// Checkpoint files: checkpoint-<position>.bin = [u32 crc32 of the rest][u32 length of the head]
// [head, JSON][lines]. The newest whole one counts; one that was never finished has another name.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Snapshot } from "../../replication/messages.ts";

export interface Checkpoint {
  readonly snapshot: Snapshot;
  /** Log files from this number on hold what follows the snapshot. */
  readonly fromFile: number;
}

const namePattern = /^checkpoint-(\d{16})\.bin$/;

export function checkpointPath(dir: string, position: number): string {
  return join(dir, `checkpoint-${String(position).padStart(16, "0")}.bin`);
}

export function encodeCheckpoint({ snapshot, fromFile }: Checkpoint): Uint8Array[] {
  const { lines, ...fields } = snapshot;
  const head = Buffer.from(JSON.stringify({ ...fields, fromFile }));
  const outer = Buffer.alloc(8);
  outer.writeUInt32LE(head.length, 4);
  const crc = crc32(lines, crc32(head, crc32(outer.subarray(4))));
  outer.writeUInt32LE(crc, 0);
  return [outer, head, lines];
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
