// One WebSocket to one gateway: requests out, replies matched by id, pings, and when anything was
// last heard. It does not judge itself and does not reconnect: its owner does both.
// A request whose connection is lost gets `undefined` for a reply, exactly once.

import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { WebSocket } from "ws";
import type { Endpoint } from "./endpoints.ts";
import type { Parameters } from "./signer.ts";

/** A report of an order, as the API prints it (only what the client itself reads). */
export interface OrderReport {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly origClientOrderId?: string;
  readonly status?: string;
  readonly origQty?: string;
  /** An amended order's name for `origQty`. */
  readonly qty?: string;
  readonly executedQty?: string;
}

export interface Reply {
  readonly id: number;
  readonly status: number;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly msg: string;
    readonly order?: OrderReport;
    readonly data?: { readonly order?: OrderReport };
  };
}

type OnReply = (reply: Reply | undefined, latencyMs: number) => void;

interface Waiting {
  readonly sentMs: number;
  readonly onReply: OnReply;
}

export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  readonly openTimeoutMs: number;
  readonly now: () => number;
  readonly onOpen: (connection: Connection) => void;
  readonly onClose: (connection: Connection, reason: string) => void;
}

/** An answer larger than this is not one of ours. */
const REPLY_BYTES_MAX = 4 * 1024 * 1024;

export class Connection {
  readonly endpoint: Endpoint;
  state: "opening" | "open" | "closed" = "opening";
  lastHeardMs: number;
  lastPingMs = 0;
  missedInARow = 0;
  missedSinceMs = 0;

  readonly #options: ConnectionOptions;
  readonly #webSocket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #isCorked = false;
  #requests = 0;

  constructor(options: ConnectionOptions) {
    this.endpoint = options.endpoint;
    this.#options = options;
    this.lastHeardMs = options.now();
    this.#webSocket = this.#open();
  }

  /** The returned number is for `forget`. */
  request(method: string, params: Parameters, onReply: OnReply): number {
    this.#requests += 1;
    const id = this.#requests;
    this.#waiting.set(id, { sentMs: this.#options.now(), onReply });
    this.#cork();
    this.#webSocket.send(JSON.stringify({ id, method, params }));
    return id;
  }

  /** Its answer no longer matters. */
  forget(id: number): void {
    this.#waiting.delete(id);
  }

  /** When the request that waits for longest was sent. */
  get oldestSentMs(): number | undefined {
    for (const waiting of this.#waiting.values()) return waiting.sentMs;
    return undefined;
  }

  ping(): void {
    this.lastPingMs = this.#options.now();
    this.#webSocket.ping();
  }

  /** Ends it at once, without a farewell: the other side may be gone. */
  drop(reason: string): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#webSocket.terminate();
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#options.onClose(this, reason);
    for (const waiting of lost) waiting.onReply(undefined, 0);
  }

  #open(): WebSocket {
    const { endpoint, openTimeoutMs } = this.#options;
    const isPlain = endpoint.url.startsWith("ws:");
    const webSocket = new WebSocket(endpoint.url, {
      perMessageDeflate: false,
      handshakeTimeout: openTimeoutMs,
      maxPayload: REPLY_BYTES_MAX,
      // Owning the socket allows all requests of one turn of the event loop to leave in one write.
      ...(isPlain && {
        createConnection: ((options: TcpNetConnectOpts) => {
          this.#socket = connect({ host: options.host ?? "", port: options.port, noDelay: true });
          return this.#socket;
        }) as typeof connect,
      }),
    });
    webSocket.on("open", () => {
      this.state = "open";
      this.lastHeardMs = this.#options.now();
      this.#options.onOpen(this);
    });
    webSocket.on("message", (data) => this.#onMessage(String(data)));
    webSocket.on("pong", () => {
      this.lastHeardMs = this.#options.now();
    });
    webSocket.on("error", (error) => this.drop(error.message));
    webSocket.on("close", (code) => this.drop(`closed with code ${code}`));
    return webSocket;
  }

  #onMessage(text: string): void {
    const nowMs = this.#options.now();
    this.lastHeardMs = nowMs;
    let reply: Reply;
    try {
      reply = JSON.parse(text);
    } catch {
      this.drop("sent something that is not JSON");
      return;
    }
    // Also an answer that came too late to matter shows that this way works.
    this.missedInARow = 0;
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    waiting.onReply(reply, nowMs - waiting.sentMs);
  }

  #cork(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#isCorked) return;
    this.#isCorked = true;
    socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      socket.uncork();
    });
  }
}
