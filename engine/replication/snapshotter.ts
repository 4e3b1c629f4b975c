// Snapshotter: every `snapshotIntervalMs` the lines that changed since the last snapshot go to
// Redis, once the position that they belong to is committed (rule 12). One is under way at a time;
// what it missed is in the next one. Copying at the mark keeps the hot path free of locks.

import type { Mark, RedisReply, RedisRequest, Snapshot } from "./messages.ts";
import type { ReplicaState } from "./state.ts";

type WriteRequest = Extract<RedisRequest, { kind: "writeSnapshot" }>;

/**
 * One that took long is followed by as much time without one, several times over: Redis has appends to
 * serve, and lines that change again and again are then written once.
 */
const restFactor = 4;
/** However slow Redis is: what follows a snapshot is replayed by whoever starts from it. */
const restMsMax = 2_000;

export class Snapshotter {
  private readonly state: ReplicaState;
  private readonly instanceOf: () => string;
  private taken: { snapshot: Snapshot; onPosition: number; isCalled: boolean } | null = null;
  private markedPosition = -1;
  private takenMs = Number.NEGATIVE_INFINITY;
  private calledMs = 0;
  /** How long Redis took for the last one. */
  private tookMs = 0;
  private trimmedMs: number;

  /** `instanceOf`: the Redis that is written to; a primary's is its log's. */
  constructor(state: ReplicaState, instanceOf = () => state.log.instance) {
    this.state = state;
    this.instanceOf = instanceOf;
    this.trimmedMs = state.awake.nowMs;
  }

  /** Called when the state stands at the end of a batch. A mark, where one was made. */
  take(isRedisCurrent: boolean): Mark | null {
    const { state } = this;
    const { awake, options, ports, redis } = state;
    const restMs = Math.min(restFactor * this.tookMs, restMsMax);
    if (awake.nowMs - this.takenMs < Math.max(options.timing.snapshotIntervalMs, restMs)) {
      return null;
    }
    const { position } = ports.machine;
    // A mark made for a checkpoint is none for Redis: it may still lack this position.
    const known = isRedisCurrent ? redis.snapshotPosition : this.markedPosition;
    if (this.taken !== null || position === known) return null;
    this.takenMs = awake.nowMs;
    this.markedPosition = position;
    const mark = state.mark();
    if (isRedisCurrent && redis.snapshotPosition >= 0) {
      const lines = state.changed.since(redis.snapshotPosition) ?? ports.machine.usedLines();
      const snapshot = state.snapshotOf(mark, lines);
      this.taken = { snapshot, onPosition: redis.snapshotPosition, isCalled: false };
    } else if (isRedisCurrent) {
      ports.redis.call({ kind: "observe" });
    }
    return mark;
  }

  /** Sends the snapshot taken, where it is committed by now. */
  write(isRedisCurrent: boolean): void {
    const { state, taken } = this;
    if (taken === null || taken.isCalled || taken.snapshot.position > state.released) return;
    if (!isRedisCurrent) {
      this.taken = null;
      return;
    }
    taken.isCalled = true;
    this.calledMs = state.awake.nowMs;
    state.ports.redis.call({
      kind: "writeSnapshot",
      instance: this.instanceOf(),
      epoch: state.epoch,
      onPosition: taken.onPosition,
      snapshot: taken.snapshot,
    });
  }

  onWritten(request: WriteRequest, reply: RedisReply): void {
    const { state } = this;
    if (request.epoch === state.epoch) {
      this.taken = null;
      this.tookMs = state.awake.nowMs - this.calledMs;
    }
    if (reply.kind === "snapshotWritten") {
      state.redis.snapshotPosition = reply.position;
      state.changed.forget(reply.position);
      return;
    }
    // Whether it was written is not known: ask what Redis has before the next one.
    state.redis.snapshotPosition = -1;
    state.ports.redis.call({ kind: "observe" });
  }

  trim(): void {
    const { state } = this;
    const { awake, redis, epoch, ports } = state;
    if (awake.nowMs - this.trimmedMs < state.options.trim.intervalMs) return;
    this.trimmedMs = awake.nowMs;
    const upTo = redis.snapshotPosition - state.options.trim.marginEntries;
    if (upTo > 0) ports.redis.call({ kind: "trim", instance: this.instanceOf(), epoch, upTo });
  }
}
