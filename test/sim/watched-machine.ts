// WatchedMachine: the core of a simulated engine. It tells of each hash that the replica computes, and
// may be made to diverge: to execute one command otherwise than all other nodes do, by skipping it.

import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import type { EntryKind } from "../../engine/replication/log-batch.ts";

export interface MachineWatch {
  marked(position: number, hash: string): void;
  /** The state is another one: that of an image. */
  restored(position: number, hash: string): void;
  /** The state now differs from that of all others. */
  diverged(position: number): void;
}

export class WatchedMachine extends CoreMachine {
  /** The next command is not executed. */
  isToDiverge = false;
  private readonly watch: MachineWatch;

  constructor(capacity: Capacity, watch: MachineWatch) {
    super(capacity);
    this.watch = watch;
  }

  override apply(position: number, kind: EntryKind, data: Uint8Array): void {
    if (kind === "command" && this.isToDiverge) {
      this.isToDiverge = false;
      this.core.advance(position);
      this.watch.diverged(position);
      return;
    }
    super.apply(position, kind, data);
  }

  override mark(): { hash: string; changedLines: Uint32Array } {
    const mark = super.mark();
    this.watch.marked(this.position, mark.hash);
    return mark;
  }

  override restore(lines: Uint8Array | null): string {
    const hash = super.restore(lines);
    this.watch.restored(this.position, hash);
    return hash;
  }
}
