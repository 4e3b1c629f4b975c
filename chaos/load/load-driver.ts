// Drives a flow into the exchange, open loop: every action at its intended time, whether or not the
// earlier ones were answered (no coordinated omission). Only a cancel or reduction waits for its own
// order's acknowledgement, and that wait counts into its latency.
// Invariant: every operation started ends as one record in the ledger.

import { type Acknowledgement, ClientOverloaded, type Trader } from "../../client/index.ts";
import { restingNowhere } from "../../flow/beats.ts";
import type { FlowAction } from "../../flow/flow-action.ts";
import type { HistoryRecorder } from "./history-recorder.ts";
import type { LedgerRecord, LedgerWriter } from "./ledger.ts";
import type { LoadStats } from "./load-stats.ts";
import type { Market } from "./market.ts";

export interface LoadAccount {
  readonly accountId: number;
  readonly trader: Trader;
}

export interface LoadDriverOptions {
  readonly actions: Iterator<FlowAction>;
  readonly accounts: readonly LoadAccount[];
  readonly markets: readonly Market[];
  readonly ledger: LedgerWriter;
  /** Where there is one, orders are asked for now and then, too. */
  readonly recorder: HistoryRecorder | undefined;
  readonly stats: LoadStats;
  readonly durationMs: number;
  readonly now: () => number;
}

type Change = Extract<FlowAction, { kind: "cancel" | "reduce" }>;

/** An order of the flow that may still be changed. */
interface LiveOrder {
  readonly account: LoadAccount;
  readonly market: Market;
  readonly clientOrderId: string;
  quantityLots: number;
  isAcknowledged: boolean;
  /** What the flow asked for before the order was acknowledged. */
  readonly waiting: Change[];
}

/** Prime, so that all kinds of operations are followed by a query. */
const ORDER_QUERY_EVERY = 11;
/** Its answer has hundreds of orders. */
const OPEN_ORDERS_QUERY_EVERY = 101;
/** Actions sent in one turn before the sockets are looked after again. */
const TURN_ACTIONS_MAX = 256;

export class LoadDriver {
  readonly #options: LoadDriverOptions;
  readonly #live = new Map<number, LiveOrder>();
  /** Outcomes to be asked for again when all is calm. */
  readonly doubtful: { readonly account: LoadAccount; readonly record: LedgerRecord }[] = [];
  #startMs = 0;
  #pending = 0;
  #takes = 0;
  #settledCount = 0;
  #lists = 0;
  #isStopped = false;

  constructor(options: LoadDriverOptions) {
    this.#options = options;
  }

  get stats(): LoadStats {
    return this.#options.stats;
  }

  get pending(): number {
    return this.#pending;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when the flow has ended, or was stopped; what is under way may not be settled yet. */
  async run(startMs: number): Promise<void> {
    const { actions, durationMs, now, stats } = this.#options;
    this.#startMs = startMs;
    let next = actions.next();
    while (!this.#isStopped && next.done !== true && next.value.atMs < durationMs) {
      const waitMs = startMs + next.value.atMs - now();
      if (waitMs > 0) await new Promise((resume) => setTimeout(resume, waitMs));
      for (let turn = 0; turn < TURN_ACTIONS_MAX && next.done !== true; turn += 1) {
        const lagMs = now() - startMs - next.value.atMs;
        if (lagMs < 0 || next.value.atMs >= durationMs) break;
        stats.lag(lagMs);
        this.#act(next.value);
        next = actions.next();
      }
      await new Promise(setImmediate);
    }
  }

  /** One immediate-or-cancel order far below the market, now. */
  nudge(): void {
    const market = this.#options.markets[0] as Market;
    const atMs = this.#options.now() - this.#startMs;
    this.#act({ kind: "take", atMs, side: "buy", ...restingNowhere(market.midTicks) });
  }

  /** Resolves when nothing is under way any more, at the latest after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    const { now } = this.#options;
    const untilMs = now() + timeoutMs;
    while (this.#pending > 0 && now() < untilMs) {
      await new Promise((resume) => setTimeout(resume, 10));
    }
  }

  #act(action: FlowAction): void {
    const market = this.#options.markets[action.instrument];
    if (market === undefined) throw new Error(`the flow names instrument ${action.instrument}`);
    if (action.kind === "add" || action.kind === "take") this.#place(action, market);
    else {
      const order = this.#live.get(action.orderKey);
      if (order === undefined) this.#options.stats.skipped += 1;
      else if (!order.isAcknowledged) order.waiting.push(action);
      else this.#change(action, order);
    }
  }

  #place(action: Extract<FlowAction, { kind: "add" | "take" }>, market: Market): void {
    const { accounts } = this.#options;
    if (action.kind === "take") this.#takes += 1;
    const turn = action.kind === "add" ? action.orderKey : this.#takes;
    const account = accounts[turn % accounts.length] as LoadAccount;
    const clientOrderId = account.trader.newClientOrderId();
    const order: LiveOrder = {
      account,
      market,
      clientOrderId,
      quantityLots: action.quantityLots,
      isAcknowledged: false,
      waiting: [],
    };
    if (action.kind === "add") this.#live.set(action.orderKey, order);
    const quantity = market.quantity(action.quantityLots);
    const send = () =>
      account.trader.place({
        symbol: market.symbol,
        side: action.side === "buy" ? "BUY" : "SELL",
        type: "LIMIT",
        timeInForce: action.kind === "add" ? "GTC" : "IOC",
        price: market.price(action.priceTicks),
        quantity,
        clientOrderId,
        intendedMs: this.#startMs + action.atMs,
      });
    this.#start("place", action, order, { quantity, send });
  }

  #change(action: Change, order: LiveOrder): void {
    const { account, market, clientOrderId } = order;
    const change = {
      symbol: market.symbol,
      clientOrderId,
      intendedMs: this.#startMs + action.atMs,
    };
    if (action.kind === "cancel" || action.reduceLots >= order.quantityLots) {
      this.#live.delete(action.orderKey);
      const send = () => account.trader.cancel(change);
      this.#start("cancel", action, order, { quantity: undefined, send });
      return;
    }
    order.quantityLots -= action.reduceLots;
    const quantity = market.quantity(order.quantityLots);
    const send = () => account.trader.reduce({ ...change, newQuantity: quantity });
    this.#start("reduce", action, order, { quantity, send });
  }

  #start(
    kind: Acknowledgement["kind"],
    action: FlowAction,
    order: LiveOrder,
    request: {
      readonly quantity: string | undefined;
      readonly send: () => Promise<Acknowledgement>;
    },
  ): void {
    const { stats, now, recorder } = this.#options;
    const { accountId } = order.account;
    const asked = { accountId, symbol: order.market.symbol, invokedMs: now() };
    this.#pending += 1;
    stats.sent += 1;
    try {
      void request.send().then((acknowledgement) => {
        recorder?.change(asked, acknowledgement, request);
        this.#settled(action, order, acknowledgement);
        this.#askNowAndThen(order);
      });
    } catch (error) {
      if (!(error instanceof ClientOverloaded)) throw error;
      this.#unsent(kind, action, order);
    }
  }

  /** What was just told must be seen by whoever asks next, through whichever gateway. */
  #askNowAndThen({ account, market, clientOrderId }: LiveOrder): void {
    const { recorder, now, accounts, markets } = this.#options;
    this.#settledCount += 1;
    if (recorder === undefined || this.#isStopped) return;
    const turn = this.#settledCount;
    if (turn % ORDER_QUERY_EVERY === 0) {
      const asked = { accountId: account.accountId, symbol: market.symbol, invokedMs: now() };
      const told = account.trader.query({ symbol: market.symbol, clientOrderId });
      this.#awaitAnswer(told, (answer) => recorder.order(asked, clientOrderId, answer));
    }
    if (turn % OPEN_ORDERS_QUERY_EVERY === 0) {
      const asking = accounts[this.#lists % accounts.length] as LoadAccount;
      const { symbol } = markets[
        Math.floor(this.#lists / accounts.length) % markets.length
      ] as Market;
      this.#lists += 1;
      const asked = { accountId: asking.accountId, symbol, invokedMs: now() };
      const own = asking.trader.openOrders(symbol);
      this.#awaitAnswer(own, (answer) => recorder.openOrders(asked, answer));
    }
  }

  #awaitAnswer<T>(told: Promise<T>, record: (answer: T) => void): void {
    this.#pending += 1;
    void told.then((answer) => {
      this.#pending -= 1;
      record(answer);
    });
  }

  #settled(action: FlowAction, order: LiveOrder, acknowledgement: Acknowledgement): void {
    const { accountId } = order.account;
    const record: LedgerRecord = { ...acknowledgement, accountId };
    this.#record(record);
    if (record.outcome === "unknown" || record.inDoubt)
      this.doubtful.push({ account: order.account, record });
    if (action.kind !== "add") return;
    order.isAcknowledged = true;
    const isOpen = record.status === "NEW" || record.status === "PARTIALLY_FILLED";
    if (isOpen) for (const change of order.waiting) this.#change(change, order);
    else {
      this.#live.delete(action.orderKey);
      this.#options.stats.skipped += order.waiting.length;
    }
  }

  #unsent(kind: Acknowledgement["kind"], action: FlowAction, order: LiveOrder): void {
    this.#options.stats.unsent += 1;
    if (action.kind === "add") this.#live.delete(action.orderKey);
    const intendedMs = this.#startMs + action.atMs;
    this.#record({
      kind,
      accountId: order.account.accountId,
      symbol: order.market.symbol,
      clientOrderId: order.clientOrderId,
      outcome: "unsent",
      inDoubt: false,
      orderId: 0,
      status: "",
      errorCode: 0,
      intendedMs,
      firstSentMs: 0,
      acknowledgedMs: this.#options.now(),
      attempts: 0,
      via: "",
      learnedBy: "none",
    });
  }

  #record(record: LedgerRecord): void {
    this.#pending -= 1;
    this.#options.ledger.append(record);
    this.#options.stats.settled(record);
  }
}
