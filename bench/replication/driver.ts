// A gateway without clients: submits orders to the primary over the link and hears of each when it is
// committed. By window: so many under way, for the most that is possible. By rate: each order at its
// intended time, from which its latency counts, so that a slow engine cannot hide by slowing us.

import { connect } from "node:net";
import { build } from "hdr-histogram-js";
import { pino } from "pino";
import { Connection } from "../../engine/adapters/link/connection.ts";
import { type LinkMessage, linkVersion } from "../../engine/adapters/link/link-message.ts";
import { encodeCommand } from "../../engine/codec/command-codec.ts";
import { exchangeSchema } from "../../engine/config.ts";
import { Core } from "../../engine/core/core.ts";
import { buildBatch, visitEntries } from "../../engine/replication/log-batch.ts";

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const sessionId = 1_000;
const frameEntriesMax = 512;
const pingEveryMs = 200;
const capacity = exchangeSchema.shape.capacity.parse({});
const layoutId = new Core(capacity).layoutId;

export class Driver {
  readonly #connections: Connection[] = [];
  readonly #ping: NodeJS.Timeout;
  #primary: Connection | undefined;
  #committedAtStart = -1;
  #sent = 0;
  #answered = 0;
  #onAnswer: (count: number) => void = () => {};
  #fail: (error: Error) => void = () => {};
  /** Rejects when the engine would not go on; never resolves. */
  readonly failure: Promise<never>;

  constructor(links: readonly { readonly host: string; readonly port: number }[], shard: string) {
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => {});
    for (const link of links) this.#dial(link, shard);
    this.#ping = setInterval(() => {
      for (const connection of this.#connections) connection.send({ kind: "ping" });
    }, pingEveryMs);
  }

  get answered(): number {
    return this.#answered;
  }

  close(): void {
    clearInterval(this.#ping);
    for (const connection of this.#connections) connection.close();
  }

  /** Resolves when a primary serves and the exchange is open. */
  async ready(): Promise<void> {
    while (this.#committedAtStart < 0) await new Promise((resume) => setTimeout(resume, 50));
  }

  /** Orders a second, with `window` of them under way all the time. */
  async throughput(window: number, seconds: number): Promise<number> {
    const startMs = performance.now();
    const endMs = startMs + seconds * 1000;
    const answeredBefore = this.#answered;
    this.#submit(window);
    await new Promise<void>((resolve) => {
      this.#onAnswer = (count) => {
        if (performance.now() < endMs) this.#submit(count);
        else resolve();
      };
    });
    const perSecond = ((this.#answered - answeredBefore) * 1000) / (performance.now() - startMs);
    this.#onAnswer = () => {};
    await this.#settled();
    return perSecond;
  }

  /** Latencies in milliseconds at a fixed rate, from each order's intended time. */
  async latency(ratePerS: number, seconds: number): Promise<Latency> {
    const histogram = build({
      highestTrackableValue: 60_000_000,
      numberOfSignificantValueDigits: 3,
    });
    const count = ratePerS * seconds;
    const startMs = performance.now() + 20;
    const dueMs = (index: number) => startMs + (index * 1000) / ratePerS;
    let answered = 0;
    this.#onAnswer = (fresh) => {
      const nowMs = performance.now();
      for (let i = 0; i < fresh; i++) {
        histogram.recordValue(Math.max(1, Math.round((nowMs - dueMs(answered)) * 1000)));
        answered += 1;
      }
    };
    for (let sent = 0; sent < count; ) {
      const due = Math.min(
        count,
        Math.floor(((performance.now() - startMs) * ratePerS) / 1000) + 1,
      );
      if (due > sent) this.#submit(due - sent);
      sent = Math.max(sent, due);
      // Late by a millisecond at most, the same for all kinds; turning would take a core from them.
      await new Promise((resume) => setTimeout(resume, 1));
    }
    await this.#settled();
    this.#onAnswer = () => {};
    const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
    return { p50: at(50), p99: at(99), max: histogram.maxValue / 1000 };
  }

  async #settled(): Promise<void> {
    while (this.#answered < this.#sent) await new Promise((resume) => setTimeout(resume, 1));
  }

  #submit(count: number): void {
    for (let left = count; left > 0; left -= frameEntriesMax) {
      const entries = Array.from({ length: Math.min(left, frameEntriesMax) }, () => ({
        kind: "command" as const,
        data: order(++this.#sent),
      }));
      this.#primary?.send({
        kind: "submit",
        isRestart: this.#sent === entries.length,
        batches: [buildBatch(0, 0, entries)],
      });
    }
  }

  #dial(link: { readonly host: string; readonly port: number }, shard: string): void {
    const socket = connect(link);
    socket.once("error", () => setTimeout(() => this.#dial(link, shard), 50));
    socket.once("connect", () => {
      const log = pino({ level: "silent" });
      const connection = new Connection(
        socket,
        log,
        () => performance.now(),
        (message) => this.#hear(connection, message),
      );
      this.#connections.push(connection);
      connection.send({
        kind: "identify",
        name: "bench",
        purpose: "follower",
        shard,
        version: linkVersion,
        layoutId,
        castle: "bench",
        commandVersion: 1_000,
      });
    });
  }

  #hear(connection: Connection, message: LinkMessage): void {
    if (message.kind === "busy" || message.kind === "rejected" || message.kind === "tooOld") {
      this.#fail(new Error(`the engine says ${JSON.stringify(message)}`));
      return;
    }
    // Genesis first: its commands are nobody's orders.
    if (message.kind === "leader" && message.isServing && this.#committedAtStart < 0) {
      if (message.committed < genesisCommands) return;
      this.#primary = connection;
      this.#committedAtStart = message.committed;
      connection.send({ kind: "subscribe", from: message.committed + 1 });
    }
    if (message.kind !== "feed") return;
    let fresh = 0;
    for (const batch of message.batches) {
      visitEntries(batch, batch.first, (_position, kind) => {
        if (kind === "command") fresh += 1;
      });
    }
    this.#answered += fresh;
    if (fresh > 0) this.#onAnswer(fresh);
  }
}

/** Assets, symbols, accounts and deposits of a local exchange are more than this. */
const genesisCommands = 20;

/** A sell that rests, then a buy that takes it: each second order trades, the book stays small. */
function order(requestSeq: number): Uint8Array {
  const isSell = requestSeq % 2 === 1;
  return encodeCommand({
    request: { sessionId, requestSeq },
    timestampUs: 0,
    command: {
      kind: "placeOrder",
      accountId: isSell ? 101 : 102,
      symbolId: 1,
      side: isSell ? "sell" : "buy",
      type: "limit",
      timeInForce: "gtc",
      priceTicks: 6_000_000,
      quantityLots: 1,
      quoteUnits: 0,
      clientOrderId: `b${requestSeq.toString(36)}`,
    },
  });
}
