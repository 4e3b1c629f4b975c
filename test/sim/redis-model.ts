// RedisModel: what Castle's functions in Redis do, call by call, each call atomic. The simulator runs
// against it, and a test holds the functions of the real Redis to it with random scripts.
// Identity (rule 8): run id, replication id and a key in the data; it changes with every restart,
// failover, flush and fill, and every call names the one it means.

import { assert } from "../../engine/core/assert.ts";
import { buildBatch, type LogBatch, visitEntries } from "../../engine/replication/log-batch.ts";
import { incarnationIn, partsOfStamp } from "../../engine/replication/members.ts";
import type { RedisReply, RedisRequest } from "../../engine/replication/messages.ts";
import type { EpochRun } from "../../engine/replication/replica-log.ts";
import {
  emptyData,
  type MutableRedisData,
  type RedisData,
  type StoredEntry,
} from "./redis-data.ts";
import { bytesOf, linesOf } from "./redis-image.ts";

type Request<K extends RedisRequest["kind"]> = Extract<RedisRequest, { kind: K }>;
type RefusalReason = Extract<RedisReply, { kind: "refused" }>["reason"];

/** Of a follower's read: what comes after it comes with the next one. */
const tailBytesMax = 10_000;

/** Calls that are turned away where memory is short; whatever reads, votes or frees is not. */
const growing: readonly RedisRequest["kind"][] = ["append", "fill", "catchUp", "writeSnapshot"];

export interface RedisOptions {
  readonly runId: string;
  readonly replicationId: string;
  /** Bytes of the journal in one reply, about; at least one record. */
  readonly readBytesMax: number;
}

export class RedisModel {
  private readonly options: RedisOptions;
  private data: MutableRedisData;
  /**
   * What a fill brings is staged first, and used up by it. So even after FLUSHALL, which makes this
   * the empty instance again, an old fill cannot bring back an instance that was agreed upon.
   */
  private readonly usedKeys = new Set<string>();
  /** `maxmemory` is reached, with the policy `noeviction`. */
  isOutOfMemory = false;
  /** Nobody knows yet: the next who reads or writes the image does. */
  isImageLost = false;

  constructor(options: RedisOptions, data: RedisData = emptyData) {
    this.options = options;
    this.data = { ...data, entries: [...data.entries] };
  }

  get instance(): string {
    const { runId, replicationId } = this.options;
    return `${runId}:${replicationId}:${this.data.key}`;
  }

  /** Of one journal no entry is dropped that a follower needs. */
  get journal(): string {
    return `${this.instance}/${this.data.caughtUpFrom}`;
  }

  /** Snapshot and journal together hold everything: no gap lies between them. */
  get isWhole(): boolean {
    return this.data.base.position <= Math.max(0, this.snapshotPosition);
  }

  get isAgreed(): boolean {
    return this.data.agreedInstance === this.instance;
  }

  /** A copy of everything, as persistence or a replica has it. */
  copyData(): RedisData {
    return { ...this.data, entries: [...this.data.entries] };
  }

  /** FLUSHALL: the process, and so its run id, goes on. The empty key tells. */
  flush(): void {
    this.data = { ...emptyData, entries: [] };
    this.isImageLost = false;
  }

  /**
   * A part of the data is gone, as under another policy than `noeviction`. Each function looks for
   * its keys first: without them this is the empty instance, and so another one. That a part of the
   * image is gone is seen by its readers, and by who writes the next one.
   */
  evict(what: "meta" | "log" | "image"): void {
    const { followers, snapshot } = this.data;
    if (what === "image") this.isImageLost = snapshot !== null && snapshot.lines.size > 0;
    else if (what === "meta" || this.data.entries.length > 0) {
      this.data = { ...emptyData, entries: [], followers };
      this.isImageLost = false;
    }
  }

  call(request: RedisRequest): RedisReply {
    if (this.isOutOfMemory && growing.includes(request.kind)) return { kind: "failed" };
    switch (request.kind) {
      case "observe":
        return this.observe();
      case "loadSnapshot":
        return this.loadSnapshot();
      default:
        // Every other call names its instance; another one has no right to answer it.
        if (request.instance !== this.instance) return { kind: "amnesia", instance: this.instance };
        return this.callThisInstance(request);
    }
  }

  private callThisInstance(
    request: Exclude<RedisRequest, Request<"observe"> | Request<"loadSnapshot">>,
  ): RedisReply {
    switch (request.kind) {
      case "append":
        return this.append(request);
      case "vote":
        return this.vote(request);
      case "read":
        return this.read(request);
      case "fill":
        return this.fill(request);
      case "catchUp":
        return this.catchUp(request);
      case "agree":
        return this.agree(request);
      case "writeSnapshot":
        return this.writeSnapshot(request);
      case "trim":
        return this.trim(request);
    }
  }

  /** Whether a call of this epoch may change anything. */
  private admits(epoch: number): boolean {
    return epoch >= this.data.epoch;
  }

  private append(request: Request<"append">): RedisReply {
    const { data } = this;
    if (!this.admits(request.epoch)) return this.refused("OLD_EPOCH");
    data.epoch = request.epoch;
    const { previousPosition, previousEpoch } = request;
    // What is trimmed is committed: whoever is primary now has it too.
    const isBehindBase = previousPosition < data.base.position;
    if (!isBehindBase && this.epochAt(previousPosition) !== previousEpoch) {
      return this.refused("GAP", this.retryAfter(previousPosition));
    }
    let last = previousPosition;
    for (const batch of request.batches) {
      visitEntries(batch, batch.first, (position, kind, bytes) => {
        this.put(position, { epoch: batch.epoch, kind, data: bytes });
        last = position;
      });
    }
    data.beat++;
    // Only up to `last` is this journal known to be the primary's.
    data.committed = Math.max(data.committed, Math.min(request.committed, last));
    const position = Math.max(last, data.base.position);
    return { kind: "appended", ...this.tag(), position };
  }

  /** Rule 4: an equal entry changes nothing, one of another epoch is cut with all behind it. */
  private put(position: number, entry: StoredEntry): void {
    if (position <= this.data.base.position) return;
    const held = this.epochAt(position);
    if (held === entry.epoch) return;
    if (held !== -1) {
      assert(position > this.data.committed, "Redis never cuts what is committed");
      this.data.entries.length = position - this.data.base.position - 1;
    }
    this.data.entries.push(entry);
  }

  /** Rules 2 and 14: the snapshot knows who was replaced. */
  private vote(request: Request<"vote">): RedisReply {
    const { members } = partsOfStamp(this.data.snapshot?.head.instance ?? "");
    const incarnation = incarnationIn(members, request.seat);
    if (request.incarnation < incarnation) return this.refused("REPLACED", incarnation);
    if (request.epoch <= this.data.epoch) return this.refused("OLD_EPOCH");
    this.data.epoch = request.epoch;
    const { lastEpoch, lastPosition, snapshotPosition } = this;
    const runs = this.runs();
    return { kind: "granted", ...this.tag(), lastEpoch, lastPosition, runs, snapshotPosition };
  }

  /** Rule 3: only while the epoch is still that of the vote. */
  private read(request: Request<"read">): RedisReply {
    const { base, epoch } = this.data;
    if (request.epoch !== epoch) return this.refused("OLD_EPOCH");
    if (request.from <= base.position) return this.refused("TRIMMED", base.position);
    const { lastPosition } = this;
    const { from } = request;
    return {
      kind: "entries",
      ...this.tag(),
      from,
      batches: this.batchesFrom(from, lastPosition, this.options.readBytesMax),
      lastPosition,
    };
  }

  /** Rule 8. The instance named is the one replaced: a fill that comes late or twice finds another. */
  private fill(request: Request<"fill">): RedisReply {
    if (!this.admits(request.epoch)) return this.refused("OLD_EPOCH");
    const { key } = request;
    if (this.usedKeys.has(key)) return { kind: "failed" };
    this.usedKeys.add(key);
    // `agreedInstance` cannot be the new one: no two fills have the same key.
    return this.replace(request, { key, agreedInstance: "", caughtUpFrom: 0 });
  }

  /** The instance stays; who has the snapshot's entry lacks nothing, and may have answered for more since. */
  private catchUp(request: Request<"catchUp">): RedisReply {
    if (!this.admits(request.epoch)) return this.refused("OLD_EPOCH");
    assert(this.data.key !== "", "what is empty is filled, not caught up");
    const { position, epoch } = request.snapshot;
    if (this.data.base.position >= position || this.epochAt(position) === epoch) {
      return this.refused("SNAPSHOT_CHANGED", this.snapshotPosition);
    }
    const { key, agreedInstance } = this.data;
    return this.replace(request, { key, agreedInstance, caughtUpFrom: position });
  }

  private replace(
    { epoch, snapshot, batches }: Request<"fill" | "catchUp">,
    name: Pick<RedisData, "key" | "agreedInstance" | "caughtUpFrom">,
  ): RedisReply {
    const { followers } = this.data;
    const beat = this.data.beat + 1;
    this.isImageLost = false;
    const committed = snapshot.position;
    const base = { position: snapshot.position, epoch: snapshot.epoch };
    const { lines, ...head } = snapshot;
    const stored = { head, lines: linesOf(lines) };
    this.data = {
      ...emptyData,
      ...name,
      ...{ epoch, beat, committed, base, entries: [], snapshot: stored },
      followers,
    };
    for (const batch of batches) {
      visitEntries(batch, batch.first, (at, kind, data) =>
        this.put(at, { epoch: batch.epoch, kind, data }),
      );
    }
    return { kind: "filled", ...this.tag() };
  }

  private agree(request: Request<"agree">): RedisReply {
    if (!this.admits(request.epoch)) return this.refused("OLD_EPOCH");
    this.data.epoch = request.epoch;
    this.data.agreedInstance = this.instance;
    return { kind: "agreedUpon", ...this.tag() };
  }

  /** Rule 12: changed lines over the image that they were counted from. */
  private writeSnapshot(request: Request<"writeSnapshot">): RedisReply {
    const { data, snapshotPosition } = this;
    if (!this.admits(request.epoch)) return this.refused("OLD_EPOCH");
    if (this.isImageLost) {
      this.isImageLost = false;
      this.data = { ...emptyData, entries: [], followers: data.followers };
      return { kind: "amnesia", instance: this.instance };
    }
    const { lines, ...head } = request.snapshot;
    if (request.onPosition !== snapshotPosition || head.position < snapshotPosition) {
      return this.refused("SNAPSHOT_CHANGED", snapshotPosition);
    }
    // The journal must continue the image: its entry there is the image's own.
    if (this.epochAt(head.position) !== head.epoch) {
      return this.refused("GAP", this.retryAfter(head.position));
    }
    if (head.position > snapshotPosition) {
      const merged = new Map([...(data.snapshot?.lines ?? []), ...linesOf(lines)]);
      data.snapshot = { head, lines: merged };
      data.epoch = request.epoch;
      data.committed = Math.max(data.committed, head.position);
    }
    return { kind: "snapshotWritten", ...this.tag(), position: head.position };
  }

  /** Never beyond the snapshot: together they hold everything. */
  private trim(request: Request<"trim">): RedisReply {
    const { data } = this;
    if (!this.admits(request.epoch)) return this.refused("OLD_EPOCH");
    data.epoch = request.epoch;
    const upTo = Math.min(request.upTo, this.snapshotPosition, ...data.followers.values());
    if (upTo > data.base.position) {
      const epoch = this.epochAt(upTo);
      data.entries = data.entries.slice(upTo - data.base.position);
      data.base = { position: upTo, epoch };
    }
    return { kind: "trimmed", ...this.tag() };
  }

  /** What followers read: committed entries, and where what is left of the journal begins. */
  tail(from: number): { batches: LogBatch[]; committed: number; firstAvailable: number } {
    const { committed, base } = this.data;
    const firstAvailable = base.position + 1;
    const isThere = from >= firstAvailable && from <= committed;
    const batches = isThere ? this.batchesFrom(from, committed, tailBytesMax) : [];
    return { batches, committed, firstAvailable };
  }

  /** A follower that needs every entry has those up to this position. */
  follow(name: string, position: number): void {
    this.data.followers = new Map([...this.data.followers, [name, position]]);
  }

  private observe(): RedisReply {
    const { lastEpoch, lastPosition, snapshotPosition } = this;
    const { beat } = this.data;
    return { kind: "observed", ...this.tag(), lastEpoch, lastPosition, beat, snapshotPosition };
  }

  private loadSnapshot(): RedisReply {
    const { snapshot } = this.data;
    if (this.isImageLost) return { kind: "failed" };
    const whole = snapshot === null ? null : { ...snapshot.head, lines: bytesOf(snapshot.lines) };
    return { kind: "snapshotLoaded", instance: this.instance, snapshot: whole };
  }

  private tag(): { instance: string; isAgreed: boolean; epoch: number } {
    return { instance: this.instance, isAgreed: this.isAgreed, epoch: this.data.epoch };
  }

  private refused(reason: RefusalReason, retryAfter = 0): RedisReply {
    return { kind: "refused", ...this.tag(), reason, retryAfter };
  }

  /** Where the logs may still agree: before the run of entries that is not the primary's. */
  private retryAfter(position: number): number {
    if (position > this.lastPosition) return this.lastPosition;
    const run = this.runs().findLast((candidate) => candidate.first <= position);
    return Math.max(this.data.base.position, (run?.first ?? 1) - 1);
  }

  get lastPosition(): number {
    return this.data.base.position + this.data.entries.length;
  }

  private get lastEpoch(): number {
    return this.data.entries.at(-1)?.epoch ?? this.data.base.epoch;
  }

  private get snapshotPosition(): number {
    return this.data.snapshot?.head.position ?? -1;
  }

  /** -1 where this journal does not know the entry. */
  private epochAt(position: number): number {
    const { base, entries } = this.data;
    if (position === base.position) return base.epoch;
    return entries[position - base.position - 1]?.epoch ?? -1;
  }

  private runs(): EpochRun[] {
    const { base, entries } = this.data;
    const runs: EpochRun[] = [{ epoch: base.epoch, first: base.position }];
    entries.forEach(({ epoch }, index) => {
      if (epoch !== runs.at(-1)?.epoch) runs.push({ epoch, first: base.position + index + 1 });
    });
    return runs;
  }

  private batchesFrom(from: number, to: number, bytesMax: number): LogBatch[] {
    const batches: LogBatch[] = [];
    const { base, entries } = this.data;
    let bytes = 0;
    let run: StoredEntry[] = [];
    for (let position = from; position <= to; position++) {
      const entry = entries[position - base.position - 1] as StoredEntry;
      run.push(entry);
      bytes += entry.data.length;
      const isFull = bytes >= bytesMax;
      const isLast = position === to;
      if (!isFull && !isLast && this.epochAt(position + 1) === entry.epoch) continue;
      batches.push(buildBatch(entry.epoch, position + 1 - run.length, run));
      run = [];
      if (isFull) break;
    }
    return batches;
  }
}
