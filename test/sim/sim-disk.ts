// SimDisk: what of an engine outlives its process, and the storage port over it. A call may end in
// the process's death: before it wrote, after it wrote, or having written a part of a batch; so every
// step between two writes of a handler is a place where an engine can die. A full disk ends the
// process too, as any write that fails does; a slow one keeps it busy for as long as calls take.

import { type ControlStore, noControl } from "../../engine/replication/control.ts";
import { type LogBatch, lastOf, sliceBatch } from "../../engine/replication/log-batch.ts";
import { firstIncarnation } from "../../engine/replication/members.ts";
import type { Snapshot } from "../../engine/replication/messages.ts";
import type { Loaded, Storage } from "../../engine/replication/ports.ts";
import { genesisBase } from "../../engine/replication/replica-log.ts";
import type { Prng } from "./prng.ts";

/** The process dies here; the node catches it. */
export class ProcessDied extends Error {}

export class SimDisk implements Storage {
  private readonly prng: Prng;
  readonly incarnation: number;
  private isFormatted: boolean;
  private isLogTrusted = true;
  private epoch = 0;
  private kept = noControl;
  private checkpoint: Snapshot | null = null;
  private batches: LogBatch[] = [];
  /** Entries that lie before the checkpoint, kept for followers that need every one. */
  private retained: LogBatch[] = [];
  /** The process dies in the call that this counts down to; 0 = never. */
  callsToDeath = 0;
  /** Writes fail for want of room. */
  isFull = false;
  /** How long a write takes now. */
  callMs = 0;
  private busyMs = 0;

  /** What operators told the engine: one small file beside the log. */
  readonly control: ControlStore = {
    load: () => this.kept,
    write: (control) =>
      this.mayDie(() => {
        this.kept = control;
      }),
  };

  /** A later incarnation of a seat begins with an empty disk. */
  constructor(prng: Prng, incarnation = firstIncarnation) {
    this.prng = prng;
    this.incarnation = incarnation;
    this.isFormatted = incarnation === firstIncarnation;
  }

  heal(): void {
    this.callsToDeath = 0;
    this.isFull = false;
    this.callMs = 0;
  }

  /** What the writes of this event keep the process busy for so far. */
  get busyForMs(): number {
    return this.busyMs;
  }

  endEvent(): void {
    this.busyMs = 0;
  }

  get hasLog(): boolean {
    return this.isFormatted && this.isLogTrusted;
  }

  /** Rule 9: the log is gone or cannot be trusted; the epoch, kept apart, is still there. */
  loseLog(): void {
    if (!this.isOnlyCopy) this.forgetLog();
  }

  /** Of an engine that was forced: what the loss of it costs is all that was acknowledged since (rule 11). */
  private get isOnlyCopy(): boolean {
    return this.kept.aloneEpoch > 0;
  }

  private forgetLog(): void {
    this.isLogTrusted = false;
    this.checkpoint = null;
    this.batches = [];
    this.retained = [];
  }

  /** `null` where these files do not reach back to `from`. */
  readJournal(from: number, to: number): LogBatch[] | null {
    const all = [...this.retained, ...this.batches];
    if (all[0] === undefined || all[0].first > from) return null;
    return all
      .filter((batch) => lastOf(batch) >= from && batch.first <= to)
      .map((batch) => sliceBatch(batch, Math.max(batch.first, from), Math.min(lastOf(batch), to)));
  }

  /** The machine comes back with an empty disk. */
  loseAll(): void {
    if (this.isOnlyCopy) return;
    this.forgetLog();
    this.isFormatted = false;
    this.epoch = 0;
    this.kept = noControl;
  }

  load(): Loaded {
    const disk = this.isFormatted ? "kept" : "lost";
    const base = this.checkpoint ?? genesisBase;
    const log = this.hasLog ? { base, batches: this.batches } : null;
    const { epoch, incarnation, checkpoint } = this;
    return { disk, epoch, incarnation, log, checkpoint };
  }

  writeEpoch(epoch: number): void {
    this.mayDie(() => {
      this.epoch = epoch;
    });
  }

  appendLog(batch: LogBatch): void {
    const { prng } = this;
    this.mayDie(
      () => this.write(batch),
      () => {
        // Torn: the tail is not whole. Nothing of it was answered for yet.
        const last = prng.integer(batch.first - 1, lastOf(batch) - 1);
        if (last < batch.first) this.cutFrom(batch.first);
        else this.write(sliceBatch(batch, batch.first, last));
      },
    );
  }

  private write(batch: LogBatch): void {
    this.cutFrom(batch.first);
    this.batches = [...this.batches, batch];
  }

  private cutFrom(position: number): void {
    this.batches = this.batches
      .filter((batch) => batch.first < position)
      .map((batch) =>
        lastOf(batch) < position ? batch : sliceBatch(batch, batch.first, position - 1),
      );
  }

  writeCheckpoint(snapshot: Snapshot): void {
    this.mayDie(() => {
      const continues = this.epochAt(snapshot.position) === snapshot.epoch;
      this.checkpoint = snapshot;
      const behind = continues ? this.batchesBehind(snapshot.position) : [];
      this.retained = continues ? this.retainedUpTo(snapshot.position) : [];
      this.batches = behind;
    });
  }

  private epochAt(position: number): number {
    const base = this.checkpoint ?? genesisBase;
    if (position === base.position) return base.epoch;
    const holds = (batch: LogBatch) => batch.first <= position && position <= lastOf(batch);
    return this.batches.find(holds)?.epoch ?? -1;
  }

  private retainedUpTo(position: number): LogBatch[] {
    const passed = this.batches
      .filter((batch) => batch.first <= position)
      .map((batch) => sliceBatch(batch, batch.first, Math.min(lastOf(batch), position)));
    return [...this.retained, ...passed];
  }

  private batchesBehind(position: number): LogBatch[] {
    return this.batches
      .filter((batch) => lastOf(batch) > position)
      .map((batch) =>
        batch.first > position ? batch : sliceBatch(batch, position + 1, lastOf(batch)),
      );
  }

  replaceLog(snapshot: Snapshot | null, batches: readonly LogBatch[]): void {
    const replace = () => {
      this.checkpoint = snapshot;
      this.batches = [...batches];
      this.retained = [];
      this.isLogTrusted = true;
      // The disk is formatted only together with a whole log: half of a recovery is none.
      this.isFormatted = true;
    };
    this.mayDie(replace, () => this.forgetLog());
  }

  loadCheckpoint(): Snapshot | null {
    return this.checkpoint;
  }

  private mayDie(write: () => void, tear: () => void = () => {}): void {
    this.busyMs += this.callMs;
    const dies = (this.callsToDeath > 0 && --this.callsToDeath === 0) || this.isFull;
    if (!dies) {
      write();
      return;
    }
    this.prng.pick(this.isFull ? [tear, () => {}] : [write, tear, () => {}])();
    throw new ProcessDied();
  }
}
