// Standby: follows the primary's log, applies what is committed, compares hashes, and watches for
// the primary's silence on both paths. It tells nobody of what is not committed.
// Fails into a candidate when it suspects the primary and a voter is within reach.

import { lastOf } from "./log-batch.ts";
import type { Append, PeerMessage, RedisReply, RedisRequest, TooFarBehind } from "./messages.ts";
import { termOf } from "./region.ts";
import type { RoleBehaviour, Stage } from "./role.ts";
import { type Heard, silenceMsMax, suspect } from "./suspicion.ts";

/** A large state takes seconds to load; a lost answer must not end the waiting for ever. */
const loadPatienceMs = 5_000;

export class Standby implements RoleBehaviour {
  readonly role = "standby";
  private readonly stage: Stage;
  private onStreamMs: number;
  private inJournalMs: number;
  private onBeatMs = Number.NEGATIVE_INFINITY;
  private isRefused = false;
  private lastBeat = -1;
  private lastBeatInstance = "";
  private isObserving = false;
  private observedMs = Number.NEGATIVE_INFINITY;
  private askedMs = Number.NEGATIVE_INFINITY;
  isSuspecting = false;
  private loadingSinceMs = Number.NEGATIVE_INFINITY;
  /** Up to here this log is that of the primary of the current epoch. */
  private matchedPosition = 0;
  private matchedEpoch = -1;

  /** `graceMs` is waited on top of the failure timeout before the first suspicion. */
  constructor(stage: Stage, graceMs: number) {
    this.stage = stage;
    const nowMs = stage.state.awake.nowMs;
    this.onStreamMs = nowMs + graceMs;
    this.inJournalMs = nowMs;
    this.loadSnapshot();
  }

  onPeer(message: PeerMessage): void {
    switch (message.kind) {
      case "append":
        this.onAppend(message);
        break;
      case "hello":
        this.isRefused = false;
        if (message.role === "primary") this.hearStream();
        break;
      case "tooFarBehind":
        if (message.epoch !== this.stage.state.epoch) break;
        this.hearStream();
        this.onTooFarBehind(message);
        break;
      case "takeOver":
        this.onTakeOver(message.epoch);
        break;
    }
  }

  private onTooFarBehind(message: TooFarBehind): void {
    const { log } = this.stage.state;
    if (message.forcedEpoch > log.forcedEpoch) this.abandonLog(message);
    // It has no snapshot to wait for: the primary's log ends before this one's begins.
    else if (message.basePosition < log.base.position && !this.isBaseCertain) {
      this.abandonLog(message);
    } else this.loadSnapshot();
  }

  private abandonLog({ forcedEpoch }: { readonly forcedEpoch: number }): void {
    const { log, epoch } = this.stage.state;
    const isForced = forcedEpoch > log.forcedEpoch;
    const why = isForced ? `forced in epoch ${forcedEpoch}` : `left out in term ${termOf(epoch)}`;
    this.stage.operators.abandonLog(why);
  }

  /** One load at a time; one that was never answered is asked again later. */
  private loadSnapshot(): void {
    const { awake, ports } = this.stage.state;
    if (awake.nowMs - this.loadingSinceMs < loadPatienceMs) return;
    this.loadingSinceMs = awake.nowMs;
    ports.redis.call({ kind: "loadSnapshot" });
  }

  /** Planned, so also while the engine is paused. */
  private onTakeOver(epoch: number): void {
    const { state } = this.stage;
    if (epoch === state.epoch && !state.control.isFenced) this.stage.becomeCandidate("SWITCHOVER");
  }

  onPeerRefused(): void {
    this.isRefused = true;
  }

  /** Rule 4. The epoch has been taken already, where it was higher. */
  private onAppend(message: Append): void {
    const { state } = this.stage;
    this.hearStream();
    if (this.isOverruled(message)) {
      this.abandonLog(message);
      return;
    }
    const { log } = state;
    const { previousPosition } = message;
    const isBehindBase = previousPosition < log.base.position;
    const held = log.epochAt(previousPosition);
    const isFitting = isBehindBase ? this.isBaseIn(message) : held === message.previousEpoch;
    if (!isFitting) {
      const retryAfter = isBehindBase ? log.base.position : this.retryAfter(previousPosition);
      state.ports.peer.send({
        kind: "appendRefused",
        epoch: state.epoch,
        reason: "GAP",
        retryAfter,
      });
      return;
    }
    state.merge(message.batches);
    const count = message.batches.reduce((sum, batch) => sum + batch.count, 0);
    // What lies before the base is committed, so the primary has it too.
    const position = Math.max(message.previousPosition + count, state.log.base.position);
    this.matchedPosition = position;
    this.matchedEpoch = state.epoch;
    state.ports.peer.send({
      kind: "appendAccepted",
      epoch: state.epoch,
      startNonce: state.options.startNonce,
      position,
      round: message.round,
    });
    state.expectMarks(message.marks);
    state.commit(Math.min(message.committed, position));
    state.applyUpTo(state.committed);
    if (state.isCheckpointWrong) this.loadSnapshot();
  }

  /**
   * Entries that are committed here, or may be, are not in the primary's log: it was forced since this one was
   * like it (rule 11), where what lies behind the base cannot be compared any more; or the other region led
   * meanwhile, and had never received them.
   */
  private isOverruled(message: Append): boolean {
    const { log, committed, epoch } = this.stage.state;
    const { previousPosition, previousEpoch, batches } = message;
    const isForced = message.forcedEpoch > log.forcedEpoch;
    if (isForced && previousPosition < log.base.position) return true;
    const isOfOlderTerm = termOf(log.epochAt(committed)) < termOf(epoch);
    if (!isForced && !isOfOlderTerm) return false;
    if (previousPosition > committed) return false;
    const held = log.epochAt(previousPosition);
    if (held >= 0 && held !== previousEpoch) return true;
    return batches.some((batch) => (log.conflictWith(batch) ?? committed + 1) <= committed);
  }

  /** The entry that this log stands on is in the primary's, as is all before it. */
  private get isBaseCertain(): boolean {
    const { epoch, log } = this.stage.state;
    // Within one leadership of a region what is committed stays; what was found in this epoch does too.
    return termOf(log.base.epoch) === termOf(epoch) || this.matchedEpoch === epoch;
  }

  /** Of an append that starts behind the base: whether it shows that, where it is not known. */
  private isBaseIn({ batches }: Append): boolean {
    const { position } = this.stage.state.log.base;
    const last = batches.at(-1);
    return this.isBaseCertain || (last !== undefined && lastOf(last) >= position);
  }

  /** Where the logs may still agree: before the run of entries that is not the primary's. */
  private retryAfter(previousPosition: number): number {
    const { log } = this.stage.state;
    if (previousPosition > log.lastPosition) return log.lastPosition;
    const run = log.runs().findLast((candidate) => candidate.first <= previousPosition);
    return Math.max(log.base.position, (run?.first ?? 1) - 1);
  }

  /** A datagram of the primary of this epoch or a newer one. Nothing follows but that it lives. */
  hearBeat(): void {
    this.onBeatMs = this.stage.state.awake.nowMs;
  }

  /** The grace of a start ends as well: a path that was heard is connected. */
  private hearStream(): void {
    this.onStreamMs = this.stage.state.awake.nowMs;
    this.isRefused = false;
    this.isSuspecting = false;
  }

  onRedis(request: RedisRequest, reply: RedisReply): void {
    if (request.kind === "loadSnapshot") {
      this.loadingSinceMs = Number.NEGATIVE_INFINITY;
      if (reply.kind === "snapshotLoaded" && reply.snapshot !== null) {
        const { state } = this.stage;
        // An engine alone has what counts; a snapshot of before it was forced does not.
        if (state.isAlone) return;
        // Else an append of an older epoch could follow entries of a newer one.
        if (reply.snapshot.epoch > state.epoch) state.takeEpoch(reply.snapshot.epoch);
        state.install(reply.snapshot);
      }
    }
    if (request.kind !== "observe") return;
    this.isObserving = false;
    if (reply.kind !== "observed") return;
    this.observedMs = this.stage.state.awake.nowMs;
    if (reply.beat !== this.lastBeat || reply.instance !== this.lastBeatInstance) {
      // The first look shows only that there is a Redis, not that a primary writes to it.
      if (this.lastBeat >= 0) this.inJournalMs = this.observedMs;
      this.lastBeat = reply.beat;
      this.lastBeatInstance = reply.instance;
    }
    this.agree(reply);
  }

  /** Rule 8: having answered an append of the current primary at or past Config(i), say so in i. */
  private agree(reply: { instance: string; isAgreed: boolean }): void {
    const { state } = this.stage;
    if (reply.isAgreed || reply.instance !== state.log.instance) return;
    if (this.matchedEpoch !== state.epoch) return;
    if (this.matchedPosition < state.log.instancePosition) return;
    state.ports.redis.call({ kind: "agree", instance: reply.instance, epoch: state.epoch });
  }

  tick(): void {
    const { state } = this.stage;
    const { heartbeatMs, failureTimeoutMs } = state.options.timing;
    const nowMs = state.awake.nowMs;
    const isOverdue = nowMs - this.askedMs >= failureTimeoutMs;
    if (nowMs - this.askedMs >= heartbeatMs && (!this.isObserving || isOverdue)) {
      this.isObserving = true;
      this.askedMs = nowMs;
      state.ports.redis.call({ kind: "observe" });
    }
    state.advanceCheckpoint(state.counts(state.redis) ? state.redis.lastPosition : 0);
    const heard = this.heard();
    const suspicion = suspect(heard, nowMs, state.options.timing);
    if (suspicion.kind === "trusted") {
      this.isSuspecting = false;
      return;
    }
    if (!this.isSuspecting) {
      const silenceMs = silenceMsMax(heard, nowMs, state.options.timing);
      const isPatient = suspicion.reason === "SILENT" && silenceMs > failureTimeoutMs;
      const patience = isPatient ? ` for ${silenceMs} ms, so soon after a switch` : "";
      state.decide("SUSPECTED", suspicion.reason + patience + this.heldBack);
    }
    this.isSuspecting = true;
    if (state.isHeldBack) return;
    if (this.canBeElected) this.stage.becomeCandidate(suspicion.reason);
    else if (state.isAlone) this.stage.operators.goAlone("alone before it restarted");
  }

  private get heldBack(): string {
    const { state } = this.stage;
    if (!state.isHeldBack) return "";
    if (state.isCheckpointWrong) return ", diverged";
    return state.control.isFenced ? ", fenced" : ", paused";
  }

  private heard(): Heard {
    const nowMs = this.stage.state.awake.nowMs;
    return {
      onStreamMs: Math.min(this.onStreamMs, nowMs),
      inJournalMs: this.inJournalMs,
      onBeatMs: this.onBeatMs,
      isRefused: this.isRefused && this.onStreamMs <= nowMs,
      isDisowned: this.isDisowned(),
      deposedMs: this.stage.state.deposedMs,
    };
  }

  /** Within one failure timeout, whatever anti-flap asks for; not where it is known to be gone. */
  get isPrimaryHeard(): boolean {
    const { awake, options } = this.stage.state;
    const { failureTimeoutMs } = options.timing;
    const patience = { failureTimeoutMs, antiFlapMs: 0 };
    return suspect(this.heard(), awake.nowMs, patience).kind === "trusted";
  }

  /** Nobody is primary, and this engine is the one of the two that should be. */
  private isDisowned(): boolean {
    const { peer, state } = this.stage;
    if (!peer.isConnected || peer.role !== "standby") return false;
    if (peer.isPaused || peer.isFenced) return true;
    const { forcedEpoch } = state.log;
    if (peer.forcedEpoch !== forcedEpoch) return forcedEpoch > peer.forcedEpoch;
    if (peer.lastEpoch !== state.log.lastEpoch) return state.log.lastEpoch > peer.lastEpoch;
    if (peer.lastPosition !== state.log.lastPosition) {
      return state.log.lastPosition > peer.lastPosition;
    }
    return state.id === 1;
  }

  /**
   * Whether a voter is within reach: an epoch taken where none is would only depose a primary that
   * the others still follow.
   */
  get canBeElected(): boolean {
    const { peer, state } = this.stage;
    const { nowMs } = state.awake;
    if (peer.forcedEpoch > state.log.forcedEpoch) return false;
    if (peer.isConnected && (peer.role === "standby" || peer.role === "candidate")) return true;
    const isFresh = nowMs - this.observedMs < 2 * state.options.timing.heartbeatMs + 50;
    return isFresh && state.counts(state.redis);
  }
}
