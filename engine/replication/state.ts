// ReplicaState: what an engine keeps whatever its role is: epoch, log, commit position, the core that
// follows the log, and what it last saw of Redis. Roles decide; this carries out.
// Invariants: the epoch is durable before it is used; the log is written before it is answered for;
// what is committed is never cut; the checkpoint on disk is the state at the log's base.

import { assert } from "../core/assert.ts";
import { ChangedLines } from "./changed-lines.ts";
import type { Control } from "./control.ts";
import type { DecisionCode } from "./decision.ts";
import { buildBatch, type EntryKind, type LogBatch, lastOf, visitEntries } from "./log-batch.ts";
import { seatOf } from "./members.ts";
import type { EngineId, Mark, RedisReply, Snapshot } from "./messages.ts";
import type { Loaded, Ports } from "./ports.ts";
import { epochFloor, onlyRegion, type RegionStanding } from "./region.ts";
import { RegionState } from "./region-state.ts";
import { forcedEpochIn, genesisBase, ReplicaLog } from "./replica-log.ts";
import type { RedisView, ReplicaOptions } from "./replica-options.ts";
import { StateCopy } from "./state-copy.ts";
import { AwakeClock } from "./suspicion.ts";

/** Checkpoints that may be put off for a member that lacks the entries. */
const retentionMax = 4;
/** Marks kept until the state passes them. */
const marksMax = 64;

export class ReplicaState {
  readonly id: EngineId;
  readonly options: ReplicaOptions;
  readonly ports: Ports;
  readonly awake: AwakeClock;
  readonly changed: ChangedLines;
  readonly copy: StateCopy;
  /** The own seat and the other engine's, as Member entries name them. */
  readonly seat: string;
  readonly peerSeat: string;
  readonly incarnation: number;
  epoch: number;
  /** Highest epoch seen anywhere: the next own one lies above it. */
  seenEpoch: number;
  log: ReplicaLog;
  committed: number;
  readonly region: RegionState;
  control: Control;
  /** When it last stopped being primary, other than by handing over. */
  deposedMs = Number.NEGATIVE_INFINITY;
  readonly redis: RedisView = {
    isReachable: false,
    instance: "",
    isAgreed: false,
    epoch: 0,
    lastPosition: -1,
    snapshotPosition: -1,
  };
  /** The last mark that this engine computed itself. */
  lastMark: Mark = { position: 0, hash: "" };
  private expectedMarks: Mark[] = [];
  /** Ready, and waits to be committed. */
  private nextCheckpoint: Snapshot | null = null;
  /** Rebuilt from the checkpoint, and no mark has agreed since. */
  private isRebuilt = false;
  /** It was rebuilt and is wrong again: the checkpoint was taken of a wrong state. */
  isCheckpointWrong = false;

  constructor(options: ReplicaOptions, ports: Ports, loaded: Loaded, nowMs: number) {
    this.options = options;
    this.id = options.id;
    this.ports = ports;
    this.awake = new AwakeClock(nowMs, options.timing.heartbeatMs);
    this.seat = seatOf(options.id, options.region?.name);
    this.peerSeat = seatOf(options.id === 1 ? 2 : 1, options.region?.name);
    this.incarnation = loaded.incarnation;
    this.epoch = loaded.epoch;
    this.control = ports.control.load();
    this.region = new RegionState(options.region ?? onlyRegion);
    this.seenEpoch = Math.max(loaded.epoch, epochFloor(this.region.term));
    this.log = new ReplicaLog(loaded.log?.base ?? genesisBase);
    for (const batch of loaded.log?.batches ?? []) this.log.append(batch);
    this.committed = this.log.base.position;
    this.changed = new ChangedLines(this.committed);
    this.copy = new StateCopy(ports.machine, options.copyLinesMax, () => this.stampOf(this.mark()));
    this.restoreMachine(loaded.log === null ? null : loaded.checkpoint);
  }

  decide(code: DecisionCode, reason?: string): void {
    const decision = { code, epoch: this.epoch, position: this.log.lastPosition };
    this.ports.decided(reason === undefined ? decision : { ...decision, reason });
  }

  /** Durable before anything is said in it (rule 1). */
  takeEpoch(epoch: number): void {
    assert(epoch > this.epoch, "an engine's epoch only grows");
    this.ports.storage.writeEpoch(epoch);
    this.epoch = epoch;
    this.seeEpoch(epoch);
    // What an old primary expected at positions that it may never have committed binds nobody.
    this.forgetMarks();
  }

  seeEpoch(epoch: number): void {
    this.seenEpoch = Math.max(this.seenEpoch, epoch);
  }

  /** Durable before it is acted upon. */
  setControl(change: Partial<Control>): void {
    const control = { ...this.control, ...change };
    this.ports.control.write(control);
    this.control = control;
  }

  /** Its own copy is enough (rule 11): while its log is the one that was forced. */
  get isAlone(): boolean {
    const { aloneEpoch } = this.control;
    return aloneEpoch > 0 && this.log.forcedEpoch === aloneEpoch;
  }

  /** Durable before anybody can count on it: from here on the own copy is not enough, also after a restart. */
  endForce(reason: string): void {
    if (this.control.aloneEpoch === 0) return;
    const { isAlone } = this;
    this.setControl({ aloneEpoch: 0 });
    if (isAlone) this.decide("FORCE_ENDED", reason);
  }

  /** The own log names a newer incarnation of the own seat. */
  get isSuperseded(): boolean {
    return this.log.incarnationOf(this.seat) > this.incarnation;
  }

  /** The incarnation of the other seat that counts here, from where its Member entry was appended. */
  get peerIncarnation(): number {
    return this.log.incarnationOf(this.peerSeat);
  }

  /** What the log says of members is committed, as far as this engine knows: it will not be cut. */
  get areMembersCommitted(): boolean {
    return this.log.membersPosition <= this.committed;
  }

  /** An operator keeps this engine from standing by itself, or its state is known to be wrong. */
  get isHeldBack(): boolean {
    const { isPaused, isFenced } = this.control;
    const isKept = isPaused || isFenced || this.region.isDrained || !this.region.isConfirmed;
    return isKept || this.isCheckpointWrong;
  }

  /** Odd epochs belong to engine 1, even ones to engine 2. */
  nextOwnEpoch(): number {
    const above = Math.max(this.epoch, this.seenEpoch) + 1;
    return above % 2 === this.id % 2 ? above : above + 1;
  }

  /** Sequences one entry of this engine's own epoch. Only a primary does. */
  appendOwn(entries: readonly { kind: EntryKind; data: Uint8Array }[]): LogBatch {
    const batch = buildBatch(this.epoch, this.log.lastPosition + 1, entries);
    this.ports.storage.appendLog(batch);
    this.log.append(batch);
    return batch;
  }

  /** Takes entries of another's log; cuts only on a real conflict (rule 4). */
  merge(batches: readonly LogBatch[]): void {
    for (const batch of batches) {
      const novel = this.log.novelPart(batch);
      if (novel === null) continue;
      if (novel.first <= this.log.lastPosition) this.cutFrom(novel.first);
      this.ports.storage.appendLog(novel);
      this.log.append(novel);
    }
  }

  private cutFrom(position: number): void {
    assert(position > this.committed, "what is committed is never cut");
    this.decide("LOG_CUT", `from ${position}`);
    this.log.cutFrom(position);
    // An old primary had applied what is cut now: its state never happened.
    if (this.ports.machine.position >= position) this.rebuildMachine();
  }

  /** What may leave this engine: committed, and in the other region where that is asked for. */
  get released(): number {
    return this.region.released(this.committed);
  }

  /** The other region has answered for everything up to `position`, which this one has committed. */
  answerOfRegion(position: number): void {
    if (this.region.answer(position)) this.ports.committed(this.released);
  }

  /** Durable already. Epochs of the term lie above all that the other region can have used. */
  enterTerm(standing: RegionStanding): void {
    this.region.enter(standing);
    this.seeEpoch(epochFloor(standing.term));
  }

  commit(position: number): void {
    const known = Math.min(position, this.log.lastPosition);
    if (known <= this.committed) return;
    this.committed = known;
    this.ports.committed(known);
  }

  /** Applies the log up to `position`, comparing the hash at every mark that is passed. */
  applyUpTo(position: number): void {
    const machine = this.ports.machine;
    while (machine.position < position) {
      const stop = this.expectedMarks.find((mark) => mark.position > machine.position);
      this.applyRun(Math.min(position, stop?.position ?? position));
      if (stop?.position === machine.position) this.verifyMark(stop);
    }
  }

  private applyRun(to: number): void {
    const machine = this.ports.machine;
    for (const batch of this.log.read(machine.position + 1, to, Number.MAX_SAFE_INTEGER)) {
      visitEntries(batch, batch.first, (position, kind, data) => {
        machine.apply(position, kind, data);
      });
      assert(machine.position === lastOf(batch), "the core follows the log without a gap");
    }
  }

  expectMarks(marks: readonly Mark[]): void {
    this.expectedMarks.push(...marks);
    const passed = this.ports.machine.position;
    this.expectedMarks = this.expectedMarks.filter((mark) => mark.position > passed);
    this.expectedMarks.splice(0, this.expectedMarks.length - marksMax);
    // The last one is said again while nothing happens: a lost mark must not hide a difference.
    const here = marks.findLast((mark) => mark.position === passed);
    if (here !== undefined && passed <= this.committed) this.verifyMark(here);
  }

  forgetMarks(): void {
    this.expectedMarks = [];
  }

  private verifyMark(expected: Mark): void {
    const mark = this.mark();
    if (mark.hash === expected.hash) {
      this.isRebuilt = false;
      this.isCheckpointWrong = false;
      return;
    }
    // Said already; only a snapshot helps now.
    if (this.isCheckpointWrong) return;
    this.decide("HASH_DIVERGED", `at ${mark.position}: ${mark.hash}, primary ${expected.hash}`);
    this.forgetMarks();
    this.isCheckpointWrong = this.isRebuilt;
    this.isRebuilt = true;
    if (!this.isCheckpointWrong) this.rebuildMachine();
  }

  /** Hash of the state as it stands; its changed lines are remembered for the next snapshot. */
  mark(): Mark {
    const position = this.ports.machine.position;
    const { hash, changedLines } = this.ports.machine.mark();
    if (changedLines.length > 0) this.changed.record(position, changedLines);
    this.copy.touched(changedLines);
    this.lastMark = { position, hash };
    return this.lastMark;
  }

  /** A full image of the state as it stands, at once: for the end of a process. */
  capture(): Snapshot {
    const mark = this.mark();
    return this.snapshotOf(mark, this.ports.machine.usedLines());
  }

  snapshotOf(mark: Mark, lines: Uint32Array): Snapshot {
    return { ...this.stampOf(mark), lines: this.ports.machine.copyLines(lines) };
  }

  private stampOf({ position, hash }: Mark): Omit<Snapshot, "lines"> {
    const { log } = this;
    return { position, epoch: log.epochAt(position), instance: log.stampAt(position), hash };
  }

  /** A full image of a recent state, made in steps: `null` until it is ready. */
  imageSoon(): Snapshot | null {
    return this.copy.take(this.log.base.position);
  }

  /** `snapshot` is committed: the log from now on stands on it. */
  checkpoint(snapshot: Snapshot): void {
    assert(snapshot.position <= this.committed, "a checkpoint holds only what is committed");
    this.ports.storage.writeCheckpoint(snapshot);
    this.log.rebase(snapshot);
  }

  /** A step towards the next checkpoint, at every tick. */
  advanceCheckpoint(heldByOthers: number): void {
    this.copy.step();
    if (this.nextCheckpoint === null && this.isCheckpointDue(heldByOthers)) {
      this.nextCheckpoint = this.imageSoon();
    }
    const next = this.nextCheckpoint;
    if (next === null || next.position > this.committed) return;
    this.nextCheckpoint = null;
    if (next.position > this.log.base.position) this.checkpoint(next);
  }

  /**
   * A checkpoint drops entries. While another member lacks them they stay, since nothing but a
   * snapshot in Redis could replace them; but not for ever: memory is finite.
   */
  isCheckpointDue(heldByOthers: number): boolean {
    const { checkpointEntries } = this.options;
    const count = this.committed - this.log.base.position;
    if (count >= retentionMax * checkpointEntries) return true;
    return count >= checkpointEntries && heldByOthers >= this.committed;
  }

  /** Takes a committed state from Redis, where it is ahead of this engine's own. */
  install(snapshot: Snapshot): boolean {
    assert(snapshot.epoch <= this.epoch, "the epoch of an installed snapshot is taken first");
    if (snapshot.position <= this.committed) return this.replaceCheckpoint(snapshot);
    // Epochs never fall in a history: this one belongs to another, of a Redis that was left behind.
    const overlap = Math.min(snapshot.position, this.log.lastPosition);
    if (this.log.epochAt(overlap) > snapshot.epoch) return false;
    const isKnown = this.log.epochAt(snapshot.position) === snapshot.epoch;
    // Of a history that a force left out (rule 11), in a Redis that is older than the force.
    if (!isKnown && forcedEpochIn(snapshot.instance) < this.log.forcedEpoch) return false;
    if (isKnown && this.ports.machine.position >= snapshot.position) {
      // Applied already, by a primary that is none any more: now it is known to be committed.
      this.commit(snapshot.position);
      return true;
    }
    const isCut = !isKnown && this.log.lastPosition > this.committed;
    if (isCut) this.decide("LOG_CUT", `snapshot at ${snapshot.position} replaces the log`);
    this.ports.storage.writeCheckpoint(snapshot);
    this.log.rebase(snapshot);
    this.restoreMachine(snapshot);
    this.commit(snapshot.position);
    this.decide("SNAPSHOT_LOADED");
    return true;
  }

  /** Where the own checkpoint is wrong, the one in Redis stands in for it. */
  private replaceCheckpoint(snapshot: Snapshot): boolean {
    if (!this.isCheckpointWrong) return false;
    if (this.log.epochAt(snapshot.position) !== snapshot.epoch) return false;
    this.ports.storage.writeCheckpoint(snapshot);
    this.log.rebase(snapshot);
    this.restoreMachine(snapshot);
    this.isCheckpointWrong = false;
    this.applyUpTo(this.committed);
    this.decide("SNAPSHOT_LOADED");
    return true;
  }

  /** From the checkpoint and the log: where the state is wrong, the log is right. */
  rebuildMachine(): void {
    this.restoreMachine(this.ports.storage.loadCheckpoint());
    this.applyUpTo(this.committed);
    this.decide("STATE_REBUILT");
  }

  restoreMachine(snapshot: Snapshot | null): void {
    const hash = this.ports.machine.restore(snapshot === null ? null : snapshot.lines);
    const position = snapshot?.position ?? 0;
    assert(this.ports.machine.position === position, "a snapshot holds its own position");
    if (snapshot !== null) assert(hash === snapshot.hash, "a snapshot's state has its hash");
    this.changed.reset(position);
    this.copy.abort();
    this.nextCheckpoint = null;
    this.lastMark = { position, hash };
    this.forgetMarks();
  }

  /**
   * Whether what Redis answered may count as a vote (rule 8). An instance that was agreed upon before the other
   * region led knows nothing of that lead: none counts until this log has an entry of this region's own.
   */
  counts(reply: { instance: string; isAgreed: boolean }): boolean {
    const { lastEpoch, instance } = this.log;
    if (lastEpoch < epochFloor(this.region.sinceTerm)) return false;
    return reply.isAgreed && instance !== "" && reply.instance === instance;
  }

  /** Notes what a reply tells of Redis itself. */
  noteRedis(reply: RedisReply): void {
    this.redis.isReachable = reply.kind !== "failed";
    if (reply.kind === "failed") return;
    if (reply.instance !== this.redis.instance) {
      this.redis.instance = reply.instance;
      this.redis.isAgreed = false;
      this.redis.lastPosition = -1;
      this.redis.snapshotPosition = -1;
    }
    if (reply.kind === "amnesia" || reply.kind === "snapshotLoaded") return;
    this.redis.isAgreed = reply.isAgreed;
    this.redis.epoch = reply.epoch;
    this.seeEpoch(reply.epoch);
    if (reply.kind === "observed" || reply.kind === "granted") {
      this.redis.lastPosition = reply.lastPosition;
      this.redis.snapshotPosition = reply.snapshotPosition;
      this.changed.forget(reply.snapshotPosition);
    }
  }
}
