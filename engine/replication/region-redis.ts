// RegionRedis: how an engine of a region that follows keeps its own region's Redis level: journal and
// snapshot, with the positions and epochs of the active region. It is warm at a promotion, and feeds
// the followers of this region meanwhile. It counts for nothing: no Config names it (rule 8).
// Both engines hold the same, so one of them writes; the other does where Redis stays behind.

import { lastOf } from "./log-batch.ts";
import type { RedisReply, RedisRequest } from "./messages.ts";
import { Snapshotter } from "./snapshotter.ts";
import type { ReplicaState } from "./state.ts";

/** Calls under way: enough to hide the round trip. */
const callsMax = 4;
const observeHeartbeats = 4;
/** Engine 2 waits so long for engine 1's writing. */
const secondWriterMs = 1_000;

export class RegionRedis {
  private readonly state: ReplicaState;
  private readonly snapshotter: Snapshotter;
  /** Where the next append goes on; `null` = what Redis has is not known, or not a part of this log. */
  private sentTo: number | null = null;
  private calls = 0;
  private isObserving = false;
  private isFilling = false;
  private observedMs = Number.NEGATIVE_INFINITY;
  private fills = 0;
  /** Redis was last seen to grow, or to be level. */
  private levelMs: number;
  private seenPosition = -1;

  constructor(state: ReplicaState) {
    this.state = state;
    this.levelMs = state.awake.nowMs;
    this.snapshotter = new Snapshotter(state, () => state.redis.instance);
  }

  /** Sends what is new, at the end of a batch: the state stands at a committed position. */
  replicate(): void {
    const { log } = this.state;
    if (this.sentTo === null || this.sentTo < log.base.position) {
      this.sentTo = null;
      return;
    }
    while (this.calls < callsMax && this.sentTo < log.lastPosition) this.append(this.sentTo);
    if (this.state.ports.machine.position !== this.state.committed) return;
    this.snapshotter.take(true);
    this.snapshotter.write(true);
  }

  tick(): void {
    const { awake, options } = this.state;
    this.replicate();
    if (this.sentTo !== null) this.snapshotter.trim();
    const isDue = awake.nowMs - this.observedMs >= observeHeartbeats * options.timing.heartbeatMs;
    if (!isDue || this.isObserving || this.isFilling || this.calls > 0) return;
    this.isObserving = true;
    this.observedMs = awake.nowMs;
    this.state.ports.redis.call({ kind: "observe" });
  }

  private append(from: number): void {
    const { log, epoch, committed, ports, options, redis } = this.state;
    const batches = log.read(from + 1, log.lastPosition, options.messageBytesMax);
    ports.redis.call({
      kind: "append",
      instance: redis.instance,
      epoch,
      previousPosition: from,
      previousEpoch: log.epochAt(from),
      batches,
      committed,
      round: 0,
    });
    const last = batches.at(-1);
    if (last !== undefined) this.sentTo = lastOf(last);
    this.calls++;
  }

  onRedis(request: RedisRequest, reply: RedisReply): void {
    switch (request.kind) {
      case "append":
        this.calls--;
        if (reply.kind !== "appended") this.lose(reply);
        break;
      case "observe":
        this.isObserving = false;
        if (reply.kind === "observed") this.onObserved(reply);
        else this.sentTo = null;
        break;
      case "fill":
        this.isFilling = false;
        this.sentTo = null;
        this.observedMs = Number.NEGATIVE_INFINITY;
        break;
      case "writeSnapshot":
        this.snapshotter.onWritten(request, reply);
        break;
    }
  }

  private lose(reply: RedisReply): void {
    this.sentTo = null;
    // Of this region's own time as the active one: an epoch that is taken needs no leader.
    const isOlder = reply.kind === "refused" && reply.reason === "OLD_EPOCH";
    if (isOlder && reply.epoch > this.state.epoch) this.state.takeEpoch(reply.epoch);
  }

  private onObserved(reply: Extract<RedisReply, { kind: "observed" }>): void {
    const { log, awake } = this.state;
    const isLevel = reply.lastPosition >= log.lastPosition;
    if (isLevel || reply.lastPosition !== this.seenPosition) this.levelMs = awake.nowMs;
    this.seenPosition = reply.lastPosition;
    if (this.sentTo !== null || !this.isWriter) return;
    const isPart = log.epochAt(reply.lastPosition) === reply.lastEpoch;
    if (isPart && reply.snapshotPosition >= 0) {
      this.sentTo = reply.lastPosition;
      this.replicate();
      return;
    }
    // Ahead of this log, in its epoch or a later one: by the other engine.
    if (reply.lastPosition > log.lastPosition && reply.lastEpoch >= log.lastEpoch) return;
    this.fill(reply.instance);
  }

  private get isWriter(): boolean {
    const { id, awake } = this.state;
    return id === 1 || awake.nowMs - this.levelMs >= secondWriterMs;
  }

  private fill(instance: string): void {
    const { state } = this;
    const snapshot = state.imageSoon();
    if (snapshot === null || snapshot.position > state.committed) return;
    this.fills++;
    this.isFilling = true;
    const key = `dr-${state.options.startNonce}-${this.fills}`;
    state.ports.redis.call({
      kind: "fill",
      instance,
      key,
      epoch: state.epoch,
      snapshot,
      batches: state.log.read(
        snapshot.position + 1,
        state.log.lastPosition,
        Number.MAX_SAFE_INTEGER,
      ),
    });
  }
}
