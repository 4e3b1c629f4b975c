// A small exchange behind any number of WebSocket API gateways, for tests of clients: remembers
// client order ids, answers as the API does, and can be told to fail in the ways gateways fail.

import { createHmac } from "node:crypto";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export type Mood =
  | "well"
  /** Executes, but its answers never leave. */
  | "mute"
  /** Takes in and does nothing, not even pongs: a zone behind a dead network. */
  | "gone"
  /** Executes and answers that it cannot tell (-1007). */
  | "unclear"
  /** Refuses without executing (-2010 balance). */
  | "refusing";

interface FakeOrder {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  status: string;
  origQty: string;
  executedQty: string;
}

type Params = Record<string, string | number | boolean>;

export const FAKE_SECRET = "fake-secret-key-of-at-least-16";

const symbolInfo = (symbol: string) => ({
  symbol,
  status: "TRADING",
  filters: [
    { filterType: "PRICE_FILTER", minPrice: "0.01", maxPrice: "1000000", tickSize: "0.01" },
    { filterType: "LOT_SIZE", minQty: "0.0001", maxQty: "9000", stepSize: "0.0001" },
    { filterType: "NOTIONAL", minNotional: "5" },
  ],
});

export class FakeExchange {
  readonly orders = new Map<string, FakeOrder>();
  /** How often each client order id was asked to be placed, answered or not. */
  readonly placements = new Map<string, number>();
  #orderIds = 0;

  execute(method: string, params: Params, apiKey: string): { result?: unknown; error?: unknown } {
    if (method === "exchangeInfo") {
      return { result: { symbols: JSON.parse(String(params.symbols)).map(symbolInfo) } };
    }
    const id = String(params.newClientOrderId ?? params.origClientOrderId);
    const known = this.orders.get(`${apiKey}/${id}`);
    if (method === "order.place") return this.#place(`${apiKey}/${id}`, id, params, known);
    if (method === "openOrders.status") {
      const open = [...this.orders].filter(
        ([key, o]) => key.startsWith(apiKey) && o.status === "NEW",
      );
      return { result: open.map(([, order]) => order).filter((o) => o.symbol === params.symbol) };
    }
    if (method === "order.status") {
      return known ? { result: known } : { error: { code: -2013, msg: "Order does not exist." } };
    }
    if (known === undefined || known.status !== "NEW") {
      return { error: { code: -2011, msg: "Unknown order sent." } };
    }
    if (method === "order.cancel") known.status = "CANCELED";
    else known.origQty = String(params.newQty);
    return { result: method === "order.cancel" ? { ...known } : { amendedOrder: { ...known } } };
  }

  #place(key: string, id: string, params: Params, known: FakeOrder | undefined) {
    this.placements.set(id, (this.placements.get(id) ?? 0) + 1);
    if (known !== undefined) {
      return { error: { code: -2010, msg: "Duplicate order sent.", order: { ...known } } };
    }
    this.#orderIds += 1;
    const order = {
      orderId: this.#orderIds,
      clientOrderId: id,
      symbol: String(params.symbol),
      status: params.timeInForce === "IOC" ? "EXPIRED" : "NEW",
      origQty: String(params.quantity),
      executedQty: "0.00000000",
    };
    this.orders.set(key, order);
    return { result: { ...order } };
  }
}

export class FakeGateway {
  mood: Mood = "well";
  requests = 0;
  readonly #exchange: FakeExchange;
  readonly #server: WebSocketServer;
  readonly name: string;

  private constructor(name: string, exchange: FakeExchange, server: WebSocketServer) {
    this.name = name;
    this.#exchange = exchange;
    this.#server = server;
    server.on("connection", (webSocket) => {
      webSocket.on("ping", (data) => {
        if (this.mood !== "gone") webSocket.pong(data);
      });
      webSocket.on("message", (data) => this.#onRequest(webSocket, String(data)));
    });
  }

  static async start(name: string, exchange: FakeExchange): Promise<FakeGateway> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, autoPong: false });
    await new Promise((resolve) => server.once("listening", resolve));
    return new FakeGateway(name, exchange, server);
  }

  get endpoint(): { name: string; url: string } {
    const { port } = this.#server.address() as AddressInfo;
    return { name: this.name, url: `ws://127.0.0.1:${port}/ws-api/v3` };
  }

  /** Resets every connection, as a killed process does. */
  reset(): void {
    for (const webSocket of this.#server.clients) webSocket.terminate();
  }

  async stop(): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #onRequest(webSocket: WebSocket, text: string): void {
    this.requests += 1;
    if (this.mood === "gone") return;
    const { id, method, params } = JSON.parse(text);
    if (params.apiKey !== undefined && !isSignedWell(params)) {
      reply(webSocket, id, {
        error: { code: -1022, msg: "Signature for this request is not valid." },
      });
    } else if (this.mood === "refusing" && method !== "order.status") {
      const msg = "Account has insufficient balance for requested action.";
      reply(webSocket, id, { error: { code: -2010, msg } });
    } else {
      const answer = this.#exchange.execute(method, params, params.apiKey);
      if (this.mood === "mute") return;
      const isUnclear = this.mood === "unclear" && method !== "order.status";
      reply(webSocket, id, isUnclear ? { error: { code: -1007, msg: "Timeout." } } : answer);
    }
  }
}

function reply(
  webSocket: WebSocket,
  id: number,
  answer: { result?: unknown; error?: unknown },
): void {
  webSocket.send(JSON.stringify({ id, status: answer.error === undefined ? 200 : 400, ...answer }));
}

function isSignedWell({ signature, ...params }: Params): boolean {
  const text = Object.entries(params)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  return createHmac("sha256", FAKE_SECRET).update(text).digest("hex") === signature;
}
