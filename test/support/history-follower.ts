// HistoryFollower: a follower of a JournalFeed with a sink, and sessions that fail where a test wants.

import type { Applied } from "../../engine/adapters/exchange-port.ts";
import { connect, type Row, type Session } from "../../engine/adapters/history/session.ts";
import type { JournalSink } from "../../engine/adapters/journal-sink.ts";
import { decodeCommand } from "../../engine/codec/command-codec.ts";
import type { Core } from "../../engine/core/core.ts";
import type { Event } from "../../engine/core/event.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import type { FeedEntry } from "./journal-feed.ts";
import { restoreCore } from "./restore-core.ts";

export class HistoryFollower {
  readonly core: Core;
  private readonly sink: JournalSink;

  private constructor(sink: JournalSink, core: Core) {
    this.sink = sink;
    this.core = core;
  }

  /** Restores the checkpoint and replays, without output, what is durable already. */
  static async start(
    sink: JournalSink,
    capacity: Capacity,
    journal: readonly FeedEntry[],
  ): Promise<HistoryFollower> {
    const start = await sink.open();
    const follower = new HistoryFollower(sink, restoreCore(capacity, start));
    if (follower.core.mark().hash !== (start.checkpoint?.hash ?? "0".repeat(16))) {
      throw new Error("the restored core has another hash than the checkpoint");
    }
    follower.apply(journal.slice(follower.core.position, start.durablePosition));
    return follower;
  }

  /** Applies entries and writes them as one batch. */
  async write(entries: readonly FeedEntry[]): Promise<void> {
    await this.sink.write(this.apply(entries), this.core);
  }

  private apply(entries: readonly FeedEntry[]): Applied[] {
    return entries.map(({ position, epoch, kind, data }) => {
      const events: Event[] = [];
      if (kind === "command") this.core.apply(position, data, events);
      else this.core.advance(position);
      const command = kind === "command" ? decodeCommand(data) : undefined;
      return { position, epoch, command, events };
    });
  }
}

/** What a test does at one step of a session; the step's answer is lost where it throws. */
export interface Sabotage {
  beforeStep?(step: number, sql: string): Promise<void> | void;
  afterStep?(step: number, sql: string): Promise<void> | void;
}

/** Opens real connections whose steps, counted from 1 over all of them, pass by `sabotage`. */
export function sabotaged(sabotage: Sabotage): typeof connect {
  let step = 0;
  const pass = async <T>(sql: string, run: () => Promise<T>): Promise<T> => {
    step += 1;
    const current = step;
    await sabotage.beforeStep?.(current, sql);
    const answer = await run();
    await sabotage.afterStep?.(current, sql);
    return answer;
  };
  return async (url, timeoutMs): Promise<Session> => {
    const session = await connect(url, timeoutMs);
    return {
      query: (text, values): Promise<Row[]> => pass(text, () => session.query(text, values)),
      copyIn: (sql, data) => pass(sql, () => session.copyIn(sql, data)),
      close: () => session.close(),
    };
  };
}

/** As pg reports it. */
export function connectionLost(): Error {
  return new Error("Connection terminated unexpectedly");
}
