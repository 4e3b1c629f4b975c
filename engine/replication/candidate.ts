// Candidate: from suspicion to a log that holds everything committed (rule 3), in this
// order: own epoch, the vote of one other voter, that voter's log read in the same epoch, the more
// recent log kept. The barrier is then the primary's first act.
// Fails back into a standby when another is elected, or when the voter's log is out of reach.

import { lastOf } from "./log-batch.ts";
import type { PeerMessage, RedisReply, RedisRequest } from "./messages.ts";
import { commonPosition, type EpochRun, isLeftOutOf, isMoreRecent } from "./replica-log.ts";
import type { RoleBehaviour, Stage } from "./role.ts";

interface Granted {
  readonly voter: "peer" | "redis";
  /** Of the voter's log; a Redis that counts is named by the own log, and so has its history. */
  readonly forcedEpoch: number;
  readonly lastEpoch: number;
  readonly lastPosition: number;
  readonly runs: readonly EpochRun[];
}

export class Candidate implements RoleBehaviour {
  readonly role = "candidate";
  private readonly stage: Stage;
  private granted: Granted | null = null;
  private readFrom = 0;
  private startedMs = 0;

  constructor(stage: Stage) {
    this.stage = stage;
    this.campaign();
  }

  /** Rule 1: the epoch is durable before anything is sent in it. */
  private campaign(): void {
    const { state } = this.stage;
    state.takeEpoch(state.nextOwnEpoch());
    state.decide("EPOCH_TAKEN");
    this.granted = null;
    this.startedMs = state.awake.nowMs;
    const { forcedEpoch } = state.log;
    state.ports.peer.send({ kind: "voteRequest", epoch: state.epoch, forcedEpoch });
    const { seat, incarnation, epoch } = state;
    const instance = state.log.instance;
    if (instance === "") return;
    state.ports.redis.call({ kind: "vote", instance, epoch, seat, incarnation });
  }

  tick(): void {
    const { state } = this.stage;
    const waitedMs = state.awake.nowMs - this.startedMs;
    // The two engines must not campaign in step: 1 waits longer than 2.
    const patienceMs = state.options.timing.failureTimeoutMs * (state.id === 1 ? 1 : 0.6);
    if (waitedMs >= patienceMs) this.stage.becomeStandby("no voter answered in time");
  }

  onPeer(message: PeerMessage): void {
    const { state } = this.stage;
    if (message.kind === "voteRefused") {
      state.seeEpoch(message.epoch);
      if (message.epoch > state.epoch) state.decide("VOTE_REFUSED", `peer is in ${message.epoch}`);
    }
    if (message.kind === "voteGranted" && message.epoch === state.epoch) {
      this.onGranted({ ...message, voter: "peer" });
    }
    if (message.kind === "logPart" && message.epoch === state.epoch) {
      if (this.granted?.voter !== "peer" || message.from !== this.readFrom) return;
      if (message.isTrimmed) this.needSnapshot();
      else this.onEntries(message);
    }
  }

  onRedis(request: RedisRequest, reply: RedisReply): void {
    const { state } = this.stage;
    if (request.kind === "loadSnapshot") {
      this.onSnapshot(reply);
      return;
    }
    if (request.kind !== "vote" && request.kind !== "read") return;
    if (request.epoch !== state.epoch) return;
    if (reply.kind === "refused" && reply.reason === "REPLACED") {
      this.stage.standDown(reply.retryAfter, "Redis knows it");
      return;
    }
    if (reply.kind === "refused" && reply.epoch > state.epoch) {
      state.decide("VOTE_REFUSED", `Redis is in ${reply.epoch}`);
      if (this.granted?.voter === "redis") this.stage.becomeStandby("Redis has a newer epoch");
    }
    if (reply.kind === "refused" && reply.reason === "TRIMMED") this.needSnapshot();
    if (reply.kind === "granted" && state.counts(reply) && reply.epoch === state.epoch) {
      this.onGranted({ ...reply, voter: "redis", forcedEpoch: state.log.forcedEpoch });
    }
    if (reply.kind === "entries" && state.counts(reply) && this.granted?.voter === "redis") {
      if (reply.from === this.readFrom) this.onEntries(reply);
    }
  }

  /** The vote of one is enough; a second one changes nothing. */
  private onGranted(granted: Granted): void {
    if (this.granted !== null) return;
    const { state } = this.stage;
    this.granted = granted;
    state.decide("VOTE_GRANTED", granted.voter);
    // What a later force left out is no part of the history any more, however recent (rule 11).
    const isLeftOut = granted.forcedEpoch < state.log.forcedEpoch;
    if (isLeftOut || !isMoreRecent(granted, state.log)) this.finish("own log is as recent");
    else this.readOn(granted);
  }

  /**
   * The other region led meanwhile, and had never received what is committed here: the voter, which followed it,
   * is the one to lead. It stands once this candidate has given up.
   */
  private readOn(granted: Granted): void {
    const { log, committed } = this.stage.state;
    if (isLeftOutOf(log, committed, granted)) return;
    this.read(commonPosition(log, granted) + 1);
  }

  private read(from: number): void {
    const { state } = this.stage;
    this.readFrom = from;
    const epoch = state.epoch;
    if (this.granted?.voter === "peer") {
      state.ports.peer.send({ kind: "readLog", epoch, from });
    } else {
      state.ports.redis.call({ kind: "read", instance: state.log.instance, epoch, from });
    }
  }

  private onEntries(part: {
    batches: readonly Parameters<typeof lastOf>[0][];
    lastPosition: number;
  }): void {
    const last = part.batches.at(-1);
    if (last === undefined) return;
    this.stage.state.merge(part.batches);
    if (lastOf(last) < part.lastPosition) this.read(lastOf(last) + 1);
    else this.finish(`read up to ${part.lastPosition}`);
  }

  /** The voter's log starts behind the end of this one: only the snapshot bridges that. */
  private needSnapshot(): void {
    this.stage.state.ports.redis.call({ kind: "loadSnapshot" });
  }

  private onSnapshot(reply: RedisReply): void {
    const { state } = this.stage;
    if (this.granted === null || reply.kind !== "snapshotLoaded") return;
    if (reply.snapshot === null) return;
    if (reply.snapshot.epoch > state.epoch) {
      state.seeEpoch(reply.snapshot.epoch);
      this.stage.becomeStandby(`epoch ${reply.snapshot.epoch} has committed`);
      return;
    }
    if (!state.install(reply.snapshot)) return;
    // What is kept behind the snapshot may still differ from the voter's.
    if (isMoreRecent(this.granted, state.log)) this.readOn(this.granted);
    else this.finish("snapshot and log");
  }

  private finish(how: string): void {
    this.stage.state.decide("LOG_READ", how);
    this.stage.becomePrimary();
  }
}
