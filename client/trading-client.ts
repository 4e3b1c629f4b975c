// Carries operations to the exchange and settles each exactly once: sends, hedges through the other
// gateway, asks after the deadline, as `retry-policy.ts` decides. One client serves any number of
// accounts over one pair of connections, since every request is signed for itself.
// Bounds: operations under way, attempts of each, the time of each, and what hedging may add.

import { classify } from "./api-errors.ts";
import type { BackoffOptions } from "./backoff.ts";
import { wallClockMs } from "./clock.ts";
import type { Connection, OrderReport, Reply } from "./connection.ts";
import { type Endpoint, EndpointPool } from "./endpoints.ts";
import { HedgeBudget } from "./hedge-budget.ts";
import { LatencyEstimate } from "./latency-estimate.ts";
import {
  type Acknowledgement,
  type Attempt,
  Operation,
  type OperationRequest,
} from "./operation.ts";
import { interpretQuery } from "./query-answer.ts";
import { decide } from "./retry-policy.ts";
import { type ConnectionChange, WarmPair } from "./warm-pair.ts";

export interface TradingClientOptions {
  /** The gateways of all zones; two or more, for there to be another way. */
  readonly endpoints: readonly Endpoint[];
  /** A request not answered for so long is sent again; grows with the latency seen. */
  readonly hedgeAfterMs?: number;
  readonly pingEveryMs?: number;
  readonly silentAfterMs?: number;
  readonly openTimeoutMs?: number;
  /** Operations under way at once; more are refused locally. */
  readonly operationsMax?: number;
  readonly reconnect?: BackoffOptions;
  readonly onConnection?: (change: ConnectionChange) => void;
  readonly now?: () => number;
  /** In [0, 1): jitter. */
  readonly chance?: () => number;
}

/** Too many operations wait already: nothing was sent. */
export class ClientOverloaded extends Error {
  readonly code = "CLIENT_OVERLOADED";
}

/** Signed where it is about an account. */
export interface Question {
  readonly method: string;
  readonly params: OperationRequest["params"];
  readonly signer?: OperationRequest["signer"];
}

/** A fifteenth of the least hedging delay; each wake-up costs system calls. */
const TICK_MS = 10;
/** Before the next attempt after an answer that told nothing. */
const RESEND_AFTER_MS = 20;
const HEDGE_AFTER_MS_MOST = 1000;
/** The stock covers a dead gateway's requests of half a second at 800/s; a tenth more otherwise. */
const BUDGET = { share: 0.1, perS: 50, stock: 400 };

export class TradingClient {
  readonly now: () => number;
  readonly #pair: WarmPair;
  readonly #estimate: LatencyEstimate;
  readonly #budget: HedgeBudget;
  readonly #operations = new Set<Operation>();
  readonly #operationsMax: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TradingClientOptions) {
    this.now = options.now ?? wallClockMs;
    this.#operationsMax = options.operationsMax ?? 50_000;
    this.#budget = new HedgeBudget(BUDGET, this.now());
    this.#estimate = new LatencyEstimate({
      leastMs: options.hedgeAfterMs ?? 150,
      mostMs: HEDGE_AFTER_MS_MOST,
    });
    this.#pair = new WarmPair({
      pool: new EndpointPool(
        options.endpoints,
        options.reconnect ?? { firstMs: 100, mostMs: 2000 },
        options.chance ?? Math.random,
      ),
      // Eight pings of the default interval.
      limits: { silentAfterMs: options.silentAfterMs ?? 400, missedMax: 20 },
      pingEveryMs: options.pingEveryMs ?? 50,
      openTimeoutMs: options.openTimeoutMs ?? 1000,
      now: this.now,
      onChange: (change) => options.onConnection?.(change),
    });
    this.#loop();
  }

  get pendingCount(): number {
    return this.#operations.size;
  }

  /** Connections that stand now: two when all is well. */
  get openCount(): number {
    return this.#pair.openCount;
  }

  get hedgeAfterMs(): number {
    return this.#estimate.hedgeAfterMs;
  }

  /** Sends at once, in the order of the calls. Settles always; never rejects. */
  run(request: OperationRequest): Promise<Acknowledgement> {
    if (this.#operations.size >= this.#operationsMax) {
      throw new ClientOverloaded(`${this.#operationsMax} operations wait already`);
    }
    return new Promise((resolve) => {
      const operation = new Operation(request, resolve);
      this.#operations.add(operation);
      this.#budget.earn(this.now());
      this.#step(operation);
    });
  }

  /** One question, asked again through other connections until `deadlineMs`; `undefined` then. */
  async ask(request: Question & { readonly deadlineMs: number }) {
    while (this.now() < request.deadlineMs) {
      const reply = await this.#askOnce(request);
      if (reply !== undefined && reply.status < 500) return reply;
      await new Promise((resume) => setTimeout(resume, RESEND_AFTER_MS));
    }
    return undefined;
  }

  /** Drops the connections. What is under way settles as unknown. */
  close(): void {
    clearTimeout(this.#timer);
    for (const operation of [...this.#operations]) this.#settle(operation, "unknown", true);
    this.#pair.close();
  }

  #askOnce(request: Question) {
    const connection = this.#pair.choose([], this.hedgeAfterMs);
    if (connection === undefined) return Promise.resolve(undefined);
    return new Promise<Reply | undefined>((resolve) => {
      const params = request.signer?.sign(request.params, this.now()) ?? request.params;
      const id = connection.request(request.method, params, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      const timer = setTimeout(() => {
        connection.forget(id);
        resolve(undefined);
      }, 4 * this.hedgeAfterMs);
    });
  }

  #loop(): void {
    this.#timer = setTimeout(
      () => {
        const hasStalled = this.#pair.tick(this.#estimate.hedgeAfterMs);
        const nowMs = this.now();
        for (const operation of this.#operations) {
          if (hasStalled || operation.wakeMs <= nowMs) this.#step(operation);
        }
        this.#loop();
        // Aligned to the clock: all clients of a process wake it once.
      },
      TICK_MS - (this.now() % TICK_MS),
    );
  }

  #step(operation: Operation): void {
    if (operation.isSettled) return;
    const nowMs = this.now();
    const hedgeAfterMs = this.#estimate.hedgeAfterMs;
    const { busy } = operation;
    const fresh = this.#pair.choose(busy, hedgeAfterMs);
    const paths = {
      hasOpen: this.#pair.hasOpen,
      hasFresh: fresh !== undefined && this.#pair.isInOrder(fresh, hedgeAfterMs),
      isStalled:
        fresh !== undefined &&
        !this.#pair.isStalled(fresh) &&
        busy.every((one) => this.#pair.isStalled(one)),
      hedgeAfterMs,
      isBudgetSpent: this.#budget.isSpent(nowMs),
    };
    const action = decide(operation, paths, nowMs);
    if (action.kind === "wait") operation.wakeMs = action.untilMs;
    else if (action.kind === "settle") this.#settle(operation, action.outcome, action.inDoubt);
    else if (action.kind === "query") this.#query(operation, nowMs);
    else this.#send(operation, nowMs);
  }

  #send(operation: Operation, nowMs: number): void {
    const hedgeAfterMs = this.#estimate.hedgeAfterMs;
    const connection =
      this.#pair.choose(operation.fruitless, hedgeAfterMs) ??
      this.#pair.choose(operation.busy, hedgeAfterMs);
    if (connection === undefined) return;
    if (operation.attempts > 0) this.#budget.spend();
    operation.attempts += 1;
    operation.lastSentMs = nowMs;
    if (operation.firstSentMs === 0) operation.firstSentMs = nowMs;
    const { method, params } = operation.request;
    this.#attempt(operation, connection, { method, params, isQuery: false });
  }

  #query(operation: Operation, nowMs: number): void {
    const connection = this.#pair.choose([], this.#estimate.hedgeAfterMs);
    if (connection === undefined) return;
    operation.queries += 1;
    operation.lastQueryMs = nowMs;
    const { symbol, clientOrderId } = operation.request;
    const params = { symbol, origClientOrderId: clientOrderId };
    this.#attempt(operation, connection, { method: "order.status", params, isQuery: true });
  }

  #attempt(
    operation: Operation,
    connection: Connection,
    what: { method: string; params: OperationRequest["params"]; isQuery: boolean },
  ): void {
    const params = operation.request.signer.sign(what.params, this.now());
    const requestId = connection.request(what.method, params, (reply, latencyMs) => {
      if (reply !== undefined) this.#estimate.observe(latencyMs);
      this.#absorb(operation, attempt, reply);
    });
    const attempt: Attempt = {
      connection,
      requestId,
      isQuery: what.isQuery,
      isAnswered: false,
      isLost: false,
    };
    operation.sends.push(attempt);
    operation.wakeMs = 0;
  }

  /** Takes in what came back on one attempt, then decides anew. */
  #absorb(operation: Operation, attempt: Attempt, reply: Reply | undefined): void {
    if (operation.isSettled) return;
    if (reply === undefined) attempt.isLost = true;
    else {
      attempt.isAnswered = true;
      operation.answeredBy = attempt.connection;
      if (attempt.isQuery) this.#absorbQuery(operation, reply);
      else this.#absorbAnswer(operation, attempt, reply);
    }
    this.#step(operation);
  }

  #absorbAnswer(operation: Operation, attempt: Attempt, reply: Reply): void {
    if (reply.error === undefined) {
      operation.report = reportOf(reply.result);
      operation.learnedBy = "answer";
      return;
    }
    const fault = classify(reply.status, reply.error.code, reply.error.msg);
    const existing = reply.error.order ?? reply.error.data?.order;
    if (fault.kind === "duplicate" && existing !== undefined) {
      operation.report = existing;
      operation.learnedBy = "duplicate";
      return;
    }
    if (fault.kind === "unclear" || fault.kind === "retryable") {
      // The exchange does not know either: this attempt may have been, or yet be, executed.
      if (fault.kind === "unclear") {
        attempt.isAnswered = false;
        attempt.isLost = true;
      }
      operation.resendAtMs = this.now() + RESEND_AFTER_MS;
      return;
    }
    // A duplicate without a report: the query that follows brings the report.
    operation.rejection = fault.kind === "duplicate" ? { ...fault, kind: "unknownOrder" } : fault;
  }

  #absorbQuery(operation: Operation, reply: Reply): void {
    const found = interpretQuery(operation.request, reply);
    if (found.kind === "done") {
      operation.report = found.report;
      operation.learnedBy = "query";
    } else if (found.kind === "notDone") operation.isFoundAbsent = true;
  }

  #settle(operation: Operation, outcome: Acknowledgement["outcome"], inDoubt: boolean): void {
    operation.isSettled = true;
    this.#operations.delete(operation);
    for (const attempt of operation.sends) {
      if (attempt.isAnswered || attempt.isLost) continue;
      attempt.connection.forget(attempt.requestId);
      if (!attempt.isQuery) this.#pair.missed(attempt.connection, operation.answeredBy);
    }
    operation.resolve(operation.acknowledgement(outcome, inDoubt, this.now()));
  }
}

/** An amendment wraps the order's report. */
function reportOf(result: unknown): OrderReport {
  const report = result as OrderReport & { readonly amendedOrder?: OrderReport };
  return report.amendedOrder ?? report;
}
