// A log of operations whose process dies while it writes.

import { closeSync, openSync, writeSync } from "node:fs";
import { OperationLog, type OperationRecord } from "../../../failover/plan/operation-log.ts";

export class Crash extends Error {}

/** The process dies when it is about to write its n-th record: not a byte of it, or half of it. */
export class CrashingLog extends OperationLog {
  left: number;
  readonly isTorn: boolean;

  constructor(directory: string, left: number, isTorn: boolean) {
    super(directory);
    this.left = left;
    this.isTorn = isTorn;
  }

  override add(record: OperationRecord): void {
    if (this.left === 0) {
      if (this.isTorn) {
        const file = openSync(this.file, "a");
        writeSync(file, JSON.stringify(record).slice(0, 30));
        closeSync(file);
      }
      throw new Crash();
    }
    this.left -= 1;
    super.add(record);
  }
}
