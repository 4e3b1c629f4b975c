// GatewayExchange: the ExchangePort over real engines. It numbers commands, keeps each until its
// outcome is in the journal, and sends all unanswered ones again, in order, to whoever becomes
// primary: the core executes each number of a session at most once.

import { randomInt } from "node:crypto";
import { commandVersionOf, encodeCommand } from "../../codec/command-codec.ts";
import type { Command, RequestId } from "../../core/command.ts";
import type { CoreReader } from "../../core/core-reader.ts";
import { CastleError } from "../../errors.ts";
import { buildBatch, type Entry } from "../../replication/log-batch.ts";
import type { Applied, ExchangePort } from "../exchange-port.ts";
import { genesisSessionId } from "../genesis.ts";
import type { LinkMessage } from "../link/link-message.ts";
import type { JournalFollower } from "./journal-follower.ts";

/** Commands without an answer: beyond it new ones are turned away with a clear error. */
const pendingMax = 50_000;
/** The primary had no room: the unanswered ones are offered again after this. */
const busyRetryMs = 10;
/** Commands in one frame when many are sent again. */
const frameEntriesMax = 2_000;

interface Barrier {
  readonly resolve: () => void;
  readonly reject: (error: CastleError) => void;
  readonly deadline: NodeJS.Timeout;
}

interface Read {
  readonly readId: number;
  /** -1 until the primary has confirmed it. */
  position: number;
  readonly barriers: Set<Barrier>;
}

export class GatewayExchange implements ExchangePort {
  private follower: JournalFollower | null = null;
  private readonly sessionId = randomInt(genesisSessionId + 1, 2 ** 32);
  private requestSeq = 0;
  /** By requestSeq, in order. */
  private readonly pending = new Map<number, Uint8Array>();
  private outgoing: Entry[] = [];
  private isFlushDue = false;
  private readonly listeners: ((applied: Applied) => void)[] = [];
  private openRead: Read | null = null;
  private reads: Read[] = [];
  private nextReadId = 1;
  private retry: NodeJS.Timeout | null = null;

  attach(follower: JournalFollower): void {
    this.follower = follower;
  }

  private get source(): JournalFollower {
    if (this.follower === null) throw new CastleError("NOT_SERVING", "the gateway is starting");
    return this.follower;
  }

  get core(): CoreReader {
    return this.source.core;
  }

  get isServing(): boolean {
    const { isServing, isReadOnly } = this.source.links;
    return isServing && !isReadOnly && this.core.position > 0;
  }

  get isPrimaryHere(): boolean {
    return this.isServing && this.source.links.isPrimaryHere;
  }

  get epoch(): number {
    return this.source.links.epoch;
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  submit(command: Command): RequestId {
    this.assertActive();
    if (this.pending.size >= pendingMax) {
      const text = `${pendingMax} commands wait for their answers; try again later`;
      throw new CastleError("OVERLOADED", text);
    }
    const request = { sessionId: this.sessionId, requestSeq: ++this.requestSeq };
    const data = encodeCommand({ request, timestampUs: 0, command });
    const version = commandVersionOf(data);
    if (version > this.source.links.commandVersion) {
      this.requestSeq--;
      const text = `not every member knows ${command.kind} yet: an upgrade is under way`;
      throw new CastleError("UNSUPPORTED_COMMAND", text, { version });
    }
    this.pending.set(request.requestSeq, data);
    this.outgoing.push({ kind: "command", data });
    this.dueFlush();
    return request;
  }

  /** What is here is the other region's: only that one can say whether it still is so. */
  private assertActive(): void {
    if (!this.source.links.isReadOnly) return;
    throw new CastleError("NOT_SERVING", "this region follows another one, which serves");
  }

  async readBarrier(timeoutMs: number): Promise<void> {
    this.assertActive();
    return new Promise((resolve, reject) => {
      this.openRead ??= { readId: this.nextReadId++, position: -1, barriers: new Set() };
      const read = this.openRead;
      const deadline = setTimeout(() => {
        read.barriers.delete(barrier);
        // While nobody serves, nothing else would ever forget it.
        if (read.barriers.size === 0) this.reads = this.reads.filter((other) => other !== read);
        reject(new CastleError("NOT_SERVING", `no primary confirmed itself in ${timeoutMs} ms`));
      }, timeoutMs);
      const barrier: Barrier = { resolve, reject, deadline };
      read.barriers.add(barrier);
      this.dueFlush();
    });
  }

  subscribe(listener: (applied: Applied) => void): void {
    this.listeners.push(listener);
  }

  /** Everything of this turn of the loop in one frame. */
  private dueFlush(): void {
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    setImmediate(() => {
      this.isFlushDue = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.openRead !== null) {
      this.reads.push(this.openRead);
      this.source.links.send({ kind: "read", readId: this.openRead.readId });
      this.openRead = null;
    }
    const entries = this.outgoing;
    this.outgoing = [];
    // While the primary is full, what came meanwhile goes with the retry, in its order.
    if (entries.length > 0 && this.retry === null) this.send(entries, false);
  }

  private send(entries: readonly Entry[], isRestart: boolean): void {
    for (let at = 0; at < entries.length; at += frameEntriesMax) {
      const batch = buildBatch(0, 0, entries.slice(at, at + frameEntriesMax));
      const isFirst = isRestart && at === 0;
      this.source.links.send({ kind: "submit", isRestart: isFirst, batches: [batch] });
    }
  }

  /** To a new primary, or one that has room again: all that is unanswered, from the first on. */
  resend(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    this.outgoing = [];
    // What is unanswered waits for a primary, here or in the other region.
    if (this.source.links.isReadOnly) return;
    const entries = [...this.pending.values()].map((data): Entry => ({ kind: "command", data }));
    this.send(entries, true);
    if (entries.length === 0)
      this.source.links.send({ kind: "submit", isRestart: true, batches: [] });
    for (const read of this.reads) {
      if (read.position < 0) this.source.links.send({ kind: "read", readId: read.readId });
    }
  }

  onMessage(message: LinkMessage): void {
    if (message.kind === "busy") {
      this.retry ??= setTimeout(() => this.resend(), busyRetryMs);
    }
    if (message.kind === "readConfirmed") {
      const read = this.reads.find((candidate) => candidate.readId === message.readId);
      if (read !== undefined) read.position = Math.max(read.position, message.position);
      this.answerReads();
    }
  }

  onApplied(applied: Applied): void {
    const request = applied.command?.request;
    if (request?.sessionId === this.sessionId) this.pending.delete(request.requestSeq);
    for (const listener of this.listeners) listener(applied);
  }

  /** After each batch of entries. */
  answerReads(): void {
    if (this.reads.length === 0) return;
    const { position } = this.core;
    this.reads = this.reads.filter((read) => {
      if (read.position < 0 || read.position > position) return read.barriers.size > 0;
      for (const barrier of read.barriers) {
        clearTimeout(barrier.deadline);
        barrier.resolve();
      }
      return false;
    });
  }
}
