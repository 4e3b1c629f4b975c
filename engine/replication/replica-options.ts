// ReplicaOptions: what an engine is told once, at its start; and RedisView, what it last heard from Redis.

import type { EngineId } from "./messages.ts";
import type { RegionOptions } from "./region.ts";

export interface ReplicationTiming {
  readonly heartbeatMs: number;
  readonly failureTimeoutMs: number;
  readonly snapshotIntervalMs: number;
  readonly antiFlapMs: number;
}

/** The journal in Redis, behind its snapshot. */
export interface TrimPolicy {
  /** Entries kept for followers that are a little behind. */
  readonly marginEntries: number;
  readonly intervalMs: number;
}

export interface ReplicaOptions {
  readonly id: EngineId;
  readonly timing: ReplicationTiming;
  /** Different at every start of this engine (rule 9). */
  readonly startNonce: string;
  /** Committed entries behind the base before the engine writes a checkpoint. */
  readonly checkpointEntries: number;
  /** Lines of the state copied in one step: what one look at the clock may cost. */
  readonly copyLinesMax: number;
  /** Bytes of log in one message or call: large enough to stream, small enough to interleave. */
  readonly messageBytesMax: number;
  readonly trim: TrimPolicy;
  /** Absent in an exchange of one region. */
  readonly region?: RegionOptions;
}

/** What this engine last heard from Redis. */
export interface RedisView {
  isReachable: boolean;
  /** "" until it answered. */
  instance: string;
  isAgreed: boolean;
  epoch: number;
  lastPosition: number;
  snapshotPosition: number;
}
