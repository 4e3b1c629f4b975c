// The engine's epoch on its disk (rule 1): durable before anything is sent in it, and so on the way of every
// failover. It is written in place, into space that the file has had from its beginning: then the system
// writes that block and nothing else. To write beside and rename waits for the file system's journal, and with
// it for what everybody else has just written to the same disk: seconds, where that is much.
//
// Two slots take turns, so that a write that is cut off leaves the epoch before it, in which nothing was sent
// after it. A slot holds its epoch twice, in sectors of their own: where one of them is lost later, the other
// still says it, and the slot before it is not taken for the newest.

import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { writeDurably } from "./durable-file.ts";

/** What a disk writes whole or not at all, or more than that. */
const sectorBytes = 4096;
const slotBytes = 2 * sectorBytes;
const fileBytes = 2 * slotBytes;

export class EpochFile {
  private readonly path: string;

  constructor(dir: string) {
    this.path = join(dir, "epoch");
  }

  /** `null` where it cannot be trusted. */
  read(): number | null {
    if (!existsSync(this.path)) return null;
    const bytes = readFileSync(this.path);
    const slots = slotsOf(bytes);
    // Both slots lost, or a file that never was whole.
    return slots.reduce<number | null>(
      (newest, epoch) => (epoch === null ? newest : Math.max(epoch, newest ?? 0)),
      null,
    );
  }

  /** Durable on return. */
  write(epoch: number): void {
    const slots = existsSync(this.path) ? slotsOf(readFileSync(this.path)) : [];
    if (slots.length < 2) {
      // Of an earlier version, or none: the whole file once, with space for both slots.
      writeDurably(this.path, [slotOf(epoch), slotOf(epoch)]);
      return;
    }
    const [first, second] = slots;
    const older = (first ?? -1) <= (second ?? -1) ? 0 : 1;
    const file = openSync(this.path, "r+");
    try {
      const slot = slotOf(epoch);
      for (let at = 0; at < slotBytes; ) {
        at += writeSync(file, slot, at, slotBytes - at, older * slotBytes + at);
      }
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

/** Of each slot its epoch, `null` where neither sector is whole; one entry alone for a file of the first version. */
function slotsOf(bytes: Buffer): readonly (number | null)[] {
  if (bytes.length !== fileBytes) return [epochIn(bytes)];
  return [0, slotBytes].map(
    (at) =>
      epochIn(bytes.subarray(at, at + sectorBytes)) ??
      epochIn(bytes.subarray(at + sectorBytes, at + slotBytes)),
  );
}

function slotOf(epoch: number): Buffer {
  const slot = Buffer.alloc(slotBytes);
  const text = String(epoch);
  for (const at of [0, sectorBytes]) slot.write(`${text} ${crc32(text)}\n`, at, "latin1");
  return slot;
}

function epochIn(bytes: Buffer): number | null {
  const match = /^(\d+) (\d+)\n\0*$/.exec(bytes.toString("latin1"));
  if (match === null || crc32(match[1] as string) !== Number(match[2])) return null;
  return Number(match[1]);
}
