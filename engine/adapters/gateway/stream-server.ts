// StreamServer: WebSockets of the market streams, `/ws/...` (raw) and `/stream` (wrapped), with
// SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS. Unknown stream names are silent, as clients expect.

import type { TemplatedApp, WebSocket } from "uWebSockets.js";
import { CLOSE_POLICY, type Connection, Connections } from "./connections.ts";
import type { GatewayContext } from "./context.ts";
import { parseStreamRequest, StreamFault, type StreamRequest } from "./stream-request.ts";
import type { Topics } from "./stream-topics.ts";

const MESSAGE_BYTES_MAX = 65_536;
const MEGABYTE = 1_048_576;
/** Market data that is a megabyte old is of no use; a thousand dead readers cost a gigabyte, not more. */
const BACKLOG = { bytesSoft: MEGABYTE, bytesMax: 8 * MEGABYTE };
const STREAMS_MAX = 1024;
/** The API allows five a second; the margin is for a burst at the start of a connection. */
const MESSAGES_PER_SECOND_MAX = 20;
const CONNECT_WEIGHT = 2;

export interface StreamConnection extends Connection {
  readonly kind: "stream";
  readonly names: Set<string>;
  isCombined: boolean;
  second: number;
  messagesInSecond: number;
}

type Socket = WebSocket<StreamConnection>;

export class StreamServer {
  readonly connections = new Connections<StreamConnection>(BACKLOG);
  readonly #context: GatewayContext;
  readonly #topics: Topics;

  constructor(context: GatewayContext, topics: Topics) {
    this.#context = context;
    this.#topics = topics;
  }

  listen(app: TemplatedApp): void {
    for (const pattern of ["/ws", "/ws/*", "/stream", "/stream/*"]) this.#listenOn(app, pattern);
  }

  #listenOn(app: TemplatedApp, pattern: string): void {
    app.ws<StreamConnection>(pattern, {
      maxPayloadLength: MESSAGE_BYTES_MAX,
      maxBackpressure: BACKLOG.bytesMax,
      closeOnBackpressureLimit: false,
      // Pings are ours (see Connections); this only ends sockets whose peer vanished in mid-close.
      idleTimeout: 120,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        const { addresses, limits } = this.#context;
        const usage = limits.address(addresses.of(response, request));
        const refused = limits.admit(usage, CONNECT_WEIGHT);
        if (refused !== undefined) {
          response.writeStatus(
            refused.status === 418 ? "418 I'm a teapot" : "429 Too Many Requests",
          );
          response.writeHeader("retry-after", String(refused.retryAfterSeconds ?? 1));
          response.end(refused.toJson());
          return;
        }
        const nowMs = this.#context.clock.nowMs();
        const connection: StreamConnection = {
          kind: "stream",
          usage,
          openedMs: nowMs,
          heardMs: nowMs,
          isOpen: false,
          names: new Set(namesOf(request.getUrl(), request.getQuery("streams"))),
          isCombined: request.getUrl().startsWith("/stream"),
          second: 0,
          messagesInSecond: 0,
        };
        response.upgrade(
          connection,
          request.getHeader("sec-websocket-key"),
          request.getHeader("sec-websocket-protocol"),
          request.getHeader("sec-websocket-extensions"),
          context,
        );
      },
      open: (socket) => {
        this.connections.opened(socket);
        for (const name of socket.getUserData().names) this.#follow(socket, name);
      },
      message: (socket, message) => this.#receive(socket, message),
      dropped: (socket) => this.connections.dropSlow(socket),
      pong: (socket) => {
        socket.getUserData().heardMs = this.#context.clock.nowMs();
      },
      close: (socket) => {
        const connection = socket.getUserData();
        this.connections.closed(socket);
        for (const name of connection.names) {
          const topic = this.#topics.named(name);
          if (topic !== undefined) this.#topics.count(topic, connection.isCombined, -1);
        }
      },
    });
  }

  #follow(socket: Socket, name: string): void {
    const { isCombined } = socket.getUserData();
    const topic = this.#topics.named(name);
    if (topic === undefined) return;
    socket.subscribe(isCombined ? topic.combinedTopic : topic.rawTopic);
    this.#topics.count(topic, isCombined, 1);
  }

  #unfollow(socket: Socket, name: string): void {
    const { isCombined } = socket.getUserData();
    const topic = this.#topics.named(name);
    if (topic === undefined) return;
    socket.unsubscribe(isCombined ? topic.combinedTopic : topic.rawTopic);
    this.#topics.count(topic, isCombined, -1);
  }

  #receive(socket: Socket, message: ArrayBuffer): void {
    const connection = socket.getUserData();
    const nowMs = this.#context.clock.nowMs();
    connection.heardMs = nowMs;
    const second = Math.floor(nowMs / 1000);
    if (connection.second !== second) {
      connection.second = second;
      connection.messagesInSecond = 0;
    }
    connection.messagesInSecond++;
    if (connection.messagesInSecond > MESSAGES_PER_SECOND_MAX) {
      socket.end(CLOSE_POLICY, "too many messages");
      return;
    }
    let reply: string;
    try {
      const request = parseStreamRequest(Buffer.from(message).toString("utf8"));
      reply = `{"result":${this.#carryOut(socket, request)},"id":${request.idJson}}`;
    } catch (cause) {
      if (!(cause instanceof StreamFault)) throw cause;
      reply = cause.toJson();
    }
    if (socket.send(reply) === 2) this.connections.dropSlow(socket);
  }

  #carryOut(socket: Socket, request: StreamRequest): string {
    const connection = socket.getUserData();
    switch (request.method) {
      case "SUBSCRIBE":
        if (connection.names.size + request.streams.length > STREAMS_MAX)
          throw new StreamFault(
            2,
            `Invalid request: too many streams, at most ${STREAMS_MAX}`,
            request.idJson,
          );
        for (const name of request.streams) {
          if (connection.names.has(name)) continue;
          connection.names.add(name);
          this.#follow(socket, name);
        }
        return "null";
      case "UNSUBSCRIBE":
        for (const name of request.streams)
          if (connection.names.delete(name)) this.#unfollow(socket, name);
        return "null";
      case "LIST_SUBSCRIPTIONS":
        return JSON.stringify([...connection.names]);
      case "GET_PROPERTY":
        return String(connection.isCombined);
      case "SET_PROPERTY":
        if (connection.isCombined !== request.isCombined) {
          for (const name of connection.names) this.#unfollow(socket, name);
          connection.isCombined = request.isCombined;
          for (const name of connection.names) this.#follow(socket, name);
        }
        return "null";
    }
  }
}

/** From `/ws/a/b` and `/stream?streams=a/b`. */
function namesOf(path: string, streams: string | undefined): string[] {
  const inPath = path.startsWith("/ws/") ? path.slice(4) : "";
  const names = `${decodeSafely(inPath)}/${decodeSafely(streams ?? "")}`
    .split("/")
    .filter((name) => name !== "");
  return [...new Set(names)].slice(0, STREAMS_MAX);
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
