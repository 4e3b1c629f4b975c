// JournalFollower: a core that holds what is committed, fed by the primary, by Redis where the
// primary's memory no longer reaches back, and started from a snapshot. Compares its hash with every
// mark that it passes: a difference ends the process, which then starts from the snapshot again.

import type { Logger } from "pino";
import { decodeCommand } from "../../codec/command-codec.ts";
import type { ExchangeConfig } from "../../config.ts";
import { InvariantViolated } from "../../core/assert.ts";
import type { Core } from "../../core/core.ts";
import type { Event } from "../../core/event.ts";
import { type LogBatch, lastOf, visitEntries } from "../../replication/log-batch.ts";
import type { Mark } from "../../replication/messages.ts";
import type { Clock } from "../clock.ts";
import type { CoreMachine } from "../core-machine.ts";
import type { Applied } from "../exchange-port.ts";
import type { LinkMessage } from "../link/link-message.ts";
import type { RedisJournal } from "../redis/redis-journal.ts";
import { EngineLinks } from "./engine-links.ts";

/** A journal read from Redis at a time. */
const readBytesMax = 1 << 20;
const retryMs = 200;

export interface JournalFollowerOptions {
  readonly config: ExchangeConfig;
  readonly name: string;
  readonly journal: RedisJournal;
  readonly clock: Clock;
  readonly log: Logger;
  /** A gateway may jump to a newer snapshot; a sink needs every entry. */
  readonly mayJump: boolean;
  /** Also follows the primary of another region. */
  readonly isAcrossRegions?: boolean;
  /** `false` = events are not wanted up to this position (already durable). */
  readonly silentUpTo: number;
  onApplied(applied: Applied): void;
  /** After each batch of entries. */
  onCaughtUp?(): void;
  /** The primary is another one, or was away: commands may be sent again. */
  onPrimary?(): void;
  onMessage?(message: LinkMessage): void;
}

export class JournalFollower {
  readonly links: EngineLinks;
  readonly machine: CoreMachine;
  /** Newest commit position heard of. */
  committed = 0;
  lastMark: Mark = { position: 0, hash: "" };
  private readonly options: JournalFollowerOptions;
  private isCatchingUp = false;
  private isPaused = false;
  private isClosed = false;
  private held: { batches: readonly LogBatch[]; marks: readonly Mark[] }[] = [];

  /** `machine` stands where the follower starts: empty, or restored. */
  constructor(machine: CoreMachine, options: JournalFollowerOptions) {
    this.options = options;
    this.machine = machine;
    const { config, name, clock, log } = options;
    this.links = new EngineLinks(
      {
        ...{ config, name, layoutId: machine.core.layoutId, clock, log },
        isAcrossRegions: options.isAcrossRegions ?? false,
      },
      {
        onPrimary: () => this.subscribe(),
        onMessage: (message) => this.onMessage(message),
      },
    );
  }

  /** Another one after a jump. */
  get core(): Core {
    return this.machine.core;
  }

  get lagEntries(): number {
    return Math.max(0, this.committed - this.core.position);
  }

  close(): void {
    this.isClosed = true;
    this.links.close();
  }

  /** Back-pressure of a sink: entries are held by the engine and Redis meanwhile. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    const held = this.held;
    this.held = [];
    for (const feed of held) this.take(feed.batches, feed.marks);
    if (this.core.position < this.committed) this.subscribe();
  }

  private subscribe(): void {
    if (this.isCatchingUp || this.isClosed) return;
    this.links.send({ kind: "subscribe", from: this.core.position + 1 });
    this.options.onPrimary?.();
  }

  private onMessage(message: LinkMessage): void {
    switch (message.kind) {
      case "leader":
        this.committed = Math.max(this.committed, message.committed);
        break;
      case "feed":
        this.committed = Math.max(this.committed, message.committed);
        this.take(message.batches, message.marks);
        break;
      case "tooOld":
        void this.catchUp();
        break;
      default:
        this.options.onMessage?.(message);
    }
  }

  private take(batches: readonly LogBatch[], marks: readonly Mark[]): void {
    if (this.isPaused) {
      // One feed may cross the pause on the wire; what follows comes by a new subscription.
      if (this.held.length === 0) this.held.push({ batches, marks });
      return;
    }
    const { core } = this;
    for (const batch of batches) {
      if (lastOf(batch) <= core.position) continue;
      // A gap: a feed that was dropped while paused. The subscription brings it again.
      if (batch.first > core.position + 1) return;
      visitEntries(batch, core.position + 1, (position, kind, data) => {
        this.apply(position, batch.epoch, kind === "command" ? data : null);
        const mark = marks.find((candidate) => candidate.position === position);
        if (mark !== undefined) this.verify(mark);
      });
    }
    this.options.onCaughtUp?.();
  }

  private apply(position: number, epoch: number, command: Uint8Array | null): void {
    const { core, options } = this;
    if (command === null) {
      core.advance(position);
      options.onApplied({ position, epoch, command: undefined, events: [] });
      return;
    }
    if (position <= options.silentUpTo) {
      core.apply(position, command, null);
      return;
    }
    const events: Event[] = [];
    core.apply(position, command, events);
    options.onApplied({ position, epoch, command: decodeCommand(command), events });
  }

  private verify(mark: Mark): void {
    const { hash } = this.core.mark();
    this.lastMark = { position: mark.position, hash };
    if (hash === mark.hash) return;
    this.options.log.fatal(
      { code: "HASH_DIVERGED", mark, hash },
      "state differs from the primary's",
    );
    throw new InvariantViolated(`equal journals give equal states at ${mark.position}`);
  }

  /** From Redis: the journal where it reaches back far enough, else a jump, else from the disk. */
  private async catchUp(): Promise<void> {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    try {
      for (let step = await this.catchUpStep(); step !== "done"; step = await this.catchUpStep()) {
        if (this.isClosed) return;
        if (step === "disk") {
          this.isCatchingUp = false;
          this.links.send({ kind: "subscribeFromDisk", from: this.core.position + 1 });
          return;
        }
      }
    } catch (error) {
      this.options.log.warn({ code: "CATCH_UP_FAILED", error: String(error) }, "trying again");
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    this.isCatchingUp = false;
    this.subscribe();
  }

  /** `disk`: only the engine's own files reach back far enough. */
  private async catchUpStep(): Promise<"more" | "done" | "disk"> {
    const { journal, mayJump, log } = this.options;
    const from = this.core.position + 1;
    const part = await journal.read(from, readBytesMax);
    if (part.firstAvailable > from) {
      if (!mayJump) return "disk";
      const snapshot = await journal.loadSnapshot();
      if (snapshot === null || snapshot.position <= this.core.position) return "disk";
      log.warn({ code: "JUMPED", from, to: snapshot.position }, "took a newer snapshot");
      this.machine.restore(snapshot.lines);
      return "more";
    }
    const committed = part.batches.filter((batch) => lastOf(batch) <= part.committed);
    this.take(committed, []);
    return committed.length > 0 ? "more" : "done";
  }
}
