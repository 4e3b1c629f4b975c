// Sessions: which request of each gateway session was executed last (Viewstamped Replication's
// client table). A gateway sends again what was not answered, possibly to a new primary; the number
// decides, the same on every node, whether it is new. The session unused for longest gives way.

import type { Layout } from "./layout.ts";
import { HEADER, SESSION_WORDS } from "./layout.ts";
import type { Memory } from "./memory.ts";

/** Words of a session: id, last request executed, next of its bucket, position of its last command. */
const ID = 0;
const LAST_SEQ = 1;
const NEXT = 2;
const LAST_POSITION = 4; // f64

export type Admission = "execute" | "repeated" | "unknown";

export class Sessions {
  private readonly memory: Memory;
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  private readonly header: number;
  private readonly buckets: number;
  private readonly bucketMask: number;
  private readonly sessions: number;
  private readonly sessionsMax: number;

  constructor(memory: Memory, layout: Layout) {
    this.memory = memory;
    this.i32 = memory.i32;
    this.f64 = memory.f64;
    this.header = layout.header;
    this.buckets = layout.sessionBuckets;
    this.bucketMask = layout.sessionBucketCount - 1;
    this.sessions = layout.sessions;
    this.sessionsMax = layout.capacity.sessions;
  }

  /**
   * Whether a request is to be executed; if so, it is noted as executed. A session opens with its
   * request 1: any other number of an unknown session means that its memory was lost to eviction,
   * and what was executed can no longer be told.
   */
  admit(sessionId: number, requestSeq: number, position: number): Admission {
    const { i32, f64 } = this;
    // The exchange's own commands (genesis) come through no gateway.
    if (sessionId === 0) return "execute";
    let session = this.find(sessionId);
    if (session === 0) {
      if (requestSeq !== 1) return "unknown";
      session = this.open(sessionId);
    }
    const word = this.sessions + session * SESSION_WORDS;
    f64[(word + LAST_POSITION) >> 1] = position;
    this.memory.touch(word);
    if (requestSeq <= (i32[word + LAST_SEQ] as number) >>> 0) return "repeated";
    i32[word + LAST_SEQ] = requestSeq;
    return "execute";
  }

  /** Last request executed of a session, 0 where it is unknown. */
  lastSeq(sessionId: number): number {
    const session = this.find(sessionId);
    if (session === 0) return 0;
    return (this.i32[this.sessions + session * SESSION_WORDS + LAST_SEQ] as number) >>> 0;
  }

  private find(sessionId: number): number {
    const { i32, sessions } = this;
    const id = sessionId | 0;
    let session = i32[this.bucket(id)] as number;
    while (session !== 0 && i32[sessions + session * SESSION_WORDS + ID] !== id)
      session = i32[sessions + session * SESSION_WORDS + NEXT] as number;
    return session;
  }

  private open(sessionId: number): number {
    const { i32, memory, sessions } = this;
    const count = i32[this.header + HEADER.sessionCount] as number;
    const session = count < this.sessionsMax ? count + 1 : this.evictIdlest();
    if (count < this.sessionsMax) i32[this.header + HEADER.sessionCount] = count + 1;
    const word = sessions + session * SESSION_WORDS;
    const bucket = this.bucket(sessionId | 0);
    i32[word + ID] = sessionId | 0;
    i32[word + LAST_SEQ] = 0;
    i32[word + NEXT] = i32[bucket] as number;
    i32[bucket] = session;
    memory.touch(this.header);
    memory.touch(bucket);
    memory.touch(word);
    return session;
  }

  /** Rare (a gateway's start), so a scan is cheap enough. Positions differ: there are no ties. */
  private evictIdlest(): number {
    const { i32, f64, memory, sessions } = this;
    let idlest = 1;
    for (let session = 2; session <= this.sessionsMax; session += 1)
      if (this.lastPosition(session) < this.lastPosition(idlest)) idlest = session;
    const word = sessions + idlest * SESSION_WORDS;
    let link = this.bucket(i32[word + ID] as number);
    while (i32[link] !== idlest) link = sessions + (i32[link] as number) * SESSION_WORDS + NEXT;
    i32[link] = i32[word + NEXT] as number;
    f64[(word + LAST_POSITION) >> 1] = 0;
    memory.touch(link);
    memory.touch(word);
    return idlest;
  }

  private lastPosition(session: number): number {
    return this.f64[(this.sessions + session * SESSION_WORDS + LAST_POSITION) >> 1] as number;
  }

  private bucket(id: number): number {
    const hash = Math.imul(id, 0x9e3779b1);
    return this.buckets + ((hash ^ (hash >>> 16)) & this.bucketMask);
  }
}
