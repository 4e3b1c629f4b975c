// SinkPump: carries what a follower applied into a sink, one write at a time; what came meanwhile is
// the next batch (group commit). Beyond a bound the follower pauses, and the journal waits for it.

import type { Applied } from "../exchange-port.ts";
import type { JournalSink } from "../journal-sink.ts";
import type { JournalFollower } from "./journal-follower.ts";

/**
 * Between two writes: a transaction an order would cost PostgreSQL more than the exchange itself, and
 * nobody waits for the history by the millisecond.
 */
const restMs = 20;
/** Entries that wait: some tens of megabytes. */
const queueEntriesMax = 20_000;

export class SinkPump {
  private readonly sink: JournalSink;
  private readonly onFatal: (error: unknown) => void;
  private follower: JournalFollower | null = null;
  private queue: Applied[] = [];
  private isWriting = false;
  private rest: NodeJS.Timeout | null = null;
  private idle: (() => void) | null = null;
  durablePosition: number;

  constructor(sink: JournalSink, durablePosition: number, onFatal: (error: unknown) => void) {
    this.sink = sink;
    this.durablePosition = durablePosition;
    this.onFatal = onFatal;
  }

  attach(follower: JournalFollower): void {
    this.follower = follower;
  }

  add(applied: Applied): void {
    if (applied.position > this.durablePosition) this.queue.push(applied);
  }

  /** Called where the core stands at the last entry added. */
  pump(): void {
    const { follower, queue } = this;
    if (follower === null) return;
    if (queue.length >= queueEntriesMax) follower.pause();
    if (this.isWriting || this.rest !== null || queue.length === 0) return;
    this.isWriting = true;
    // The sink reads the core too, so a write always reaches to where the core stands.
    const batch = queue;
    this.queue = [];
    this.sink.write(batch, follower.core).then(
      () => this.onWritten(batch.at(-1) as Applied),
      (error: unknown) => this.onFatal(error),
    );
  }

  private onWritten(last: Applied): void {
    this.durablePosition = last.position;
    this.isWriting = false;
    this.follower?.resume();
    if (this.idle === null) {
      this.rest = setTimeout(() => this.endRest(), restMs);
      return;
    }
    this.pump();
    if (!this.isWriting) this.idle();
  }

  private endRest(): void {
    if (this.rest !== null) clearTimeout(this.rest);
    this.rest = null;
    this.pump();
  }

  /** Resolves when everything added is durable. */
  drain(): Promise<void> {
    this.endRest();
    if (!this.isWriting) return Promise.resolve();
    return new Promise((resolve) => {
      this.idle = resolve;
    });
  }
}
