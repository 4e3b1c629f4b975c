// Recovering: an engine that lost its log votes for nobody, answers nobody and stands for nothing
// until it has the whole log of a live primary of an epoch not below its own (rule 9). The nonce is
// fresh at every start, so an answer to an earlier life is no answer.

import { assert } from "../core/assert.ts";
import type { LogBatch } from "./log-batch.ts";
import { lastOf } from "./log-batch.ts";
import type { PeerMessage, RedisReply, RedisRequest, Snapshot } from "./messages.ts";
import { genesisBase, ReplicaLog } from "./replica-log.ts";
import type { RoleBehaviour, Stage } from "./role.ts";

type RecoverReply = Extract<PeerMessage, { kind: "recoverReply" }>;

export class Recovery implements RoleBehaviour {
  readonly role = "recovering";
  private readonly stage: Stage;
  /** The disk is gone, and with it the epoch: Redis gives its floor first. */
  private isEpochLost: boolean;
  private primaryInstance = "";
  private primaryEpoch = -1;
  private snapshot: Snapshot | null = null;
  private log = new ReplicaLog(genesisBase);
  private askedMs = Number.NEGATIVE_INFINITY;

  constructor(stage: Stage, isEpochLost: boolean) {
    this.stage = stage;
    this.isEpochLost = isEpochLost;
    stage.state.decide("RECOVERING", isEpochLost ? "the disk is not the one formatted" : "no log");
  }

  tick(): void {
    const { state } = this.stage;
    if (state.awake.nowMs - this.askedMs < state.options.timing.heartbeatMs) return;
    this.ask();
  }

  private ask(): void {
    const { state } = this.stage;
    this.askedMs = state.awake.nowMs;
    if (this.isEpochLost) state.ports.redis.call({ kind: "observe" });
    state.ports.peer.send({
      kind: "recoverRequest",
      nonce: state.options.startNonce,
      epoch: state.epoch,
      afterPosition: this.log.lastPosition,
      afterEpoch: this.log.lastEpoch,
    });
  }

  onRedis(request: RedisRequest, reply: RedisReply): void {
    const { state } = this.stage;
    if (request.kind === "observe" && reply.kind === "observed" && this.isEpochLost) {
      // Only the instance that counts for the primary knows every epoch this engine can have had.
      if (this.primaryInstance === "" || reply.instance !== this.primaryInstance) return;
      if (!reply.isAgreed) return;
      if (reply.epoch > state.epoch) state.takeEpoch(reply.epoch);
      this.isEpochLost = false;
      this.startOver();
    }
    if (reply.kind === "snapshotLoaded" && reply.snapshot !== null) {
      if (reply.snapshot.position <= this.log.lastPosition) return;
      this.snapshot = reply.snapshot;
      this.log = new ReplicaLog(reply.snapshot);
      this.ask();
    }
  }

  private startOver(): void {
    this.primaryEpoch = -1;
    this.ask();
  }

  onPeer(message: PeerMessage): void {
    if (message.kind !== "recoverReply") return;
    const { state } = this.stage;
    if (message.nonce !== state.options.startNonce || message.epoch < state.epoch) return;
    this.primaryInstance = message.instance;
    if (this.isEpochLost || message.afterPosition !== this.log.lastPosition) return;
    if (message.epoch !== this.primaryEpoch) {
      // Another primary than the one so far: its log is taken from the beginning.
      const isFirst = this.primaryEpoch === -1;
      this.primaryEpoch = message.epoch;
      if (!isFirst) this.log = new ReplicaLog(this.snapshot ?? genesisBase);
      if (message.afterPosition !== this.log.lastPosition) return;
    }
    if (message.outcome === "SNAPSHOT_NEEDED") {
      // The one taken so far may be of a history that the primary's has left.
      this.snapshot = null;
      this.log = new ReplicaLog(genesisBase);
      state.ports.redis.call({ kind: "loadSnapshot" });
      return;
    }
    this.onEntries(message);
  }

  private onEntries(message: RecoverReply): void {
    for (const batch of message.batches) this.log.append(batch);
    if (this.log.lastPosition < message.lastPosition) this.ask();
    else this.finish(message);
  }

  private finish(message: RecoverReply): void {
    const { state } = this.stage;
    if (message.epoch > state.epoch) state.takeEpoch(message.epoch);
    const batches: LogBatch[] = this.log.read(
      this.log.base.position + 1,
      this.log.lastPosition,
      Number.MAX_SAFE_INTEGER,
    );
    state.ports.storage.replaceLog(this.snapshot, batches);
    state.log = this.log;
    state.restoreMachine(this.snapshot);
    state.committed = this.log.base.position;
    const last = batches.at(-1);
    assert(last === undefined || lastOf(last) === this.log.lastPosition, "the whole log is taken");
    state.commit(message.committed);
    state.applyUpTo(state.committed);
    state.decide("RECOVERED");
    this.stage.becomeStandby("recovered");
  }
}
