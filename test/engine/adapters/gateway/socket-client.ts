// SocketClient: a WebSocket of a test: requests with ids, answers by id, everything else in order.

import { WebSocket } from "ws";
import { payloadOf } from "../../../../engine/adapters/gateway/api-call.ts";
import { type Harness, sign, type Trader } from "./harness.ts";

// biome-ignore lint/suspicious/noExplicitAny: a message is whatever JSON the gateway sent
export type Message = any;

export class SocketClient {
  readonly socket: WebSocket;
  /** Messages that no request waited for. */
  readonly events: Message[] = [];
  closeCode: number | undefined;
  readonly #answers = new Map<unknown, (message: Message) => void>();
  #waiting: { isEnough: () => boolean; resolve: () => void }[] = [];
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => this.#receive(JSON.parse(data.toString("utf8"))));
    socket.on("close", (code) => {
      this.closeCode = code;
      this.#check();
    });
  }

  static async open(url: string): Promise<SocketClient> {
    const client = new SocketClient(new WebSocket(url, { rejectUnauthorized: false }));
    await new Promise((resolve, reject) => {
      client.socket.on("open", resolve);
      client.socket.on("error", reject);
    });
    return client;
  }

  #receive(message: Message): void {
    const answer = this.#answers.get(message.id);
    if (answer !== undefined && message.id !== undefined) {
      this.#answers.delete(message.id);
      answer(message);
    } else this.events.push(message);
    this.#check();
  }

  #check(): void {
    this.#waiting = this.#waiting.filter(({ isEnough, resolve }) => {
      if (!isEnough()) return true;
      resolve();
      return false;
    });
  }

  /** Once what was received fulfils it. */
  until(isEnough: () => boolean): Promise<void> {
    if (isEnough()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isEnough, resolve }));
  }

  async closed(): Promise<number> {
    await this.until(() => this.closeCode !== undefined);
    return this.closeCode as number;
  }

  request(method: string, params?: unknown, id: unknown = this.#nextId++): Promise<Message> {
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  signed(
    harness: Harness,
    trader: Trader,
    request: { method: string; params?: Record<string, unknown> },
  ): Promise<Message> {
    const timestamp = Math.floor(harness.clock.nowMs());
    const params: Record<string, unknown> = {
      apiKey: trader.apiKey,
      timestamp,
      ...request.params,
    };
    params.signature = sign(payloadOf(params), trader);
    return this.request(request.method, params);
  }

  close(): void {
    this.socket.terminate();
  }
}
