// A gateway without clients: submits orders to the primary over the link and hears of each when it is
// committed. By window: so many under way, for the most that is possible. By rate: each order at its
// intended time, from which its latency counts, so that a slow engine cannot hide by slowing us.
// Whatever keeps it from going on ends it, with a message: a run that hangs says nothing.

import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "hdr-histogram-js";
import { pino } from "pino";
import { Connection } from "../../engine/adapters/link/connection.ts";
import { type LinkMessage, linkVersion } from "../../engine/adapters/link/link-message.ts";
import { exchangeSchema } from "../../engine/config.ts";
import { Core } from "../../engine/core/core.ts";
import { buildBatch, visitPlaces } from "../../engine/replication/log-batch.ts";
import { orderOf } from "./orders.ts";

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How long a measurement goes on: whichever comes first. */
interface Extent {
  readonly seconds: number;
  readonly orders?: number;
}

interface DriverOptions {
  readonly links: readonly { readonly host: string; readonly port: number }[];
  readonly shard: string;
  /** So many engines must be in reach before it begins. */
  readonly enginesMin: number;
}

const frameEntriesMax = 512;
const pingEveryMs = 200;
const readyTimeoutMs = 30_000;
/** With orders under way and none answered for so long, nothing more will come. */
const silenceMsMax = 10_000;
/** Assets, symbols, accounts and deposits of a local exchange are more than this. */
const genesisCommands = 20;
const layoutId = new Core(exchangeSchema.shape.capacity.parse({})).layoutId;
const silent = pino({ level: "silent" });

export class Driver {
  private readonly options: DriverOptions;
  private readonly sockets = new Set<Socket>();
  private readonly connections = new Set<Connection>();
  private readonly timer: NodeJS.Timeout;
  private primary: Connection | undefined;
  /** Number of the primary's link, from 0. */
  primaryLink = -1;
  private epoch = 0;
  private sent = 0;
  private answeredMs = performance.now();
  private onAnswer: (count: number) => void = () => {};
  private fault: Error | undefined;
  private isClosed = false;
  answered = 0;

  constructor(options: DriverOptions) {
    this.options = options;
    for (const number of options.links.keys()) this.dial(number);
    this.timer = setInterval(() => this.watch(), pingEveryMs);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const socket of this.sockets) socket.destroy();
  }

  private fail(reason: string): void {
    if (!this.isClosed) this.fault ??= new Error(reason);
  }

  private watch(): void {
    for (const connection of this.connections) connection.send({ kind: "ping" });
    const silentMs = performance.now() - this.answeredMs;
    if (this.answered === this.sent || silentMs < silenceMsMax) return;
    const missing = `${this.sent - this.answered} of ${this.sent} orders are not answered`;
    this.fail(`${missing}, and for ${Math.round(silentMs)} ms none was`);
  }

  /** Resolves when a primary serves and the exchange is open. */
  async ready(): Promise<void> {
    const untilMs = performance.now() + readyTimeoutMs;
    const isReady = () =>
      this.primary !== undefined && this.connections.size >= this.options.enginesMin;
    while (!isReady()) {
      if (performance.now() > untilMs) this.fail(`no primary serves after ${readyTimeoutMs} ms`);
      await this.pause(50);
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms);
    if (this.fault !== undefined) throw this.fault;
  }

  /** Orders a second, with `window` of them under way all the time, until either bound is reached. */
  async throughput(window: number, { seconds, orders }: Extent): Promise<number> {
    const startMs = performance.now();
    const endMs = startMs + seconds * 1000;
    const answeredBefore = this.answered;
    const answeredMax = answeredBefore + (orders ?? Number.POSITIVE_INFINITY);
    let perSecond = 0;
    this.onAnswer = (count) => {
      const nowMs = performance.now();
      if (perSecond > 0) return;
      if (nowMs < endMs && this.answered < answeredMax) this.submit(count);
      else perSecond = ((this.answered - answeredBefore) * 1000) / (nowMs - startMs);
    };
    this.submit(window);
    while (perSecond === 0) await this.pause(20);
    await this.settled();
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
    this.onAnswer = (fresh) => {
      const nowMs = performance.now();
      for (let i = 0; i < fresh; i++) {
        histogram.recordValue(Math.max(1, Math.round((nowMs - dueMs(answered)) * 1000)));
        answered += 1;
      }
    };
    for (let sent = 0; sent < count; ) {
      const elapsedMs = performance.now() - startMs;
      const due = Math.min(count, Math.floor((elapsedMs * ratePerS) / 1000) + 1);
      if (due > sent) this.submit(due - sent);
      sent = Math.max(sent, due);
      // Late by a millisecond at most, the same for all kinds; turning would take a core from them.
      await this.pause(1);
    }
    await this.settled();
    const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
    return { p50: at(50), p99: at(99), max: histogram.maxValue / 1000 };
  }

  private async settled(): Promise<void> {
    while (this.answered < this.sent) await this.pause(1);
    this.onAnswer = () => {};
  }

  private submit(count: number): void {
    if (this.answered === this.sent) this.answeredMs = performance.now();
    for (let left = count; left > 0; left -= frameEntriesMax) {
      const entries = Array.from({ length: Math.min(left, frameEntriesMax) }, () => ({
        kind: "command" as const,
        data: orderOf(++this.sent),
      }));
      const isRestart = this.sent === entries.length;
      const batches = [buildBatch(0, 0, entries)];
      this.primary?.send({ kind: "submit", isRestart, batches });
    }
  }

  private dial(number: number): void {
    const link = this.options.links[number];
    if (this.isClosed || link === undefined) return;
    const socket = connect(link);
    this.sockets.add(socket);
    socket.on("error", () => {});
    socket.once("connect", () => this.identify(socket, number));
    socket.once("close", () => {
      this.sockets.delete(socket);
      if (this.primary?.socket === socket) this.fail("the primary closed its connection");
      else setTimeout(() => this.dial(number), 50);
    });
  }

  private identify(socket: Socket, number: number): void {
    const hear = (message: LinkMessage) => {
      this.hear(connection, message);
      if (this.primary === connection) this.primaryLink = number;
    };
    const connection = new Connection(socket, silent, () => performance.now(), hear);
    this.connections.add(connection);
    socket.once("close", () => this.connections.delete(connection));
    connection.send({
      kind: "identify",
      name: "bench",
      purpose: "follower",
      shard: this.options.shard,
      version: linkVersion,
      layoutId,
      castle: "bench",
      commandVersion: 1_000,
    });
  }

  private hear(connection: Connection, message: LinkMessage): void {
    switch (message.kind) {
      case "busy":
      case "rejected":
      case "tooOld":
        this.fail(`the engine says ${JSON.stringify(message)}`);
        break;
      case "leader":
        this.hearLeader(connection, message);
        break;
      case "feed":
        this.count(message);
        break;
    }
  }

  private hearLeader(
    connection: Connection,
    { isServing, committed, epoch }: Extract<LinkMessage, { kind: "leader" }>,
  ): void {
    if (this.primary !== undefined) {
      const isOther = isServing ? epoch !== this.epoch : connection === this.primary;
      if (isOther) this.fail(`the primary of epoch ${this.epoch} was replaced`);
      return;
    }
    // Genesis first: its commands are nobody's orders.
    if (!isServing || committed < genesisCommands) return;
    this.primary = connection;
    this.epoch = epoch;
    connection.send({ kind: "subscribe", from: committed + 1 });
  }

  private count({ batches }: Extract<LinkMessage, { kind: "feed" }>): void {
    let fresh = 0;
    for (const batch of batches) {
      visitPlaces(batch, (_position, kind) => {
        if (kind === "command") fresh += 1;
      });
    }
    if (fresh === 0) return;
    this.answered += fresh;
    this.answeredMs = performance.now();
    this.onAnswer(fresh);
  }
}
