// ReplicaLog: an engine's log in memory, from its base (a checkpoint's position) to its end.
// Invariants: positions are consecutive; epochs never fall; everything up to the base is committed.
// Where entries conflict, `write` cuts; where they are equal it changes nothing (rule 4).

import { assert } from "../core/assert.ts";
import { holdsOnlyCommands, type LogBatch, lastOf, sliceBatch, visitEntries } from "./log-batch.ts";
import { incarnationIn, partsOfStamp, withMember } from "./members.ts";

/** The entry that a log stands on: it and all before it are committed and in the checkpoint. */
export interface LogBase {
  readonly position: number;
  readonly epoch: number;
  /** Redis instance of the last Config entry at or before the base, "" where there is none, and members. */
  readonly instance: string;
}

/** From `first` on, entries are of `epoch` (up to the next run). */
export interface EpochRun {
  readonly epoch: number;
  readonly first: number;
}

/**
 * A force appends a Config of no Redis at all, named by its mark, and every instance that is filled
 * later in that history carries the mark on: so it is in each log, snapshot and checkpoint of it.
 */
const forceMark = /(?:^|-)forced(\d+)$/;

export function forceMarkOf(forcedEpoch: number): string {
  return `forced${forcedEpoch}`;
}

/** `instance` without members, or the stamp of a snapshot. */
export function forcedEpochIn(stamp: string): number {
  return Number(forceMark.exec(partsOfStamp(stamp).instance)?.[1] ?? 0);
}

export const genesisBase: LogBase = { position: 0, epoch: 0, instance: "" };

export class ReplicaLog {
  base: LogBase;
  private batches: LogBatch[] = [];
  /** Config entries in the log, ascending. */
  private configs: { position: number; instance: string }[] = [];
  /** Member entries in the log, ascending, and the members from there on. */
  private changes: { position: number; members: string }[] = [];

  constructor(base: LogBase) {
    this.base = base;
  }

  get lastPosition(): number {
    const last = this.batches.at(-1);
    return last === undefined ? this.base.position : lastOf(last);
  }

  get lastEpoch(): number {
    return this.batches.at(-1)?.epoch ?? this.base.epoch;
  }

  /** Redis instance of the last Config entry: the one that counts, if it says `agreed` (rule 8). */
  get instance(): string {
    return this.configs.at(-1)?.instance ?? partsOfStamp(this.base.instance).instance;
  }

  get members(): string {
    return this.changes.at(-1)?.members ?? partsOfStamp(this.base.instance).members;
  }

  /** Incarnation of a seat that takes part from the end of this log on (rule 14). */
  incarnationOf(seat: string): number {
    return incarnationIn(this.members, seat);
  }

  /** Position of the last Member entry; the base's position where the log itself has none. */
  get membersPosition(): number {
    return this.changes.at(-1)?.position ?? this.base.position;
  }

  /** Epoch of the last force in this history, 0 where there was none (rule 11). */
  get forcedEpoch(): number {
    return forcedEpochIn(this.instance);
  }

  /** The Redis that it names is the first one since the force: no other one may count in this history. */
  get isFirstOfForce(): boolean {
    const before = this.configs.at(-2)?.instance ?? partsOfStamp(this.base.instance).instance;
    return this.configs.length > 0 && before === forceMarkOf(this.forcedEpoch);
  }

  /** Position of the last Config entry; the base's position where the log itself has none. */
  get instancePosition(): number {
    return this.configs.at(-1)?.position ?? this.base.position;
  }

  /** Bytes held, for bounds. */
  get byteCount(): number {
    let sum = 0;
    for (const batch of this.batches) sum += batch.bytes.length;
    return sum;
  }

  /** What a snapshot at `position` says of it: the Redis instance that counts there, and the members. */
  stampAt(position: number): string {
    let { instance, members } = partsOfStamp(this.base.instance);
    for (const config of this.configs) if (config.position <= position) instance = config.instance;
    for (const change of this.changes) if (change.position <= position) members = change.members;
    return instance + members;
  }

  /** Epoch of the entry at a position, or -1 where this log does not know it. */
  epochAt(position: number): number {
    if (position === this.base.position) return this.base.epoch;
    if (position < this.base.position || position > this.lastPosition) return -1;
    return (this.batches[this.indexOf(position)] as LogBatch).epoch;
  }

  /** Runs of equal epochs, the base's first. */
  runs(): EpochRun[] {
    const runs: EpochRun[] = [{ epoch: this.base.epoch, first: this.base.position }];
    for (const batch of this.batches) {
      if (batch.epoch !== (runs.at(-1) as EpochRun).epoch) {
        runs.push({ epoch: batch.epoch, first: batch.first });
      }
    }
    return runs;
  }

  /** Adds at the end. */
  append(batch: LogBatch): void {
    assert(batch.first === this.lastPosition + 1, "positions are consecutive");
    assert(batch.epoch >= this.lastEpoch, "epochs never fall in a log");
    this.batches.push(batch);
    if (holdsOnlyCommands(batch)) return;
    visitEntries(batch, batch.first, (position, kind, data) => {
      if (kind === "config") this.configs.push({ position, instance: textOf(data) });
      if (kind !== "member") return;
      this.changes.push({ position, members: withMember(this.members, textOf(data)) });
    });
  }

  /**
   * What of `batch` is not in the log yet: `null` where all of it is. Where it conflicts with what
   * is here, the result starts at the first conflict, and the caller cuts there.
   */
  novelPart(batch: LogBatch): LogBatch | null {
    const end = lastOf(batch);
    let from = Math.max(batch.first, this.base.position + 1);
    while (from <= end && from <= this.lastPosition && this.epochAt(from) === batch.epoch) {
      const held = this.batches[this.indexOf(from)] as LogBatch;
      from = lastOf(held) + 1;
    }
    return from > end ? null : sliceBatch(batch, from, end);
  }

  /** The first position at which `batch` is not what is here, the base included; `null` where there is none. */
  conflictWith(batch: LogBatch): number | null {
    const { position, epoch } = this.base;
    const isBaseIn = batch.first <= position && position <= lastOf(batch);
    if (isBaseIn && batch.epoch !== epoch) return position;
    const novel = this.novelPart(batch);
    return novel !== null && novel.first <= this.lastPosition ? novel.first : null;
  }

  /** Deletes from `position` on. */
  cutFrom(position: number): void {
    assert(position > this.base.position, "what is committed is never cut");
    while (this.batches.length > 0) {
      const last = this.batches.at(-1) as LogBatch;
      if (lastOf(last) < position) break;
      this.batches.pop();
      if (last.first < position) this.batches.push(sliceBatch(last, last.first, position - 1));
    }
    this.configs = this.configs.filter((config) => config.position < position);
    this.changes = this.changes.filter((change) => change.position < position);
  }

  /** Batches from `from` to `to` at most, whole until about `bytesMax` are reached. */
  read(from: number, to: number, bytesMax: number): LogBatch[] {
    assert(from > this.base.position, "what lies before the base is read from a snapshot");
    const result: LogBatch[] = [];
    let bytes = 0;
    if (from > Math.min(to, this.lastPosition)) return result;
    for (let index = this.indexOf(from); index < this.batches.length; index++) {
      const batch = this.batches[index] as LogBatch;
      if (batch.first > to || bytes >= bytesMax) break;
      const part = sliceBatch(batch, Math.max(from, batch.first), Math.min(to, lastOf(batch)));
      result.push(part);
      bytes += part.bytes.length;
    }
    return result;
  }

  /** Moves the base up to a committed position; what lies before it leaves the memory. */
  rebase(base: LogBase): void {
    assert(base.position >= this.base.position, "a base never moves back");
    if (this.epochAt(base.position) === base.epoch) {
      const kept = this.read(base.position + 1, this.lastPosition, Number.MAX_SAFE_INTEGER);
      this.batches = kept;
      this.configs = this.configs.filter((config) => config.position > base.position);
      this.changes = this.changes.filter((change) => change.position > base.position);
    } else {
      // The snapshot is committed; a log without its entry has nothing that could be.
      this.batches = [];
      this.configs = [];
      this.changes = [];
    }
    this.base = base;
  }

  private indexOf(position: number): number {
    let low = 0;
    let high = this.batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.batches[middle] as LogBatch).first <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Orders logs: by the epoch of the last entry, then by its position, never merely by length. */
export function isMoreRecent(
  a: { lastEpoch: number; lastPosition: number },
  b: { lastEpoch: number; lastPosition: number },
): boolean {
  return a.lastEpoch !== b.lastEpoch ? a.lastEpoch > b.lastEpoch : a.lastPosition > b.lastPosition;
}

/** Highest position at which two logs agree (and so at all before it). */
export function commonPosition(
  log: ReplicaLog,
  other: { runs: readonly EpochRun[]; lastPosition: number },
): number {
  let position = Math.min(log.lastPosition, other.lastPosition);
  while (position > log.base.position) {
    const epoch = log.epochAt(position);
    const run = other.runs.findLast((candidate) => candidate.first <= position);
    if (run === undefined) return log.base.position;
    if (run.epoch === epoch) return position;
    // The higher epoch of the two cannot be in the other log here: skip its whole run.
    const ownFirst = log.runs().findLast((candidate) => candidate.first <= position) as EpochRun;
    position = (run.epoch > epoch ? run.first : ownFirst.first) - 1;
  }
  return log.base.position;
}

/**
 * Whether another log is known to lack the entry at `position` of this one, and so to have left out what is
 * committed here; logs that agree in one entry agree in all before it.
 */
export function isLeftOutOf(
  log: ReplicaLog,
  position: number,
  other: { runs: readonly EpochRun[]; lastPosition: number },
): boolean {
  if (position > other.lastPosition) return true;
  const run = other.runs.findLast((candidate) => candidate.first <= position);
  return run !== undefined && run.epoch !== log.epochAt(position);
}

/** Instances and seats are printable ASCII: the text of a Config or Member entry. */
function textOf(data: Uint8Array): string {
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return text;
}

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    assert(code < 128, "instances and seats are named in ASCII");
    bytes[index] = code;
  }
  return bytes;
}
