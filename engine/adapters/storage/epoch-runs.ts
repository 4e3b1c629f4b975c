// EpochRuns: of which epoch each entry behind the checkpoint is, so that a checkpoint can tell
// whether the log leads up to it. A handful of runs, however long the log.

import { assert } from "../../core/assert.ts";
import { type LogBatch, lastOf } from "../../replication/log-batch.ts";
import type { EpochRun, LogBase } from "../../replication/replica-log.ts";

export class EpochRuns {
  base: LogBase;
  private last: number;
  private runs: EpochRun[];

  constructor(base: LogBase) {
    this.base = base;
    this.last = base.position;
    this.runs = [{ epoch: base.epoch, first: base.position }];
  }

  /** At the end, or in the place of everything from its first position on. */
  append(batch: LogBatch): void {
    assert(batch.first <= this.last + 1, "a log has no gaps");
    assert(batch.first > this.base.position, "what is committed is never replaced");
    this.runs = this.runs.filter((run) => run.first < batch.first);
    if (this.runs.at(-1)?.epoch !== batch.epoch) {
      this.runs.push({ epoch: batch.epoch, first: batch.first });
    }
    this.last = lastOf(batch);
  }

  /** -1 where the log has no such entry. */
  epochAt(position: number): number {
    if (position < this.base.position || position > this.last) return -1;
    return this.runs.findLast((run) => run.first <= position)?.epoch ?? -1;
  }

  rebase(base: LogBase): void {
    assert(this.epochAt(base.position) === base.epoch, "the log leads up to its new base");
    const behind = this.runs.filter((run) => run.first > base.position);
    this.runs = [{ epoch: base.epoch, first: base.position }, ...behind];
    this.base = base;
  }
}
