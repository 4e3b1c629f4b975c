// Two warm connections to different gateways. One is active; the other is there for second attempts
// and takes over as soon as the active one is overdue. A lost or silent connection is replaced by
// one to another gateway. Invariant: requests of one client go one way while that way is healthy, so
// that a cancel does not overtake its order.

import { Connection } from "./connection.ts";
import type { EndpointPool } from "./endpoints.ts";
import { type SilenceLimits, silent } from "./silence.ts";

export interface WarmPairOptions {
  readonly pool: EndpointPool;
  readonly limits: SilenceLimits;
  readonly pingEveryMs: number;
  readonly openTimeoutMs: number;
  readonly now: () => number;
  /** For reports and logs. */
  readonly onChange: (change: ConnectionChange) => void;
}

export interface ConnectionChange {
  readonly atMs: number;
  readonly endpoint: string;
  readonly state: "opened" | "lost";
  readonly reason: string;
}

const CONNECTIONS = 2;
const SILENT_HEDGES = 2.5;
/** Pings without an answer before what waits on a connection is sent another way too. */
const STALLED_PINGS = 3;

export class WarmPair {
  readonly #options: WarmPairOptions;
  readonly #connections: Connection[] = [];
  #active: Connection | undefined;
  #lastTickMs: number;
  #stalled = 0;
  #isClosed = false;

  constructor(options: WarmPairOptions) {
    this.#options = options;
    this.#lastTickMs = options.now();
    this.#refill();
  }

  get hasOpen(): boolean {
    return this.#connections.some((one) => one.state === "open");
  }

  get openCount(): number {
    return this.#connections.filter((one) => one.state === "open").length;
  }

  /** The best open connection that is not in `busy`; the active one while it is in good order. */
  choose(busy: readonly Connection[], hedgeAfterMs: number): Connection | undefined {
    const nowMs = this.#options.now();
    let best: Connection | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const one of this.#connections) {
      if (one.state !== "open" || busy.includes(one)) continue;
      const rank = this.#overdue(one, hedgeAfterMs, nowMs) * 2 + (one === this.#active ? 0 : 1);
      if (rank < bestRank) [best, bestRank] = [one, rank];
    }
    if (busy.length === 0 && best !== undefined) this.#active = best;
    return best;
  }

  /** `winner` answered what `one` had been asked and did not answer in time. */
  missed(one: Connection, winner: Connection | undefined): void {
    if (one.missedInARow === 0) one.missedSinceMs = this.#options.now();
    one.missedInARow += 1;
    if (this.#active === one && winner?.state === "open") this.#active = winner;
  }

  /** Neither pongs nor answers are overdue on it. */
  isInOrder(one: Connection, hedgeAfterMs: number): boolean {
    return this.#overdue(one, hedgeAfterMs, this.#options.now()) === 0;
  }

  /** Whether its pongs are overdue: requests on it may wait in vain. */
  isStalled(one: Connection): boolean {
    return this.#options.now() - one.lastHeardMs > STALLED_PINGS * this.#options.pingEveryMs;
  }

  /**
   * To be called every few milliseconds: pings, drops what is silent, opens what is missing. Answers
   * whether a connection has stalled since the last call.
   */
  tick(hedgeAfterMs: number): boolean {
    if (this.#isClosed) return false;
    const { now, pingEveryMs, limits: given } = this.#options;
    // Where answers take long, so do pongs: a slow gateway is not a dead one.
    const silentAfterMs = Math.max(given.silentAfterMs, SILENT_HEDGES * hedgeAfterMs);
    const limits = { ...given, silentAfterMs };
    const nowMs = now();
    // After a pause of our own, what others sent is still unread: judge at the next tick.
    const hasPaused = nowMs - this.#lastTickMs > limits.silentAfterMs / 4;
    this.#lastTickMs = nowMs;
    const open = this.#connections.filter((one) => one.state === "open");
    // Answers are as good as pongs: only what is quiet is asked.
    for (const one of open) {
      if (nowMs - Math.max(one.lastPingMs, one.lastHeardMs) >= pingEveryMs) one.ping();
    }
    const stalled = open.filter((one) => this.isStalled(one)).length;
    const hasStalled = stalled > this.#stalled;
    this.#stalled = stalled;
    if (!hasPaused) {
      for (const { index, reason } of silent(open, limits, nowMs)) open[index]?.drop(reason);
    }
    this.#refill();
    return hasStalled;
  }

  close(): void {
    this.#isClosed = true;
    for (const one of [...this.#connections]) one.drop("closed by the client");
  }

  /** 0 in good order, 1 where an answer is overdue, 2 where even a pong is. */
  #overdue(one: Connection, hedgeAfterMs: number, nowMs: number): number {
    if (this.isStalled(one)) return 2;
    const oldestMs = one.oldestSentMs;
    return oldestMs !== undefined && nowMs - oldestMs > hedgeAfterMs ? 1 : 0;
  }

  #refill(): void {
    while (!this.#isClosed && this.#connections.length < CONNECTIONS) {
      const { pool, now, openTimeoutMs, onChange } = this.#options;
      const endpoint = pool.take(now());
      if (endpoint === undefined) return;
      const connection = new Connection({
        endpoint,
        openTimeoutMs,
        now,
        onOpen: () => {
          pool.succeeded(endpoint);
          onChange({ atMs: now(), endpoint: endpoint.name, state: "opened", reason: "" });
        },
        onClose: (closed, reason) => {
          this.#connections.splice(this.#connections.indexOf(closed), 1);
          if (this.#active === closed) this.#active = undefined;
          pool.failed(endpoint, now());
          onChange({ atMs: now(), endpoint: endpoint.name, state: "lost", reason });
        },
      });
      this.#connections.push(connection);
    }
  }
}
