// What the modelled Redis keeps.

import type { Entry } from "../../engine/replication/log-batch.ts";
import type { StoredSnapshot } from "./redis-image.ts";

export interface StoredEntry extends Entry {
  readonly epoch: number;
}

/** All that a Redis keeps; a copy of it is an older point of its persistence, or a replica's. */
export interface MutableRedisData {
  key: string;
  epoch: number;
  /** Set by `agree`: the instance that it was said of, and of no other one (rule 8). */
  agreedInstance: string;
  /** Where the journal begins anew within its instance. */
  caughtUpFrom: number;
  /** Counts the appends taken, so that a standby sees its primary live. */
  beat: number;
  /** What the primary has told of; never cut. */
  committed: number;
  /** Entries up to here are trimmed. */
  base: { position: number; epoch: number };
  entries: StoredEntry[];
  snapshot: StoredSnapshot | null;
  /** Name and position up to which a follower no longer needs the journal. */
  followers: ReadonlyMap<string, number>;
}

export type RedisData = Readonly<MutableRedisData>;

export const emptyData: RedisData = {
  key: "",
  epoch: 0,
  agreedInstance: "",
  caughtUpFrom: 0,
  beat: 0,
  committed: 0,
  base: { position: 0, epoch: 0 },
  entries: [],
  snapshot: null,
  followers: new Map(),
};
