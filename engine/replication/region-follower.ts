// RegionFollower: an engine of a region that does not lead. It takes what the active region has
// committed, at the same positions and with the same epochs, applies it, compares hashes, and keeps
// its own region's Redis level. It stands for nothing, votes for nobody and serves nobody: what it
// holds may grow by entries of older epochs at any time, so a vote of it would bind nothing.
// Invariant: it never cuts. Where its log and the active region's differ, somebody may have been
// told of what is here: it stops, says so, and keeps the evidence.

import { type LogBatch, lastOf } from "./log-batch.ts";
import type { Mark, RedisReply, RedisRequest, Snapshot } from "./messages.ts";
import { termOf } from "./region.ts";
import { RegionRedis } from "./region-redis.ts";
import { forcedEpochIn } from "./replica-log.ts";
import type { RoleBehaviour, Stage } from "./role.ts";

/** Entries that the active region has committed. */
export interface RegionFeed {
  /** Of the primary that sent them; `null` where they were read from its Redis. */
  readonly epoch: number | null;
  readonly batches: readonly LogBatch[];
  readonly marks: readonly Mark[];
}

/**
 * `gap`: something is missing before them: ask again from the end of the log. `past`: all of it lies before
 * what this log still has entry by entry, so nothing is known of whether it is the same: no answer.
 */
export type Taken = "taken" | "gap" | "past" | "diverged";

export class RegionFollower implements RoleBehaviour {
  readonly role = "dr";
  isDiverged = false;
  private readonly stage: Stage;
  private readonly redis: RegionRedis;
  /** The end of this log has been found in the active region's since the link was last made. */
  private isMatched = false;
  /** Term of the newest primary in whose log the end of this one was found; -1: of none. */
  private matchedTerm = -1;
  private markedMs = Number.NEGATIVE_INFINITY;

  constructor(stage: Stage) {
    this.stage = stage;
    this.redis = new RegionRedis(stage.state);
  }

  /** Engines of a region that follows owe each other nothing. */
  onPeer(): void {}

  onRedis(request: RedisRequest, reply: RedisReply): void {
    this.redis.onRedis(request, reply);
  }

  tick(): void {
    if (this.isDiverged) return;
    // Nobody else needs this log's entries: the active region has them.
    const { state } = this.stage;
    state.advanceCheckpoint(state.committed);
    this.redis.tick();
    const { awake, options, lastMark, ports } = state;
    if (awake.nowMs - this.markedMs < options.timing.snapshotIntervalMs) return;
    this.markedMs = awake.nowMs;
    // So that its own followers, and whoever looks, can compare here too.
    if (lastMark.position !== ports.machine.position) state.mark();
  }

  /**
   * A new link, or a primary of another epoch: the end of the log must be found there first. `isEndKnown`: the
   * snapshot that was just installed is the end, and a primary may have nothing before it.
   */
  restart(isEndKnown: boolean): void {
    this.isMatched = isEndKnown || this.stage.state.log.lastPosition === 0;
  }

  take(feed: RegionFeed): Taken {
    const { state } = this.stage;
    // Of a primary that has not heard that its region's lead ended, and another one began.
    if (feed.epoch !== null && termOf(feed.epoch) < state.region.sinceTerm) return "gap";
    let outcome: Taken = "taken";
    for (const batch of feed.batches) {
      if (this.isDiverged) return "diverged";
      outcome = this.takeBatch(batch);
      if (outcome === "gap" || outcome === "diverged") return outcome;
    }
    if (this.isMatched && feed.epoch !== null) {
      this.matchedTerm = Math.max(this.matchedTerm, termOf(feed.epoch));
    }
    // Marks of another log than this one's would be taken for a wrong state here.
    if (this.isMatched) state.expectMarks(feed.marks);
    this.advance(feed.batches);
    return this.isDiverged ? "diverged" : outcome;
  }

  private advance(batches: readonly LogBatch[]): void {
    const { state } = this.stage;
    const last = batches.at(-1);
    if (last !== undefined) state.commit(lastOf(last));
    state.applyUpTo(state.committed);
    // Not even its checkpoint and log give the state that the active region has there.
    if (state.isCheckpointWrong) this.diverge("its state cannot be rebuilt");
    if (this.isDiverged) return;
    this.redis.replicate();
  }

  private takeBatch(batch: LogBatch): Taken {
    const { state } = this.stage;
    const { log } = state;
    const isPast = lastOf(batch) < log.base.position;
    if (isPast) return "past";
    if (batch.first > log.lastPosition + (this.isMatched ? 1 : 0)) return "gap";
    if (!this.agreesWith(batch)) return this.diverge(`the active region has epoch ${batch.epoch}`);
    if (lastOf(batch) >= log.lastPosition) this.isMatched = true;
    const novel = log.novelPart(batch);
    if (novel === null) return "taken";
    // As a voter takes the epoch of an append, so that every later own epoch lies above it.
    if (novel.epoch > state.epoch) state.takeEpoch(novel.epoch);
    state.merge([novel]);
    return "taken";
  }

  /** Whether every entry that both have is of the same epoch, and so the same. */
  private agreesWith(batch: LogBatch): boolean {
    const { log } = this.stage.state;
    const isBaseIn = batch.first <= log.base.position && log.base.position > 0;
    if (isBaseIn && log.base.epoch !== batch.epoch) return false;
    const novel = log.novelPart(batch);
    return novel === null || novel.first > log.lastPosition;
  }

  private diverge(why: string): Taken {
    const { state } = this.stage;
    this.isDiverged = true;
    const own = `own log ends at ${state.log.lastPosition} in epoch ${state.log.lastEpoch}`;
    state.decide("REGION_DIVERGED", `${why}; ${own}`);
    return "diverged";
  }

  /**
   * From the active region's Redis, where its journal no longer reaches back to the end of this log: the log ends
   * with it afterwards. `false` where it is older, or may be no continuation of this log.
   */
  install(snapshot: Snapshot): boolean {
    const { state } = this.stage;
    if (!this.isContinuation(snapshot)) return false;
    const { log } = state;
    // All of it is the active region's, and committed there.
    state.commit(log.lastPosition);
    const isEnd = log.lastPosition > 0 && snapshot.position === log.lastPosition;
    if (isEnd) return snapshot.epoch === log.lastEpoch;
    if (snapshot.epoch > state.epoch) state.takeEpoch(snapshot.epoch);
    return state.install(snapshot);
  }

  /** Of one lead, from its first term on, everything committed is one history, unless it was forced. */
  private isContinuation({ epoch, instance }: Snapshot): boolean {
    const { log, region } = this.stage.state;
    if (log.lastPosition === 0) return true;
    const isOfLead = this.isPart && termOf(epoch) >= region.sinceTerm;
    return isOfLead && forcedEpochIn(instance) === log.forcedEpoch;
  }

  /** All of this log is in the active region's: its end was found there, or came from there, since that leads. */
  get isPart(): boolean {
    const { log, region } = this.stage.state;
    if (this.isDiverged) return false;
    return Math.max(this.matchedTerm, termOf(log.lastEpoch)) >= region.sinceTerm;
  }
}
