// Replica: one engine of the two. It owns the roles and what is common to them: epochs, votes, and
// which message may reach which role. Messages and time come in; messages go out through `Ports`.
// docs/replication.md numbers and argues the rules that comments cite.

import { assert } from "../core/assert.ts";
import { Candidate } from "./candidate.ts";
import type { PeerMessage, RedisReply, RedisRequest, Role } from "./messages.ts";
import { Operators, type OperatorsStage } from "./operators.ts";
import type { Loaded, Ports } from "./ports.ts";
import { Primary } from "./primary.ts";
import { Recovery } from "./recovery.ts";
import { RegionFollower } from "./region-follower.ts";
import { RegionMoves, type RegionStage } from "./region-moves.ts";
import { Replaced } from "./replaced.ts";
import type { ReplicaOptions } from "./replica-options.ts";
import type { PeerView, RoleBehaviour } from "./role.ts";
import { Standby } from "./standby.ts";
import { ReplicaState } from "./state.ts";

/** What would count for the one that it is said to. */
const answers: ReadonlySet<PeerMessage["kind"]> = new Set([
  ...(["appendAccepted", "voteGranted", "recoverRequest"] as const),
]);

export class Replica implements RegionStage, OperatorsStage {
  readonly state: ReplicaState;
  readonly regions = new RegionMoves(this);
  readonly operators: Operators = new Operators(this);
  readonly peer: PeerView = {
    isConnected: false,
    startNonce: "",
    role: "unknown",
    isPaused: false,
    isFenced: false,
    forcedEpoch: 0,
    lastEpoch: -1,
    lastPosition: -1,
  };
  behaviour: RoleBehaviour;

  constructor(options: ReplicaOptions, ports: Ports, nowMs: number) {
    const loaded: Loaded = ports.storage.load();
    this.state = new ReplicaState(options, ports, loaded, nowMs);
    this.state.decide("STARTED");
    const isLost = loaded.disk === "lost" || loaded.log === null;
    const isFollower = this.state.region.role === "dr" && loaded.disk === "kept";
    if (isFollower && isLost) this.regions.startEmpty();
    if (this.state.control.replacedBy > this.state.incarnation) this.behaviour = new Replaced();
    else if (isFollower) this.behaviour = new RegionFollower(this);
    else if (isLost) this.behaviour = new Recovery(this, loaded.disk === "lost");
    else this.behaviour = new Standby(this, this.graceMs);
    this.yieldToMember();
  }

  /**
   * A path that is not connected yet cannot be silent: right after its start an engine waits until
   * the other one and Redis had every chance to be heard. A common start does not wait for this,
   * since there each engine hears that the other one is no primary. Engine 1 goes first.
   */
  private get graceMs(): number {
    const { timing, id } = this.state.options;
    return 5 * timing.failureTimeoutMs + (id === 1 ? 0 : 2 * timing.heartbeatMs);
  }

  get role(): Role {
    return this.behaviour.role;
  }

  get isServing(): boolean {
    return this.behaviour instanceof Primary && this.behaviour.isServing;
  }

  inSync(): ("peer" | "redis")[] {
    return this.behaviour instanceof Primary ? this.behaviour.inSync() : [];
  }

  /** How far the other engine is known to be. */
  get peerPosition(): number {
    return this.behaviour instanceof Primary ? this.behaviour.peerPosition : this.peer.lastPosition;
  }

  /** A sequenced command for the open batch; `false` where this engine cannot take it now. */
  submit(command: Uint8Array): boolean {
    return this.behaviour instanceof Primary && this.behaviour.submit(command);
  }

  /** Closes the open batch. */
  flush(nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    if (this.behaviour instanceof Primary) this.behaviour.flush();
  }

  /** `Ports.readConfirmed` follows; `false` where this engine serves nobody. */
  requestRead(readId: number): boolean {
    return this.behaviour instanceof Primary && this.behaviour.requestRead(readId);
  }

  /** Planned: hands over to the standby, which must be in sync. `false` where that cannot be. */
  switchOver(nowMs: number, reason = "asked"): boolean {
    this.state.awake.advanceTo(nowMs);
    return this.behaviour instanceof Primary && this.behaviour.switchOver(reason);
  }

  get isHandingOver(): boolean {
    return this.behaviour instanceof Primary && this.behaviour.isHandingOver;
  }

  tick(nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    this.behaviour.tick();
  }

  onPeerConnected(nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    this.peer.isConnected = true;
    this.sayHello();
  }

  /** `isRefused`: its machine answered that no process listens. */
  onPeerLost(isRefused: boolean, nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    this.peer.isConnected = false;
    if (isRefused && this.behaviour instanceof Standby && this.peer.role === "primary") {
      this.behaviour.onPeerRefused();
      this.behaviour.tick();
    }
  }

  /** A datagram says that the other engine lives and leads `epoch`: a sign of life, never state. */
  onPeerBeat(epoch: number, nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    const isOfPeer = epoch % 2 !== this.state.id % 2;
    if (!isOfPeer || epoch < this.state.epoch) return;
    if (this.behaviour instanceof Standby) this.behaviour.hearBeat();
  }

  onRedisReply(request: RedisRequest, reply: RedisReply, nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    if (this.role === "replaced") return;
    const wasReachable = this.state.redis.isReachable;
    const wasAgreed = this.state.redis.isAgreed;
    this.state.noteRedis(reply);
    const { redis } = this.state;
    const reason = reply.kind === "failed" ? reply.reason : undefined;
    if (wasReachable && !redis.isReachable) this.state.decide("REDIS_LOST", reason);
    if (!wasAgreed && redis.isAgreed) this.state.decide("REDIS_AGREED", redis.instance);
    this.behaviour.onRedis(request, reply);
    this.yieldToMember();
  }

  /** `incarnation`: of the other seat, that the sender says it is. */
  onPeerMessage(message: PeerMessage, incarnation: number, nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    if (!this.isHeard(message, incarnation)) return;
    this.takePeerMessage(message);
    this.yieldToMember();
  }

  /**
   * Rule 14. Who is not a member yet, or none any more, is not heard. While the Member entry may still
   * be cut, the one that it replaces may lead and must be followed; but no answer of it counts.
   */
  private isHeard(message: PeerMessage, incarnation: number): boolean {
    const { state } = this;
    if (this.role === "replaced") return false;
    // It has no log to tell members by: it takes what a primary sends that knows it (rule 9).
    if (this.role === "recovering" || incarnation === state.peerIncarnation) return true;
    if (incarnation > state.peerIncarnation || state.areMembersCommitted) return false;
    return !answers.has(message.kind);
  }

  /** The incarnation that has replaced the one named, 0 where none is known for good: tell it. */
  replacerOf(incarnation: number): number {
    const { peerIncarnation, areMembersCommitted } = this.state;
    const isReplaced = incarnation < peerIncarnation && areMembersCommitted;
    return isReplaced && this.role !== "recovering" ? peerIncarnation : 0;
  }

  /** The other engine says that a newer incarnation has this seat. */
  onReplaced(incarnation: number, nowMs: number): void {
    this.state.awake.advanceTo(nowMs);
    this.standDown(incarnation, "the other engine knows it");
  }

  private yieldToMember(): void {
    const { state } = this;
    if (state.isSuperseded) this.standDown(state.log.incarnationOf(state.seat), "its log names it");
  }

  /** Durable first: it must not come back after a restart, whomever it reaches then. */
  standDown(incarnation: number, reason: string): void {
    const { state } = this;
    if (this.role === "replaced" || incarnation <= state.incarnation) return;
    state.setControl({ replacedBy: incarnation });
    if (this.role === "primary") state.decide("DEPOSED", "replaced");
    state.decide("REPLACED", `by incarnation ${incarnation} of its seat: ${reason}`);
    this.behaviour = new Replaced();
  }

  private takePeerMessage(message: PeerMessage): void {
    this.notePeer(message);
    if (this.role === "dr") return;
    if (this.role === "recovering") {
      this.behaviour.onPeer(message);
      return;
    }
    switch (message.kind) {
      case "voteRequest":
        this.onVoteRequest(message);
        return;
      case "readLog":
        this.onReadLog(message.epoch, message.from);
        return;
      case "append":
        if (!this.admitAppend(message)) return;
        break;
      case "appendRefused":
        if (message.reason === "OLD_EPOCH" && message.epoch > this.state.epoch) {
          this.state.seeEpoch(message.epoch);
          if (this.role === "primary") this.becomeStandby(`peer is in epoch ${message.epoch}`);
          return;
        }
        break;
    }
    this.behaviour.onPeer(message);
  }

  private notePeer(message: PeerMessage): void {
    this.peer.isConnected = true;
    if (message.kind === "hello") {
      this.peer.startNonce = message.startNonce;
      this.peer.role = message.role;
      this.peer.isPaused = message.isPaused;
      this.peer.isFenced = message.isFenced;
      this.peer.forcedEpoch = message.forcedEpoch;
      this.peer.lastEpoch = message.lastEpoch;
      this.peer.lastPosition = message.lastPosition;
      this.state.seeEpoch(message.epoch);
      this.yieldToForce(message.forcedEpoch);
    }
    if (message.kind === "append" && message.epoch >= this.state.epoch) this.peer.role = "primary";
    if (message.kind === "voteRequest") this.peer.role = "candidate";
  }

  /** Rule 11: a log that a later force left out leads nobody. */
  private yieldToForce(forcedEpoch: number): void {
    const leads = this.role === "primary" || this.role === "candidate";
    if (!leads || forcedEpoch <= this.state.log.forcedEpoch) return;
    this.becomeStandby(`the other engine was forced in epoch ${forcedEpoch}`);
  }

  /** The sender's log lacks a force that this one has: it hears of it instead of an answer. */
  private isLeftOut(message: { readonly forcedEpoch: number }): boolean {
    const isLeftOut = message.forcedEpoch < this.state.log.forcedEpoch;
    if (isLeftOut) this.sayHello();
    return isLeftOut;
  }

  /** Rule 4: an append of an older epoch is refused; one of a newer epoch is followed. */
  private admitAppend(message: { readonly epoch: number; readonly forcedEpoch: number }): boolean {
    const { state } = this;
    const { epoch } = message;
    if (this.isLeftOut(message)) return false;
    if (epoch < state.epoch) {
      const refusal = { kind: "appendRefused", reason: "OLD_EPOCH", retryAfter: 0 } as const;
      state.ports.peer.send({ ...refusal, epoch: state.epoch });
      return false;
    }
    if (epoch > state.epoch) state.takeEpoch(epoch);
    // Whoever serves here has been told, or served when this engine was away.
    this.regions.confirm("a primary serves");
    state.endForce("it follows the other engine");
    assert(epoch % 2 !== state.id % 2, "an engine's epoch is used by that engine alone");
    if (this.role !== "standby") this.becomeStandby(`the other engine leads epoch ${epoch}`);
    return true;
  }

  /** Rule 2. */
  private onVoteRequest(request: { readonly epoch: number; readonly forcedEpoch: number }): void {
    const { state } = this;
    const { epoch } = request;
    if (epoch <= state.epoch || this.isLeftOut(request)) {
      state.ports.peer.send({ kind: "voteRefused", epoch: state.epoch });
      return;
    }
    // Whoever is elected need not ask this engine again.
    state.endForce("it votes for the other engine");
    state.takeEpoch(epoch);
    this.becomeStandby(`voted for the other engine in epoch ${epoch}`);
    const { lastEpoch, lastPosition } = state.log;
    const runs = state.log.runs();
    const { forcedEpoch } = state.log;
    const granted = { forcedEpoch, epoch, lastEpoch, lastPosition, runs };
    state.ports.peer.send({ kind: "voteGranted", ...granted });
  }

  /** Of the candidate that this engine voted for, and only while the epoch is still that vote's. */
  private onReadLog(epoch: number, from: number): void {
    const { state } = this;
    const { log } = state;
    if (epoch !== state.epoch) {
      state.ports.peer.send({ kind: "voteRefused", epoch: state.epoch });
      return;
    }
    const isTrimmed = from <= log.base.position;
    const batches = isTrimmed
      ? []
      : log.read(from, log.lastPosition, state.options.messageBytesMax);
    const lastPosition = log.lastPosition;
    state.ports.peer.send({ kind: "logPart", epoch, from, batches, lastPosition, isTrimmed });
  }

  /** Whether what it has may be given to followers: to read, and to trade where it serves. */
  get isFeeding(): boolean {
    return this.isServing || this.role === "dr";
  }

  play(behaviour: RoleBehaviour): void {
    if (this.role === "replaced") return;
    this.behaviour = behaviour;
    this.sayHello();
  }

  becomeStandby(reason: string): void {
    const was = this.role;
    if (was === "replaced") return;
    if (was === "primary") {
      if (!this.isHandingOver) this.state.deposedMs = this.state.awake.nowMs;
      this.state.decide("DEPOSED", reason);
      // Whoever ended this primary leads or stands for it: that the other engine was a standby is
      // old news, and no word that nobody leads.
      if (this.peer.role === "standby") this.peer.role = "unknown";
    } else this.state.decide("STANDING_BY", reason);
    this.behaviour = new Standby(this, 0);
    if (was !== "standby") this.sayHello();
  }

  becomeCandidate(_reason: string): void {
    assert(this.role === "standby", "only a standby stands for election");
    this.behaviour = new Candidate(this);
  }

  becomePrimary(): void {
    assert(this.role === "candidate", "only an elected candidate becomes primary");
    // What it has just read may be that it is no member any more.
    this.yieldToMember();
    if (this.role !== "candidate") return;
    this.behaviour = new Primary(this);
    this.sayHello();
  }

  sayHello(): void {
    const { state } = this;
    if (this.role === "replaced") return;
    state.ports.peer.send({
      kind: "hello",
      startNonce: state.options.startNonce,
      role: this.role,
      isPaused: state.control.isPaused,
      isFenced: state.control.isFenced,
      forcedEpoch: state.log.forcedEpoch,
      epoch: state.epoch,
      lastEpoch: state.log.lastEpoch,
      lastPosition: state.log.lastPosition,
    });
  }
}
