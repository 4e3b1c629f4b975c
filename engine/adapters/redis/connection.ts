// RedisConnection: one connection to the voter, kept up. A call is sent once, at once, or it fails:
// nothing waits for a connection, and nothing is sent again, for the caller knows better.
// One client object is one TCP connection; a lost one is replaced by a new object, because ioredis
// drops unanswered calls without a word when it reconnects by itself and may not send them again.

import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Logger } from "pino";
import { CastleError } from "../../errors.ts";
import { type Argument, byteCountOf, FunctionCall } from "./function-call.ts";
import { functionPrefix, prepareServer } from "./library.ts";

export interface RedisConnectionOptions {
  readonly url: string;
  readonly shard: string;
  /** A call without an answer has failed; a connection silent that long is replaced. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** As it comes from Redis: integers, byte strings, nested. */
export type Answer = null | number | Buffer | Answer[];

interface Pending {
  readonly dueMs: number;
  fail(error: Error): void;
}

/**
 * Bytes handed to the client and not answered for: a server that stalls must not fill this process.
 * A call of the replication has about 1 MiB and a handful are under way.
 */
const underWayBytesMax = 64 << 20;
const backoffMsMin = 50;
const backoffMsMax = 400;

function unreachable(message: string, cause?: unknown): CastleError {
  return new CastleError("REDIS_UNREACHABLE", message, {}, { cause });
}

export class RedisConnection {
  private readonly options: RedisConnectionOptions;
  private readonly metaKey: string;
  private client: Redis | null = null;
  private lose: ((error: Error) => void) | null = null;
  private readonly pending = new Set<Pending>();
  /** Of this client, also of calls that are overdue: it keeps them until its connection ends. */
  private underWay = { bytes: 0 };
  private heardMs = 0;
  private isSweeping = false;
  private readonly closing = new AbortController();
  private isStarted = false;
  private lastFailure = "";
  /** Resolves with the first connection, or with the error of the first attempt. */
  private readonly first = deferred<void>();

  constructor(options: RedisConnectionOptions) {
    this.options = options;
    this.metaKey = `{castle:${options.shard}}:meta`;
    // Whoever never calls connect() must not be ended by an unhandled rejection.
    this.first.promise.catch(() => undefined);
  }

  get isUsable(): boolean {
    return this.client !== null;
  }

  get underWayBytes(): number {
    return this.underWay.bytes;
  }

  /**
   * Starts connecting, for good. Waits for the first attempt's outcome.
   * @throws CastleError REDIS_TOO_OLD or REDIS_UNREACHABLE; attempts go on nevertheless.
   */
  connect(): Promise<void> {
    if (!this.isStarted) {
      this.isStarted = true;
      void this.stayConnected();
    }
    return this.first.promise;
  }

  /** Unanswered calls fail. */
  close(): void {
    this.closing.abort();
    this.lose?.(unreachable("the connection was closed"));
  }

  private async stayConnected(): Promise<void> {
    let failures = 0;
    while (!this.closing.signal.aborted) {
      const client = this.createClient();
      try {
        const lost = this.watch(client);
        // Both ends of the race must end: a silent server answers nothing.
        await Promise.race([lost, this.establish(client)]);
        failures = 0;
        this.lastFailure = "";
        this.client = client;
        this.first.resolve();
        await lost;
      } catch (error) {
        this.onLost(client, error as Error);
      }
      const delayMs = Math.min(backoffMsMin * 2 ** failures, backoffMsMax);
      failures = Math.min(failures + 1, 10);
      await sleep(delayMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  private createClient(): Redis {
    const client = new Redis(this.options.url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
      retryStrategy: null,
      connectTimeout: this.options.timeoutMs,
    });
    // Without a listener an error of the socket would be thrown.
    client.on("error", () => undefined);
    return client;
  }

  /** Rejects when the connection is over. */
  private watch(client: Redis): Promise<never> {
    const { promise, reject } = deferred<never>();
    this.lose = reject;
    client.once("error", (error) => reject(error));
    client.once("end", () => reject(unreachable("the server closed the connection")));
    promise.catch(() => undefined);
    return promise;
  }

  private async establish(client: Redis): Promise<void> {
    const patienceMs = Math.max(2 * this.options.timeoutMs, 1_000);
    const overdue = AbortSignal.timeout(patienceMs);
    const aborted = new Promise<never>((_, reject) => {
      overdue.addEventListener("abort", () => reject(unreachable("the server does not answer")));
    });
    const work = client.connect().then(() => prepareServer(client, this.options.log));
    await Promise.race([work, aborted]);
  }

  private onLost(client: Redis, error: Error): void {
    this.client = null;
    this.underWay = { bytes: 0 };
    this.lose = null;
    client.disconnect();
    const failure =
      error instanceof CastleError
        ? error
        : unreachable(`Redis cannot be reached: ${error.message}`, error);
    this.first.reject(failure);
    if (!this.closing.signal.aborted && failure.message !== this.lastFailure) {
      this.lastFailure = failure.message;
      this.options.log.warn({ code: failure.code, reason: failure.message }, "redis lost");
    }
    for (const call of this.pending) call.fail(failure);
    this.pending.clear();
  }

  /** Carries out one function of the library. @throws where the answer is an error or none comes. */
  call(name: string, args: readonly Argument[]): Promise<Answer[]> {
    const { promise, resolve, reject } = deferred<Answer[]>();
    const { client, underWay } = this;
    const bytes = args.reduce<number>((sum, value) => sum + byteCountOf(value), 0);
    if (client === null || underWay.bytes + bytes > underWayBytesMax) {
      const reason = client === null ? "there is no connection to Redis" : "Redis is too slow";
      // Not within this turn: whoever calls again on a failure would never let anything else run.
      setImmediate(() => reject(unreachable(reason)));
      return promise;
    }
    underWay.bytes += bytes;
    const nowMs = performance.now();
    if (this.pending.size === 0) this.heardMs = nowMs;
    const call: Pending = { dueMs: nowMs + this.options.timeoutMs, fail: reject };
    this.pending.add(call);
    this.sweepLater();
    const command = new FunctionCall(functionPrefix + name, this.metaKey, args);
    (client.sendCommand(command) as Promise<unknown>).then(
      (answer) => {
        underWay.bytes -= bytes;
        this.settle(call);
        resolve(answer as Answer[]);
      },
      (error: Error) => {
        underWay.bytes -= bytes;
        this.settle(call);
        reject(error);
        // The server became a replica, or lost its functions: connect anew, perhaps elsewhere.
        const isElsewhere = /^READONLY|Function not found/.test(error.message);
        if (isElsewhere && client === this.client) this.lose?.(unreachable(error.message, error));
      },
    );
    return promise;
  }

  private settle(call: Pending): void {
    this.pending.delete(call);
    this.heardMs = performance.now();
  }

  private sweepLater(): void {
    if (this.isSweeping) return;
    this.isSweeping = true;
    setTimeout(() => {
      // After a pause of this process answers wait in the socket: they are read before judging.
      setImmediate(() => {
        this.isSweeping = false;
        this.sweep();
        if (this.pending.size > 0) this.sweepLater();
      });
    }, this.options.timeoutMs / 4).unref();
  }

  private sweep(): void {
    const nowMs = performance.now();
    for (const call of this.pending) {
      if (call.dueMs > nowMs) break;
      this.pending.delete(call);
      call.fail(unreachable("no answer in time"));
      const silentMs = nowMs - this.heardMs;
      if (silentMs >= this.options.timeoutMs) this.lose?.(unreachable("the connection is silent"));
    }
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
