// RedisProgress: how far Redis has this primary's log, and what to call next. A Redis of another
// instance than the log's last Config is filled anew first (rule 8); its answers count only once
// both engines have agreed upon it.

import { lastOf } from "./log-batch.ts";
import type { RedisReply, RedisRequest, Snapshot } from "./messages.ts";
import { bytesOf, forceMarkOf } from "./replica-log.ts";
import type { ReplicaState } from "./state.ts";

type AppendRequest = Extract<RedisRequest, { kind: "append" }>;

/**
 * Why a Redis that is not the log's may be filled: to become a member again (rule 8), or only to be
 * the source of a snapshot, by a primary that cannot commit before its peer has one.
 */
export type Refilling = "no" | "source" | "member";

/** The last two: the log's own instance, far behind; before it serves, a primary has no image of its own. */
type Purpose = Exclude<Refilling, "no"> | "catchUp" | "catchUpFromDisk";

interface Refill {
  image: Snapshot;
  readonly purpose: Purpose;
  readonly preparedMs: number;
  isCalled: boolean;
}

/** Calls under way: enough to hide the round trip, few enough that batches grow instead. */
const callsMax = 4;

export class RedisProgress {
  /** The agreed instance has answered for everything up to here in this epoch. */
  matched = 0;
  private readonly state: ReplicaState;
  private sentTo: number;
  /** It said that it lacks entries which have left this memory. */
  private isBehindBase = false;
  private calls = 0;
  private sentMs = Number.NEGATIVE_INFINITY;
  private isAsking = false;
  private refill: Refill | null = null;
  private refills = 0;
  /** The newest fill: a late answer to one before it tells of an instance that is gone. */
  private called: { readonly key: string; readonly purpose: Purpose } | null = null;
  /** Filled as a source: not again. */
  private sourceInstance = "";

  constructor(state: ReplicaState) {
    this.state = state;
    // The barrier goes out at once: most often Redis has all that comes before it.
    this.sentTo = state.log.lastPosition - 1;
  }

  /** Whether appends go to the instance that the log names. */
  get isCurrent(): boolean {
    const { redis, log } = this.state;
    return redis.isReachable && redis.instance === log.instance && log.instance !== "";
  }

  /** All that it lacks is still in this memory: it needs no filling, and stays the instance that counts. */
  get isWithinReach(): boolean {
    return this.isCurrent && !this.isBehindBase && this.matched >= this.state.log.base.position;
  }

  /** New entries, a heartbeat, or, where Redis is another than the log's, the way back to it. */
  replicate(round: number, isUrgent: boolean, refilling: Refilling): void {
    const { awake, options, log } = this.state;
    const isDue = awake.nowMs - this.sentMs >= options.timing.heartbeatMs;
    if (!this.isCurrent) {
      if (isDue) this.ask();
      if (refilling !== "no") this.prepareRefill(refilling);
      this.tryRefill();
      return;
    }
    if (this.isBehindBase) {
      // It lacks what left this memory. It stays the instance that counts: who has nobody else to commit
      // with has nobody either who could confirm another one.
      this.prepareRefill(refilling === "member" ? "catchUp" : "catchUpFromDisk");
      this.tryRefill();
      return;
    }
    this.refill = null;
    // Where answers were lost, it may have more than is known: the base is asked for first.
    this.sentTo = Math.max(this.sentTo, log.base.position);
    while (this.calls < callsMax && this.sentTo < log.lastPosition) this.append(round);
    if (this.sentMs !== awake.nowMs && (isDue || isUrgent) && this.calls < 2 * callsMax) {
      this.append(round);
    }
  }

  private append(round: number): void {
    const { log, epoch, released, ports, awake } = this.state;
    const batches = log.read(this.sentTo + 1, log.lastPosition, this.state.options.messageBytesMax);
    ports.redis.call({
      kind: "append",
      instance: log.instance,
      epoch,
      previousPosition: this.sentTo,
      previousEpoch: log.epochAt(this.sentTo),
      batches,
      // Followers read up to here.
      committed: released,
      round,
    });
    for (const batch of batches) this.sentTo += batch.count;
    this.calls++;
    this.sentMs = awake.nowMs;
  }

  /** Rule 5: `true` where the answer counts. */
  onAppend(request: AppendRequest, reply: RedisReply): boolean {
    this.calls--;
    if (request.instance !== this.state.log.instance) return false;
    if (reply.kind === "failed") {
      this.sentTo = Math.min(this.sentTo, Math.max(request.previousPosition, this.matched));
      return false;
    }
    if (reply.kind === "refused" && reply.reason === "GAP") {
      this.sentTo = Math.max(this.matched, Math.min(this.sentTo, reply.retryAfter));
      this.isBehindBase = this.sentTo < this.state.log.base.position;
      return false;
    }
    if (reply.kind !== "appended" || reply.epoch !== this.state.epoch) return false;
    this.isBehindBase = false;
    if (!this.state.counts(reply)) return false;
    this.matched = Math.max(this.matched, reply.position);
    return true;
  }

  private ask(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.sentMs = this.state.awake.nowMs;
    this.state.ports.redis.call({ kind: "observe" });
  }

  onObserved(): void {
    this.isAsking = false;
  }

  /** A full image of the state now; it is sent once it is committed. */
  private prepareRefill(purpose: Purpose): void {
    const { redis, awake } = this.state;
    if (this.refill !== null || !redis.isReachable) return;
    if (purpose === "source" && redis.instance === this.sourceInstance) return;
    const isLive = purpose === "member" || purpose === "catchUp";
    const image = isLive ? this.state.imageSoon() : this.checkpoint();
    if (image === null) return;
    this.refill = { image, purpose, preparedMs: awake.nowMs, isCalled: false };
  }

  /** The state at the log's base: older than need be, but committed. */
  private checkpoint(): Snapshot | null {
    return this.state.ports.storage.loadCheckpoint();
  }

  private tryRefill(): void {
    const { state, refill } = this;
    if (refill === null || refill.isCalled) return;
    if (refill.image.position > state.released) {
      const { awake, options } = state;
      if (awake.nowMs - refill.preparedMs < options.timing.failureTimeoutMs) return;
      // It may never be: the peer may be waiting for this very snapshot.
      const image = this.checkpoint();
      if (image === null) return;
      refill.image = image;
    }
    refill.isCalled = true;
    const { log, epoch } = state;
    const snapshot = refill.image;
    const batches = log.read(snapshot.position + 1, log.lastPosition, Number.MAX_SAFE_INTEGER);
    if (refill.purpose === "catchUp" || refill.purpose === "catchUpFromDisk") {
      const { instance } = log;
      state.ports.redis.call({ kind: "catchUp", instance, epoch, snapshot, batches });
      return;
    }
    this.refills++;
    const mark = log.forcedEpoch > 0 ? `-${forceMarkOf(log.forcedEpoch)}` : "";
    const key = `${epoch}-${state.options.startNonce}-${this.refills}${mark}`;
    this.called = { key, purpose: refill.purpose };
    const { instance } = state.redis;
    state.ports.redis.call({ kind: "fill", instance, key, epoch, snapshot, batches });
  }

  /** Whatever it answered: the next append asks how far it is, and that answer counts. */
  onCaughtUp(request: Extract<RedisRequest, { kind: "catchUp" }>, reply: RedisReply): void {
    const { log, epoch, redis } = this.state;
    if (request.epoch !== epoch || request.instance !== log.instance) return;
    this.refill = null;
    this.isBehindBase = false;
    this.sentTo = Math.max(this.matched, log.base.position);
    if (reply.kind !== "filled") return;
    this.sentTo = Math.max(this.sentTo, endOf(request));
    redis.snapshotPosition = request.snapshot.position;
    this.state.decide("REDIS_CAUGHT_UP", `from ${request.snapshot.position}`);
  }

  /** Rule 8: the primary appends Config(i); from then on no other instance counts. */
  onFill(request: Extract<RedisRequest, { kind: "fill" }>, reply: RedisReply): void {
    const { called } = this;
    if (request.epoch !== this.state.epoch || request.key !== called?.key) return;
    this.refill = null;
    if (reply.kind !== "filled") return;
    if (called.purpose === "source") {
      this.sourceInstance = reply.instance;
      return;
    }
    // Drained meanwhile: its Config would be one entry too many for the other region. As if no answer had come.
    if (this.state.region.isDrained) return;
    this.isBehindBase = false;
    this.sentTo = endOf(request);
    this.matched = 0;
    this.state.redis.snapshotPosition = request.snapshot.position;
    this.state.decide("REDIS_FILLED", reply.instance);
    // With this entry in its log the other engine may be elected by that Redis, and this one may not hear of it.
    this.state.endForce("Redis is filled");
    const entry = { kind: "config" as const, data: bytesOf(reply.instance) };
    const batch = this.state.appendOwn([entry]);
    this.state.applyUpTo(batch.first);
  }
}

function endOf({ snapshot, batches }: Extract<RedisRequest, { kind: "fill" | "catchUp" }>): number {
  const last = batches.at(-1);
  return last === undefined ? snapshot.position : lastOf(last);
}
