// ApiSocket: one connection of the WebSocket API. Messages to it are gathered while a batch of journal
// entries is applied and leave together: one write to the kernel for many answers.

import type { WebSocket } from "uWebSockets.js";
import type { Connection, Connections } from "./connections.ts";
import type { AddressUsage } from "./rate-limits.ts";
import type { Subscription } from "./user-streams.ts";

export interface ApiConnection extends Connection {
  readonly kind: "api";
  readonly returnsRateLimits: boolean;
  readonly isMicroseconds: boolean;
  socket: ApiSocket | undefined;
}

/** Flushes sockets that have something to say, once the current batch is through. */
export class Outbox {
  #waiting: ApiSocket[] = [];
  #isScheduled = false;
  readonly #flush = () => {
    this.#isScheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) socket.flush();
  };

  add(socket: ApiSocket): void {
    this.#waiting.push(socket);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#flush);
  }
}

export class ApiSocket {
  /** By account. */
  readonly subscriptions = new Map<number, Subscription>();
  readonly usage: AddressUsage;
  readonly #socket: WebSocket<ApiConnection>;
  readonly #outbox: Outbox;
  readonly #connections: Connections<ApiConnection>;
  #messages: string[] = [];
  #subscriptionCount = 0;
  readonly #write = () => {
    for (const message of this.#messages) {
      // 2: the backlog is full and the message was not taken. An answer must not vanish in silence.
      if (this.#socket.send(message) === 2) {
        this.#connections.dropSlow(this.#socket);
        break;
      }
    }
    this.#messages.length = 0;
  };

  constructor(
    socket: WebSocket<ApiConnection>,
    outbox: Outbox,
    connections: Connections<ApiConnection>,
  ) {
    this.#socket = socket;
    this.#outbox = outbox;
    this.#connections = connections;
    this.usage = socket.getUserData().usage;
  }

  get connection(): ApiConnection {
    return this.#socket.getUserData();
  }

  isOpen = true;

  nextSubscriptionId(): number {
    return this.#subscriptionCount++;
  }

  send(message: string): void {
    if (!this.isOpen) return;
    this.#messages.push(message);
    if (this.#messages.length === 1) this.#outbox.add(this);
  }

  flush(): void {
    if (!this.isOpen) this.#messages.length = 0;
    else if (this.#messages.length > 0) this.#socket.cork(this.#write);
  }
}
