// RedisJournal: the journal in Redis as followers read it: committed entries only, and the snapshot
// to start from. A follower that must see every entry says how far it has come; the journal is not
// trimmed beyond that (Redis grows meanwhile: one that is gone for good must be forgotten).

import type { Logger } from "pino";
import type { LogBatch } from "../../replication/log-batch.ts";
import type { Snapshot } from "../../replication/messages.ts";
import { RedisConnection } from "./connection.ts";
import { readImage } from "./image-reader.ts";
import { decodeRecords, numberOf } from "./records.ts";

export interface RedisJournalOptions {
  readonly url: string;
  readonly shard: string;
  readonly timeoutMs: number;
  readonly log: Logger;
}

export interface JournalPart {
  /** Consecutive from the position asked for; empty where it is not committed or not available. */
  readonly batches: readonly LogBatch[];
  readonly committed: number;
  /** Entries before this position are in the snapshot alone. */
  readonly firstAvailable: number;
}

const headLength = 6;

export class RedisJournal {
  private readonly connection: RedisConnection;

  constructor(options: RedisJournalOptions) {
    this.connection = new RedisConnection(options);
  }

  /** Call first. @throws CastleError of the first attempt; others follow. */
  connect(): Promise<void> {
    return this.connection.connect();
  }

  get isConnected(): boolean {
    return this.connection.isUsable;
  }

  /** The follower `name` no longer needs the entries up to `retainPosition`. */
  async follow(name: string, retainPosition: number): Promise<void> {
    await this.connection.call("follow", [name, retainPosition]);
  }

  /** The follower `name` is gone and needs nothing. */
  async unfollow(name: string): Promise<void> {
    await this.connection.call("unfollow", [name]);
  }

  /** At most about a megabyte. */
  async read(from: number, bytesMax: number): Promise<JournalPart> {
    const answer = await this.connection.call("tail", [from, bytesMax]);
    const committed = numberOf(answer[4]);
    const firstAvailable = numberOf(answer[5]);
    const batches = decodeRecords(answer.slice(headLength), from, committed);
    return { batches, committed, firstAvailable };
  }

  /** `null` before the first one. */
  async loadSnapshot(): Promise<Snapshot | null> {
    return (await readImage(this.connection)).snapshot;
  }

  close(): void {
    this.connection.close();
  }
}
