// What the replication code needs of the world. Adapters implement it with sockets, Redis and files,
// the simulator with a virtual network and disk. All calls are synchronous; answers come back as
// calls of `Replica`.

import type { ControlStore } from "./control.ts";
import type { ReplicaDecision } from "./decision.ts";
import type { EntryKind, LogBatch } from "./log-batch.ts";
import type { PeerMessage, RedisRequest, Snapshot } from "./messages.ts";
import type { LogBase } from "./replica-log.ts";

/** The deterministic core as the log drives it. */
export interface Machine {
  readonly position: number;
  /** Applies the entry after `position`. */
  apply(position: number, kind: EntryKind, data: Uint8Array): void;
  /** The state's hash, and the lines written since the last call. */
  mark(): { hash: string; changedLines: Uint32Array };
  /** Lines of the state now, encoded. */
  copyLines(lines: Uint32Array): Uint8Array;
  /** All lines ever written, ascending. */
  usedLines(): Uint32Array;
  /** Lines that there are, written or not. */
  readonly lineCount: number;
  /** Replaces the state; `null` = the empty one. Returns its hash. */
  restore(lines: Uint8Array | null): string;
}

export interface Loaded {
  /** `lost`: the disk is not the one that was formatted (rule 9, last sentence). */
  readonly disk: "kept" | "lost";
  readonly epoch: number;
  /** Of its seat, that the disk was formatted for. */
  readonly incarnation: number;
  /** `null`: the log is lost or cannot be trusted. */
  readonly log: { readonly base: LogBase; readonly batches: readonly LogBatch[] } | null;
  /** The state at the log's base; `null` at the genesis. */
  readonly checkpoint: Snapshot | null;
}

/** The engine's own disk. What a call wrote is there when it returns. */
export interface Storage {
  load(): Loaded;
  /** Durable (fsync) on return: rule 1. */
  writeEpoch(epoch: number): void;
  /** A batch at or before the end replaces everything from its first position on. */
  appendLog(batch: LogBatch): void;
  /** The log starts anew after this snapshot; entries behind it are kept where they continue it. */
  writeCheckpoint(snapshot: Snapshot): void;
  /**
   * The log is this one, on this snapshot (`null` = from the genesis), and nothing of the old one.
   * All or nothing: a crash on the way leaves the log lost, since half a log must not vote (rule 9).
   */
  replaceLog(snapshot: Snapshot | null, batches: readonly LogBatch[]): void;
  /** The checkpoint last written. */
  loadCheckpoint(): Snapshot | null;
}

export interface Ports {
  readonly peer: { send(message: PeerMessage): void };
  readonly redis: { call(request: RedisRequest): void };
  readonly storage: Storage;
  /** What operators told this engine. */
  readonly control: ControlStore;
  readonly machine: Machine;
  /** One line of the decision log. */
  decided(decision: ReplicaDecision): void;
  /** What may now be told to the world has grown. */
  committed(position: number): void;
  /** A query may be answered from the state at `position` or later (rule 7). */
  readConfirmed(readId: number, position: number): void;
}
