// One account's view of the client: place, cancel, reduce, query. Client order ids are made here,
// unique in time and chance, so that an id names one order for ever.

import { randomBytes } from "node:crypto";
import type { OrderReport } from "./connection.ts";
import type { Acknowledgement } from "./operation.ts";
import { type Parameters, Signer } from "./signer.ts";
import type { TradingClient } from "./trading-client.ts";

export interface TraderOptions {
  readonly apiKey: string;
  readonly secretKey: string;
  /** From the intended time on; afterwards the client only asks what became of it. */
  readonly deadlineMs?: number;
  /** After the deadline, for finding out. */
  readonly findOutMs?: number;
  readonly recvWindowMs?: number;
}

export interface NewOrder {
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly type: "LIMIT" | "LIMIT_MAKER" | "MARKET";
  readonly timeInForce?: "GTC" | "IOC" | "FOK";
  /** Decimals as the API wants them. */
  readonly price?: string;
  readonly quantity: string;
  readonly clientOrderId?: string;
  /** When it was meant to be sent; now, where absent. */
  readonly intendedMs?: number;
}

export interface OrderChange {
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly intendedMs?: number;
}

export class Trader {
  readonly #client: TradingClient;
  readonly #signer: Signer;
  readonly #deadlineMs: number;
  readonly #findOutMs: number;
  /** 48 random bits a trader, then a count. */
  readonly #idPrefix = randomBytes(6).toString("hex");
  #ids = 0;

  constructor(client: TradingClient, options: TraderOptions) {
    this.#client = client;
    this.#signer = new Signer({
      apiKey: options.apiKey,
      secretKey: options.secretKey,
      recvWindowMs: options.recvWindowMs ?? 10_000,
    });
    this.#deadlineMs = options.deadlineMs ?? 5000;
    this.#findOutMs = options.findOutMs ?? 5000;
  }

  newClientOrderId(): string {
    this.#ids += 1;
    return `${this.#idPrefix}-${this.#ids.toString(36)}`;
  }

  place(order: NewOrder): Promise<Acknowledgement> {
    const clientOrderId = order.clientOrderId ?? this.newClientOrderId();
    const params: Parameters = {
      symbol: order.symbol,
      side: order.side,
      type: order.type,
      quantity: order.quantity,
      newClientOrderId: clientOrderId,
      newOrderRespType: "RESULT",
    };
    if (order.timeInForce !== undefined) params.timeInForce = order.timeInForce;
    if (order.price !== undefined) params.price = order.price;
    return this.#run("place", "order.place", params, { ...order, clientOrderId });
  }

  cancel(change: OrderChange): Promise<Acknowledgement> {
    const params = { symbol: change.symbol, origClientOrderId: change.clientOrderId };
    return this.#run("cancel", "order.cancel", params, change);
  }

  /** The order keeps its place; `newQuantity` is its whole size, what was executed included. */
  reduce(change: OrderChange & { readonly newQuantity: string }): Promise<Acknowledgement> {
    const params = {
      symbol: change.symbol,
      origClientOrderId: change.clientOrderId,
      newQty: change.newQuantity,
    };
    return this.#run("reduce", "order.amend.keepPriority", params, change);
  }

  /** `"absent"`: the exchange has no such order. `"unknown"`: nobody could tell in time. */
  async query(change: OrderChange): Promise<OrderReport | "absent" | "unknown"> {
    const reply = await this.#ask("order.status", {
      symbol: change.symbol,
      origClientOrderId: change.clientOrderId,
    });
    if (reply?.error?.code === -2013) return "absent";
    return reply?.error === undefined && reply !== undefined
      ? (reply.result as OrderReport)
      : "unknown";
  }

  /** `undefined` where nobody could tell in time. */
  async openOrders(symbol: string): Promise<readonly OrderReport[] | undefined> {
    const reply = await this.#ask("openOrders.status", { symbol });
    return reply?.error === undefined ? (reply?.result as OrderReport[] | undefined) : undefined;
  }

  #ask(method: string, params: Parameters) {
    const deadlineMs = this.#client.now() + this.#findOutMs;
    return this.#client.ask({ method, params, signer: this.#signer, deadlineMs });
  }

  #run(
    kind: Acknowledgement["kind"],
    method: string,
    params: Parameters,
    change: OrderChange,
  ): Promise<Acknowledgement> {
    const nowMs = this.#client.now();
    const deadlineMs = nowMs + this.#deadlineMs;
    return this.#client.run({
      kind,
      method,
      params,
      signer: this.#signer,
      symbol: change.symbol,
      clientOrderId: change.clientOrderId,
      intendedMs: change.intendedMs ?? nowMs,
      deadlineMs,
      giveUpMs: deadlineMs + this.#findOutMs,
    });
  }
}
