// Connections: what all WebSockets of the gateway have in common: pings, silence, slow readers, closing.
// A client that does not read is dropped with code 1013 once its backlog passes a bound. A second bound,
// kept by uWebSockets.js, holds between two looks: past it messages are dropped and so is the client.

import type { WebSocket } from "uWebSockets.js";
import type { AddressUsage } from "./rate-limits.ts";

/** Most that may wait for one reader when it is looked at, and most at any time between two looks. */
export interface BacklogBounds {
  readonly bytesSoft: number;
  readonly bytesMax: number;
}

/** How often backlogs are looked at. */
export const BACKLOG_INTERVAL_MS = 100;
export const PING_INTERVAL_MS = 20_000;
const PONG_TIMEOUT_MS = 60_000;
/** The API's own rule: a connection lives a day. */
const LIFETIME_MS = 86_400_000;

export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_POLICY = 1008;
export const CLOSE_RESTART = 1012;
const CLOSE_SLOW = 1013;

/** State of one socket; lives as the socket's user data. */
export interface Connection {
  readonly kind: "api" | "stream";
  readonly usage: AddressUsage;
  readonly openedMs: number;
  heardMs: number;
  isOpen: boolean;
}

export class Connections<T extends Connection> {
  readonly #sockets = new Set<WebSocket<T>>();
  readonly #slow = new Set<WebSocket<T>>();
  readonly bounds: BacklogBounds;
  /** How many were dropped because they did not read. */
  slowCount = 0;

  constructor(bounds: BacklogBounds) {
    this.bounds = bounds;
  }

  get count(): number {
    return this.#sockets.size;
  }

  opened(socket: WebSocket<T>): void {
    socket.getUserData().isOpen = true;
    this.#sockets.add(socket);
  }

  closed(socket: WebSocket<T>): void {
    socket.getUserData().isOpen = false;
    this.#sockets.delete(socket);
    this.#slow.delete(socket);
  }

  all(): Iterable<WebSocket<T>> {
    return this.#sockets;
  }

  /**
   * Drops a reader that let its backlog fill. Not at once: this may be called while the library
   * walks over its subscribers.
   */
  dropSlow(socket: WebSocket<T>): void {
    if (this.#slow.size === 0) setImmediate(() => this.#endSlow());
    this.#slow.add(socket);
  }

  #endSlow(): void {
    for (const socket of this.#slow) {
      if (!socket.getUserData().isOpen) continue;
      this.slowCount++;
      socket.end(CLOSE_SLOW, "slow consumer: messages were dropped");
    }
    this.#slow.clear();
  }

  /** To be called every `BACKLOG_INTERVAL_MS`. */
  endSlow(): void {
    for (const socket of this.#sockets)
      if (socket.getBufferedAmount() > this.bounds.bytesSoft) this.#slow.add(socket);
    if (this.#slow.size > 0) this.#endSlow();
  }

  /** To be called every `PING_INTERVAL_MS`. */
  ping(nowMs: number): void {
    for (const socket of [...this.#sockets]) {
      const { heardMs, openedMs } = socket.getUserData();
      if (nowMs - heardMs >= PONG_TIMEOUT_MS) socket.end(CLOSE_POLICY, "no pong");
      else if (nowMs - openedMs >= LIFETIME_MS) socket.end(CLOSE_GOING_AWAY, "24 hours are over");
      else socket.ping();
    }
  }

  closeAll(code: number, reason: string): void {
    for (const socket of [...this.#sockets]) socket.end(code, reason);
  }
}
