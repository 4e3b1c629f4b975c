// Dialer: keeps one connection to an endpoint, for as long as it lives. Silence is found by pings,
// since a lost zone resets nothing; a refused connection is told apart, since it says that the
// machine is alive and the process is not.

import { connect } from "node:net";
import type { Logger } from "pino";
import type { PeerMessage } from "../../replication/messages.ts";
import { Connection } from "./connection.ts";
import type { Identity, LinkMessage } from "./link-message.ts";

const pingIntervalMs = 100;
/**
 * A connection this silent is replaced, long before TCP gives up, but not while lost segments are
 * only sent again (after 200, 400 and 800 ms): nothing waits for this, since suspicion has a clock
 * of its own.
 */
const silenceMsMax = 2_000;
const connectTimeoutMs = 500;
const backoffMsMax = 400;
/** Commands not yet written to a dead connection are the caller's to send again. */
const bufferedBytesMax = 64 << 20;

type Rejected = Extract<LinkMessage, { kind: "rejected" }>;

export interface DialerEvents {
  onUp(): void;
  onDown(isRefused: boolean): void;
  onMessage(message: LinkMessage): void;
  /** The journal there holds what this code does not know. */
  onTooOld?(reason: string): void;
  /** This engine's seat has a newer incarnation there. */
  onReplaced?(incarnation: number): void;
}

export interface DialerOptions {
  readonly host: string;
  readonly port: number;
  readonly identity: Identity;
  readonly log: Logger;
  readonly nowMs: () => number;
}

export class Dialer {
  private readonly options: DialerOptions;
  private readonly events: DialerEvents;
  private connection: Connection | null = null;
  private timer: NodeJS.Timeout | null = null;
  private pings: NodeJS.Timeout | null = null;
  private failures = 0;
  private rejection = "";
  private isClosed = false;

  constructor(options: DialerOptions, events: DialerEvents) {
    this.options = options;
    this.events = events;
    this.dial();
  }

  get isUp(): boolean {
    return this.connection !== null;
  }

  /** Bytes that wait in this process. */
  get bufferedBytes(): number {
    return this.connection?.bufferedBytes ?? 0;
  }

  send(message: LinkMessage | PeerMessage): void {
    const { connection } = this;
    if (connection === null) return;
    if (connection.bufferedBytes <= bufferedBytesMax) {
      connection.send(message);
      return;
    }
    const { host, port, log } = this.options;
    log.warn({ code: "LINK_TOO_SLOW", host, port }, "a link that takes nothing is replaced");
    connection.close();
  }

  /** The other side is there: no need to wait for the next attempt. */
  dialNow(): void {
    if (this.timer === null || this.isClosed) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.dial();
  }

  close(): void {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.pings !== null) clearTimeout(this.pings);
    this.connection?.close();
  }

  private dial(): void {
    const { host, port, identity, log, nowMs } = this.options;
    const socket = connect({ host, port });
    let isRefused = false;
    const deadline = setTimeout(() => socket.destroy(), connectTimeoutMs);
    socket.once("connect", () => {
      clearTimeout(deadline);
      this.failures = 0;
      this.connection = new Connection(socket, log, nowMs, (message) => this.onMessage(message));
      this.connection.send(identity);
      this.events.onUp();
      this.ping();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      isRefused = error.code === "ECONNREFUSED";
    });
    socket.once("close", () => {
      clearTimeout(deadline);
      this.connection = null;
      if (this.isClosed) return;
      this.events.onDown(isRefused);
      this.dialLater();
    });
  }

  private dialLater(): void {
    // At once the first time: whether the port then refuses tells a dead process from a silent zone.
    const delayMs = this.failures === 0 ? 0 : Math.min(backoffMsMax, 10 * 2 ** this.failures);
    this.failures++;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.dial();
    }, delayMs);
  }

  private onMessage(message: LinkMessage): void {
    if (message.kind === "pong") return;
    if (message.kind === "rejected") {
      this.onRejected(message);
      return;
    }
    this.events.onMessage(message);
  }

  /** Told once: it is tried again and again, since the other side may be another one by then. */
  private onRejected({ code, reason, incarnation = 0 }: Rejected): void {
    const { host, port, log } = this.options;
    if (reason !== this.rejection) {
      log.error({ code: "LINK_REJECTED", host, port, reason }, "link");
    }
    this.rejection = reason;
    if (code === "TOO_OLD") this.events.onTooOld?.(reason);
    if (code === "REPLACED") this.events.onReplaced?.(incarnation);
  }

  private ping(): void {
    const { connection } = this;
    if (connection === null) return;
    if (this.options.nowMs() - connection.heardMs > silenceMsMax) {
      connection.close();
      return;
    }
    connection.send({ kind: "ping" });
    this.pings = setTimeout(() => this.ping(), pingIntervalMs);
  }
}
