// CheckpointWriter: checkpoints of hundreds of megabytes, written without stopping the engine. While
// one is being written the one before counts, on disk; the newest one asked for waits, in memory.

import { open, rename, rm } from "node:fs/promises";
import type { Snapshot } from "../../replication/messages.ts";
import {
  type Checkpoint,
  checkpointPath,
  encodeCheckpoint,
  readNewestCheckpoint,
  removeCheckpoints,
  writePieces,
} from "./checkpoint-file.ts";
import { syncFolder, writeDurably } from "./durable-file.ts";

export class CheckpointWriter {
  private readonly dir: string;
  private readonly onDurable: (checkpoint: Checkpoint) => void;
  /** Not on disk yet. */
  private waiting: Checkpoint | null = null;
  private underWay: Checkpoint | null = null;
  private work: Promise<void> = Promise.resolve();
  /** Grows where what is under way must not become the checkpoint any more. */
  private generation = 0;

  constructor(dir: string, onDurable: (checkpoint: Checkpoint) => void) {
    this.dir = dir;
    this.onDurable = onDurable;
  }

  /** Returns at once. Older ones count until it is on disk. */
  writeSoon(checkpoint: Checkpoint): void {
    this.waiting = checkpoint;
    if (this.underWay === null) this.work = this.writeWaiting();
  }

  /** What fails here fails the process: nobody awaits `work` before the end. */
  private async writeWaiting(): Promise<void> {
    while (this.waiting !== null) {
      const checkpoint = this.waiting;
      this.underWay = checkpoint;
      this.waiting = null;
      await this.write(checkpoint, this.generation);
      this.underWay = null;
    }
  }

  private async write(checkpoint: Checkpoint, generation: number): Promise<void> {
    const path = checkpointPath(this.dir, checkpoint.snapshot.position);
    const temporary = `${path}.soon.tmp`;
    const file = await open(temporary, "w");
    try {
      await writePieces(file, checkpoint);
      await file.sync();
    } finally {
      await file.close();
    }
    if (generation !== this.generation) {
      await rm(temporary, { force: true });
      return;
    }
    await rename(temporary, path);
    syncFolder(this.dir);
    if (generation === this.generation) this.finish(checkpoint);
  }

  /** Durable on return. */
  writeNow(checkpoint: Checkpoint): void {
    this.generation++;
    this.waiting = null;
    writeDurably(
      checkpointPath(this.dir, checkpoint.snapshot.position),
      encodeCheckpoint(checkpoint),
    );
    this.finish(checkpoint);
  }

  private finish(checkpoint: Checkpoint): void {
    const { position } = checkpoint.snapshot;
    removeCheckpoints(this.dir, (other) => other !== position);
    this.onDurable(checkpoint);
  }

  clear(): void {
    this.generation++;
    this.waiting = null;
    removeCheckpoints(this.dir, () => true);
    syncFolder(this.dir);
  }

  newest(): Snapshot | null {
    const inMemory = this.waiting ?? this.underWay;
    if (inMemory !== null) return inMemory.snapshot;
    const onDisk = readNewestCheckpoint(this.dir);
    if (onDisk === "damaged") throw new Error("the checkpoint on disk is damaged");
    return onDisk?.snapshot ?? null;
  }

  settled(): Promise<void> {
    return this.work;
  }
}
