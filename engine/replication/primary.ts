// Primary: sequences commands, applies them, sends them to the standby and to Redis, and calls a
// position committed when one of the two has answered for it (rule 5). Until its barrier is
// committed it serves nobody. Whoever shows it a higher epoch ends it.

import { assert } from "../core/assert.ts";
import { lastOf } from "./log-batch.ts";
import { memberText } from "./members.ts";
import type { PeerMessage, RedisReply, RedisRequest } from "./messages.ts";
import type { ReplaceRefusal } from "./operators.ts";
import { PeerProgress } from "./peer-progress.ts";
import { ReadRounds } from "./read-rounds.ts";
import { RedisProgress, type Refilling } from "./redis-progress.ts";
import { bytesOf, forceMarkOf } from "./replica-log.ts";
import type { RoleBehaviour, Stage } from "./role.ts";
import { Snapshotter } from "./snapshotter.ts";

/**
 * Batches sent and not committed: while so many are under way the next one grows (group commit), so
 * that the number of messages follows the round trip, not the load. Two hide most of the waiting.
 */
const batchesUnderWayMax = 2;
/**
 * Where as few entries are under way, each waits for its own round trip only: a further batch leaves
 * after so long all the same, and that many messages a second are no load.
 */
const fewEntries = 32;
const batchIntervalMs = 1;
/** Entries sequenced and not committed: beyond it commands are turned away. */
const uncommittedMax = 100_000;
/**
 * Failure timeouts for which the peer is not in sync before its loss is told: 1 s by default. Packet loss holds a stream
 * up for a few hundred milliseconds again and again, and must not crowd the decision log.
 */
const peerLostTimeouts = 5;

export class Primary implements RoleBehaviour {
  readonly role = "primary";
  isServing = false;
  private readonly stage: Stage;
  private peer: PeerProgress;
  private readonly redis: RedisProgress;
  private readonly snapshotter: Snapshotter;
  private readonly reads = new ReadRounds();
  private readonly barrierPosition: number;
  private queue: Uint8Array[] = [];
  /** Last positions of the batches that are not committed yet. */
  private underWay: number[] = [];
  private batchMs = Number.NEGATIVE_INFINITY;
  private handOverMs = Number.POSITIVE_INFINITY;
  private calledMs = Number.NEGATIVE_INFINITY;
  private isPeerInSync = false;
  /** What the decision log says; behind what is so while the peer may only be late. */
  private isPeerTold = false;
  private inSyncMs = Number.NEGATIVE_INFINITY;
  /** Of an engine alone: when another member last answered; after a force, when it last agreed by itself. */
  private accompaniedMs = Number.NEGATIVE_INFINITY;
  private agreeMs = Number.NEGATIVE_INFINITY;

  /** Rule 3: everything in the log is applied, then a barrier of the own epoch. */
  constructor(stage: Stage, isForced = false) {
    this.stage = stage;
    const { state } = stage;
    state.applyUpTo(state.log.lastPosition);
    const barrier = { kind: "barrier" as const, data: new Uint8Array(0) };
    // No Redis counts but one that is filled from here (rule 11). It comes first: nobody voted for this epoch, and of a
    // torn write nothing must be left that is of it and has no mark.
    const noRedis = { kind: "config" as const, data: bytesOf(forceMarkOf(state.epoch)) };
    const batch = state.appendOwn(isForced ? [noRedis, barrier] : [barrier]);
    this.barrierPosition = batch.first;
    state.applyUpTo(lastOf(batch));
    state.decide("BARRIER_APPENDED");
    this.peer = new PeerProgress(state);
    this.redis = new RedisProgress(state);
    this.snapshotter = new Snapshotter(state);
    // What the voters lack is found by their refusals, from the end backwards.
    this.replicate(true);
  }

  /** Takes a command for the open batch; `false` = overloaded or not serving. */
  submit(command: Uint8Array): boolean {
    const { state } = this.stage;
    const isFull = state.log.lastPosition + this.queue.length - state.released >= uncommittedMax;
    if (!this.isServing || isFull || this.isHandingOver || state.region.isDrained) return false;
    this.queue.push(command);
    return true;
  }

  requestRead(readId: number): boolean {
    if (!this.isServing) return false;
    this.reads.add(readId, this.stage.state.released);
    return true;
  }

  /** Closes the open batch: sequence, apply, send. Nothing leaves before it is committed. */
  flush(): void {
    const { state } = this.stage;
    if (this.queue.length > 0 && this.isBatchDue) {
      const commands = this.queue;
      this.queue = [];
      this.batchMs = state.awake.nowMs;
      const batch = state.appendOwn(commands.map((data) => ({ kind: "command", data })));
      this.underWay.push(lastOf(batch));
      state.applyUpTo(lastOf(batch));
    }
    const isWanted = this.reads.isWanted;
    if (isWanted) this.reads.begin();
    this.replicate(isWanted);
    this.commitAlone();
    this.agreeFirst();
  }

  private get isBatchDue(): boolean {
    if (this.underWay.length < batchesUnderWayMax) return true;
    const { log, committed, awake } = this.stage.state;
    const areFew = log.lastPosition - committed < fewEntries;
    return areFew && awake.nowMs - this.batchMs >= batchIntervalMs;
  }

  private replicate(isUrgent: boolean): void {
    const mark = this.isServing ? this.snapshotter.take(this.redis.isCurrent) : null;
    if (mark !== null) this.peer.mark(mark);
    this.peer.replicate(this.reads.current, isUrgent);
    this.redis.replicate(this.reads.current, isUrgent, this.refilling);
  }

  /** Before it serves, a primary fills a Redis only so that the peer finds a snapshot there. */
  private get refilling(): Refilling {
    // What it appends after the last command would be one entry too many for the other region.
    if (this.stage.state.region.isDrained) return "no";
    if (this.isServing) return "member";
    return this.peer.isTooFarBehind ? "source" : "no";
  }

  tick(): void {
    const { state } = this.stage;
    this.flush();
    this.snapshotter.write(this.redis.isCurrent);
    if (this.redis.isCurrent) this.snapshotter.trim();
    // Redis alone can commit a Member entry: what it still lacks must not leave this memory before.
    if (state.areMembersCommitted) {
      state.advanceCheckpoint(Math.min(this.peer.matched, this.redis.matched));
    }
    this.considerPeer();
    this.handOver();
    const isUnanswered =
      state.awake.nowMs - this.handOverMs >= state.options.timing.failureTimeoutMs;
    if (isUnanswered) this.handOverMs = Number.POSITIVE_INFINITY;
  }

  onPeer(message: PeerMessage): void {
    const { state } = this.stage;
    switch (message.kind) {
      case "hello":
        this.peer.onHello(message);
        this.peer.replicate(this.reads.current, true);
        break;
      case "appendAccepted":
        if (message.epoch !== state.epoch) break;
        this.peer.onAccepted(message);
        this.confirm(this.peer.matched, message.round);
        // Where Redis was first, the peer's answer commits nothing, and is the one waited for.
        this.handOver();
        break;
      case "appendRefused":
        if (message.reason === "GAP" && message.epoch === state.epoch) {
          const isNew = this.peer.onGap(message);
          if (isNew) this.peer.replicate(this.reads.current, true);
        }
        break;
      case "recoverRequest":
        this.onRecoverRequest(message);
        break;
    }
  }

  onRedis(request: RedisRequest, reply: RedisReply): void {
    const { state } = this.stage;
    switch (request.kind) {
      case "append":
        if (request.epoch !== state.epoch) break;
        if (this.redis.onAppend(request, reply)) this.confirm(this.redis.matched, request.round);
        break;
      case "observe":
        this.redis.onObserved();
        break;
      case "fill":
        this.redis.onFill(request, reply);
        break;
      case "catchUp":
        this.redis.onCaughtUp(request, reply);
        break;
      case "writeSnapshot":
        if (request.epoch === state.epoch) this.snapshotter.onWritten(request, reply);
        break;
    }
    if (reply.kind === "refused" && reply.epoch > state.epoch) {
      this.stage.becomeStandby(`Redis is in epoch ${reply.epoch}`);
      return;
    }
    this.redis.replicate(this.reads.current, false, this.refilling);
  }

  /** Rule 5: own epoch only; what is older is committed through it. */
  private confirm(matched: number, round: number): void {
    const { state } = this.stage;
    this.reads.confirm(round, state.ports.readConfirmed);
    if (matched < this.barrierPosition) return;
    if (state.isAlone) this.accompany(matched);
    if (matched > state.committed) this.commit(matched);
  }

  private commit(position: number): void {
    const { state } = this.stage;
    state.commit(position);
    this.underWay = this.underWay.filter((position) => position > state.committed);
    assert(state.committed >= this.barrierPosition, "older entries are committed by the barrier");
    if (!this.isServing) {
      this.isServing = true;
      state.decide("SERVING");
    }
    this.snapshotter.write(this.redis.isCurrent);
    if (this.queue.length > 0) this.flush();
  }

  /** Rule 11: the own copy is enough, until another member answers in this epoch. */
  private commitAlone(): void {
    const { state } = this.stage;
    if (!state.isAlone || this.isAccompanied) return;
    this.reads.confirm(this.reads.current, state.ports.readConfirmed);
    if (state.committed < state.log.lastPosition) this.commit(state.log.lastPosition);
  }

  /**
   * Of the first Redis after a force the other engine need not say it (rule 8): no log of this history names
   * one before it, and what others name was emptied for this one.
   */
  private agreeFirst(): void {
    const { state } = this.stage;
    const isFilled = this.redis.isCurrent && !state.redis.isAgreed;
    if (!isFilled || !state.log.isFirstOfForce) return;
    if (state.awake.nowMs - this.agreeMs < state.options.timing.heartbeatMs) return;
    this.agreeMs = state.awake.nowMs;
    const { epoch, log } = state;
    state.ports.redis.call({ kind: "agree", instance: log.instance, epoch });
  }

  private get isAccompanied(): boolean {
    const { awake, options } = this.stage.state;
    return awake.nowMs - this.accompaniedMs < options.timing.failureTimeoutMs;
  }

  /** From its first answer on nothing is committed without it; it ends once the member has it all. */
  private accompany(matched: number): void {
    const { state } = this.stage;
    this.accompaniedMs = state.awake.nowMs;
    if (matched < state.committed) return;
    state.endForce("the other engine has everything");
  }

  private considerPeer(): void {
    const { state } = this.stage;
    const { nowMs } = state.awake;
    const { failureTimeoutMs } = state.options.timing;
    const isHeard = nowMs - this.peer.heardMs < failureTimeoutMs;
    this.isPeerInSync = isHeard && this.peer.matched >= this.barrierPosition;
    if (this.isPeerInSync) this.inSyncMs = nowMs;
    if (this.isPeerInSync === this.isPeerTold) return;
    if (this.isPeerTold && nowMs - this.inSyncMs < peerLostTimeouts * failureTimeoutMs) return;
    this.isPeerTold = this.isPeerInSync;
    state.decide(this.isPeerTold ? "PEER_IN_SYNC" : "PEER_LOST");
  }

  /** Voters that answer in this epoch. */
  inSync(): ("peer" | "redis")[] {
    const { state } = this.stage;
    const result: ("peer" | "redis")[] = [];
    if (this.isPeerInSync) result.push("peer");
    const isCounting = this.redis.isCurrent && state.counts(state.redis);
    if (isCounting && this.redis.matched >= this.barrierPosition) result.push("redis");
    return result;
  }

  /** Nothing is sequenced any more; the log's end once all that was taken is committed, else -1. */
  get drainedPosition(): number {
    const { state } = this.stage;
    const isOpen = this.queue.length > 0 || state.committed < state.log.lastPosition;
    return state.region.isDrained && !isOpen ? state.committed : -1;
  }

  get peerPosition(): number {
    return this.peer.matched;
  }

  get isHandingOver(): boolean {
    return this.handOverMs !== Number.POSITIVE_INFINITY;
  }

  /** Planned switchover: nothing more is sequenced; the peer is called once it has everything. */
  switchOver(reason: string): boolean {
    if (!this.isServing || !this.isPeerInSync) return false;
    if (this.isHandingOver) return true;
    this.flush();
    this.handOverMs = this.stage.state.awake.nowMs;
    this.stage.state.decide("HANDING_OVER", reason);
    this.handOver();
    return true;
  }

  private handOver(): void {
    const { state } = this.stage;
    if (!this.isHandingOver || this.queue.length > 0) return;
    // A lost call is repeated; one that was heard has made the peer a candidate, who hears no more.
    const { nowMs } = state.awake;
    if (nowMs - this.calledMs < state.options.timing.heartbeatMs) return;
    if (this.peer.matched < state.log.lastPosition) return;
    if (state.committed < state.log.lastPosition) return;
    this.calledMs = nowMs;
    state.ports.peer.send({ kind: "takeOver", epoch: state.epoch });
  }

  /**
   * Rule 14: the Member entry is appended, and from here on nothing counts that the other seat's engine
   * answers until the new one is in it; so this entry and all behind it are committed by Redis.
   */
  replacePeer(incarnation: number, reason: string): ReplaceRefusal | null {
    const { state } = this.stage;
    if (!this.isServing) return "NOT_SERVING";
    if (state.region.isDrained) return "REGION_NOT_ACTIVE";
    if (incarnation === state.peerIncarnation) return null;
    if (incarnation < state.peerIncarnation) return "OLD_INCARNATION";
    if (this.isHandingOver) return "HANDING_OVER";
    if (state.isAlone) return "ALONE";
    // A Redis that would have to be filled anew would need the agreement of the one that is replaced.
    const canCommit = this.inSync().includes("redis") && this.redis.isWithinReach;
    if (!canCommit) return "REDIS_NOT_IN_SYNC";
    const data = bytesOf(memberText(state.peerSeat, incarnation));
    const batch = state.appendOwn([{ kind: "member", data }]);
    state.applyUpTo(batch.first);
    state.decide("MEMBER_NAMED", `engine ${state.peerSeat}, incarnation ${incarnation}: ${reason}`);
    this.peer = new PeerProgress(state);
    this.isPeerInSync = false;
    // What the one before it said of itself is not the new one's word.
    this.stage.peer.role = "unknown";
    this.replicate(true);
    return null;
  }

  /** Rule 9: only a live primary of an epoch not below the asker's is a source. */
  private onRecoverRequest(message: Extract<PeerMessage, { kind: "recoverRequest" }>): void {
    const { state } = this.stage;
    // One that is in this epoch already need not wait for the barrier, which may be waiting for it: all that was
    // committed is in this log, of older epochs since it was elected, of its own since it is the primary's.
    const isSource = this.isServing || message.epoch === state.epoch;
    // Before its Member entry is committed, a new engine is no member, and must not become one.
    if (!isSource || !state.areMembersCommitted) return;
    if (state.epoch < message.epoch) {
      this.rise(message.epoch);
      return;
    }
    const { log } = state;
    const { afterPosition } = message;
    const isKnown =
      afterPosition >= log.base.position && log.epochAt(afterPosition) === message.afterEpoch;
    // So that it finds a snapshot of this log in Redis.
    if (!isKnown) this.peer.isTooFarBehind = true;
    state.ports.peer.send({
      kind: "recoverReply",
      nonce: message.nonce,
      epoch: state.epoch,
      outcome: isKnown ? "ENTRIES" : "SNAPSHOT_NEEDED",
      afterPosition,
      batches: isKnown
        ? log.read(afterPosition + 1, log.lastPosition, state.options.messageBytesMax)
        : [],
      lastPosition: log.lastPosition,
      committed: state.committed,
      instance: log.instance,
    });
  }

  /** The recovering engine had taken an epoch that nobody heard of: only above it can it be helped. */
  private rise(above: number): void {
    const { state } = this.stage;
    state.seeEpoch(above);
    if (!this.redis.isCurrent || !state.counts(state.redis)) return;
    const reason = `the engine that recovers has seen epoch ${above}`;
    this.stage.becomeStandby(reason);
    this.stage.becomeCandidate(reason);
  }
}
