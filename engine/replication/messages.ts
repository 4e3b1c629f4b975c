// What engines say to each other, and what they ask of Redis. Plain data: the link's codec and the
// simulator carry the same values. Every message may be lost, doubled, delayed or reordered.

import type { LogBatch } from "./log-batch.ts";
import type { EpochRun } from "./replica-log.ts";

export type EngineId = 1 | 2;
/**
 * `dr`: of a region that does not lead; it follows the one that does. `replaced`: another has taken its
 * place, and it says nothing any more (rule 14).
 */
export type Role = "primary" | "candidate" | "standby" | "recovering" | "dr" | "replaced";

/** The state's hash after a position, so that whoever passes it can compare (rule 13). */
export interface Mark {
  readonly position: number;
  readonly hash: string;
}

export interface Hello {
  readonly kind: "hello";
  /** Differs at every start of the process. */
  readonly startNonce: string;
  readonly role: Role;
  /** An operator keeps it from standing: the other engine need not wait for it. */
  readonly isPaused: boolean;
  readonly isFenced: boolean;
  /** Of the sender's log (rule 11). */
  readonly forcedEpoch: number;
  readonly epoch: number;
  /** Of the last entry in its log. */
  readonly lastEpoch: number;
  readonly lastPosition: number;
}

/** Rule 4. Without batches it is a heartbeat and a question: do you have this entry? */
export interface Append {
  readonly kind: "append";
  readonly epoch: number;
  /** Of the sender's log (rule 11). */
  readonly forcedEpoch: number;
  readonly previousPosition: number;
  readonly previousEpoch: number;
  readonly batches: readonly LogBatch[];
  readonly committed: number;
  /** Number of the round of queries that this may confirm (rule 7). */
  readonly round: number;
  readonly marks: readonly Mark[];
}

export interface AppendAccepted {
  readonly kind: "appendAccepted";
  readonly epoch: number;
  readonly startNonce: string;
  /** Up to here the standby's log is the primary's. */
  readonly position: number;
  readonly round: number;
}

export interface AppendRefused {
  readonly kind: "appendRefused";
  readonly epoch: number;
  readonly reason: "OLD_EPOCH" | "GAP";
  /** GAP: try again with the entries after this position. */
  readonly retryAfter: number;
}

/** The standby lacks entries that the primary no longer has in memory: it takes the snapshot. */
export interface TooFarBehind {
  readonly kind: "tooFarBehind";
  readonly epoch: number;
  /** Of the sender's log (rule 11). */
  readonly forcedEpoch: number;
  readonly basePosition: number;
}

export interface VoteRequest {
  readonly kind: "voteRequest";
  readonly epoch: number;
  /** Of the sender's log (rule 11). */
  readonly forcedEpoch: number;
}

export interface VoteGranted {
  readonly kind: "voteGranted";
  readonly epoch: number;
  /** Of the sender's log (rule 11). */
  readonly forcedEpoch: number;
  readonly lastEpoch: number;
  readonly lastPosition: number;
  readonly runs: readonly EpochRun[];
}

export interface VoteRefused {
  readonly kind: "voteRefused";
  readonly epoch: number;
}

/** Of a candidate to the voter that granted: its log from a position on, while its epoch is `epoch`. */
export interface ReadLog {
  readonly kind: "readLog";
  readonly epoch: number;
  readonly from: number;
}

export interface LogPart {
  readonly kind: "logPart";
  readonly epoch: number;
  readonly from: number;
  readonly batches: readonly LogBatch[];
  readonly lastPosition: number;
  /** The voter's log starts after `from`: it cannot be read from there. */
  readonly isTrimmed: boolean;
}

/** Rule 9: of an engine without its log. `from` = what it still needs (after a snapshot). */
export interface RecoverRequest {
  readonly kind: "recoverRequest";
  readonly nonce: string;
  readonly epoch: number;
  /** The entry before the first one asked for: 0 = from the beginning. */
  readonly afterPosition: number;
  readonly afterEpoch: number;
}

export interface RecoverReply {
  readonly kind: "recoverReply";
  readonly nonce: string;
  readonly epoch: number;
  /** `SNAPSHOT_NEEDED`: the entries after `afterPosition` are not in memory, or differ there. */
  readonly outcome: "ENTRIES" | "SNAPSHOT_NEEDED";
  readonly afterPosition: number;
  readonly batches: readonly LogBatch[];
  readonly lastPosition: number;
  readonly committed: number;
  /** Redis instance that counts for the primary. */
  readonly instance: string;
}

/** Planned switchover: the primary has stopped sequencing, and the other engine has everything. */
export interface TakeOver {
  readonly kind: "takeOver";
  readonly epoch: number;
}

export type PeerMessage =
  | Hello
  | Append
  | AppendAccepted
  | AppendRefused
  | TooFarBehind
  | VoteRequest
  | VoteGranted
  | VoteRefused
  | ReadLog
  | LogPart
  | RecoverRequest
  | RecoverReply
  | TakeOver;

/** A state image: whole lines of the core's memory (engine/codec/lines-codec.ts). */
export interface Snapshot {
  readonly position: number;
  /** Epoch of the entry at `position`. */
  readonly epoch: number;
  /** Redis instance of the last Config entry at or before `position`, and behind it the members there. */
  readonly instance: string;
  readonly hash: string;
  readonly lines: Uint8Array;
}

export type RedisRequest =
  | { readonly kind: "observe" }
  | {
      readonly kind: "append";
      readonly instance: string;
      readonly epoch: number;
      readonly previousPosition: number;
      readonly previousEpoch: number;
      readonly batches: readonly LogBatch[];
      readonly committed: number;
      readonly round: number;
    }
  | {
      readonly kind: "vote";
      readonly instance: string;
      readonly epoch: number;
      /** Of the candidate: one that its snapshot knows to be replaced gets no vote. */
      readonly seat: string;
      readonly incarnation: number;
    }
  | {
      readonly kind: "read";
      readonly instance: string;
      readonly epoch: number;
      readonly from: number;
    }
  | {
      /** Replaces everything in `instance` (compare-and-set) and names it anew by `key`. */
      readonly kind: "fill";
      readonly instance: string;
      readonly key: string;
      readonly epoch: number;
      readonly snapshot: Snapshot;
      readonly batches: readonly LogBatch[];
    }
  | {
      /**
       * Gives the instance that counts what it lacks, where that has left the primary's memory: its log stands on the
       * snapshot from then on, and it stays the instance. Refused where its log reaches the snapshot.
       */
      readonly kind: "catchUp";
      readonly instance: string;
      readonly epoch: number;
      readonly snapshot: Snapshot;
      readonly batches: readonly LogBatch[];
    }
  | { readonly kind: "agree"; readonly instance: string; readonly epoch: number }
  | {
      readonly kind: "writeSnapshot";
      readonly instance: string;
      readonly epoch: number;
      /** Position of the snapshot that the lines change. */
      readonly onPosition: number;
      readonly snapshot: Snapshot;
    }
  | { readonly kind: "loadSnapshot" }
  | {
      readonly kind: "trim";
      readonly instance: string;
      readonly epoch: number;
      readonly upTo: number;
    };

interface FromInstance {
  readonly instance: string;
  /** Whether this instance has been agreed upon by both engines (rule 8). */
  readonly isAgreed: boolean;
  readonly epoch: number;
}

export type RedisReply =
  /** No answer in time, or no connection: the call may or may not have been carried out. */
  | { readonly kind: "failed"; readonly reason?: string }
  /** The instance that was named is not this one. */
  | { readonly kind: "amnesia"; readonly instance: string }
  | (FromInstance & {
      readonly kind: "refused";
      readonly reason: "OLD_EPOCH" | "GAP" | "SNAPSHOT_CHANGED" | "TRIMMED" | "REPLACED";
      /** REPLACED: the incarnation that has the seat now. */
      readonly retryAfter: number;
    })
  | (FromInstance & { readonly kind: "appended"; readonly position: number })
  | (FromInstance & {
      readonly kind: "observed";
      readonly lastEpoch: number;
      readonly lastPosition: number;
      /** Counts the appends, heartbeats included. */
      readonly beat: number;
      readonly snapshotPosition: number;
    })
  | (FromInstance & {
      readonly kind: "granted";
      readonly lastEpoch: number;
      readonly lastPosition: number;
      readonly runs: readonly EpochRun[];
      readonly snapshotPosition: number;
    })
  | (FromInstance & {
      readonly kind: "entries";
      readonly from: number;
      readonly batches: readonly LogBatch[];
      readonly lastPosition: number;
    })
  | (FromInstance & { readonly kind: "filled" })
  | (FromInstance & { readonly kind: "agreedUpon" })
  | (FromInstance & { readonly kind: "snapshotWritten"; readonly position: number })
  | {
      readonly kind: "snapshotLoaded";
      readonly instance: string;
      readonly snapshot: Snapshot | null;
    }
  | (FromInstance & { readonly kind: "trimmed" });
