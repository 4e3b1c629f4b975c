// DiskFeed: committed entries from the engine's own files, for a follower that needs what neither
// its memory nor Redis has any more: a history that was away while Redis was filled anew.
// Ends where the memory begins; from there on the follower is fed as all others are.

import { once } from "node:events";
import type { Logger } from "pino";
import { buildBatch, type LogBatch } from "../../replication/log-batch.ts";
import type { Replica } from "../../replication/replica.ts";
import { type JournalEntry, readJournal } from "../storage/read-journal.ts";
import type { FollowerSession, FollowerSessions } from "./follower-sessions.ts";

const batchEntriesMax = 2_000;

export interface DiskFeedOptions {
  readonly directory: string;
  readonly replica: Replica;
  readonly followers: FollowerSessions;
  readonly log: Logger;
}

export class DiskFeed {
  private readonly options: DiskFeedOptions;

  constructor(options: DiskFeedOptions) {
    this.options = options;
  }

  async give(session: FollowerSession, from: number): Promise<void> {
    const { replica, followers, log } = this.options;
    session.next = null;
    let next = from;
    try {
      for await (const batch of this.read(from)) {
        if (!session.connection.socket.writable || !replica.isFeeding) return;
        session.connection.send({
          kind: "feed",
          epoch: replica.state.epoch,
          committed: session.isRegion ? replica.state.committed : replica.state.released,
          marks: [],
          batches: [batch],
        });
        next = batch.first + batch.count;
        if (session.connection.socket.writableNeedDrain) {
          await once(session.connection.socket, "drain");
        }
      }
      followers.subscribe(session, next);
    } catch (error) {
      const facts = {
        code: "JOURNAL_DAMAGED",
        follower: session.name,
        from,
        reason: String(error),
      };
      log.error(facts, "a follower needs entries that this engine cannot read");
      const basePosition = replica.state.log.base.position;
      if (session.isRegion) session.connection.send({ kind: "tooOld", basePosition });
    }
  }

  /** Batches of one epoch, up to what the memory has. */
  private async *read(from: number): AsyncGenerator<LogBatch> {
    const { directory, replica } = this.options;
    let held: JournalEntry[] = [];
    for await (const entry of readJournal(directory, from)) {
      const isEnd = entry.position > replica.state.log.base.position;
      const isFull = held.length === batchEntriesMax || held[0]?.epoch !== entry.epoch;
      if (held.length > 0 && (isEnd || isFull)) {
        yield batchOf(held);
        held = [];
      }
      if (isEnd) return;
      held.push(entry);
    }
    if (held.length > 0) yield batchOf(held);
  }
}

function batchOf(entries: readonly JournalEntry[]): LogBatch {
  const [first] = entries as [JournalEntry];
  return buildBatch(first.epoch, first.position, entries);
}
