// ApiServer: the WebSocket API on `/ws-api/v3`. One request a text frame, answers in the order in which
// they are known, user data events in between.

import type { TemplatedApp, WebSocket } from "uWebSockets.js";
import { ApiCall } from "./api-call.ts";
import { type ApiError, apiErrors } from "./api-error.ts";
import { type ApiConnection, ApiSocket, Outbox } from "./api-socket.ts";
import type { Route } from "./call.ts";
import { Connections } from "./connections.ts";
import type { GatewayContext } from "./context.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { Params, type RawParams } from "./params.ts";
import { idJsonOf } from "./stream-request.ts";
import type { UserStreams } from "./user-streams.ts";

const MESSAGE_BYTES_MAX = 65_536;
const MEGABYTE = 1_048_576;
/** Answers must not be lost lightly: ten thousand may wait for a client that pauses. */
const BACKLOG = { bytesSoft: 8 * MEGABYTE, bytesMax: 32 * MEGABYTE };
const CONNECT_WEIGHT = 2;

export class ApiServer {
  readonly connections = new Connections<ApiConnection>(BACKLOG);
  readonly #context: GatewayContext;
  readonly #dispatcher: Dispatcher;
  readonly #userStreams: UserStreams;
  readonly #outbox = new Outbox();
  readonly #routes = new Map<string, Route>();

  constructor(
    context: GatewayContext,
    dispatcher: Dispatcher,
    routes: readonly Route[],
    userStreams: UserStreams,
  ) {
    this.#context = context;
    this.#dispatcher = dispatcher;
    this.#userStreams = userStreams;
    for (const route of routes)
      if (route.method !== undefined) {
        this.#routes.set(route.method, route);
        this.#routes.set(`v3/${route.method}`, route);
      }
  }

  listen(app: TemplatedApp): void {
    const { addresses, limits, clock } = this.#context;
    app.ws<ApiConnection>("/ws-api/v3", {
      maxPayloadLength: MESSAGE_BYTES_MAX,
      maxBackpressure: BACKLOG.bytesMax,
      closeOnBackpressureLimit: false,
      idleTimeout: 120,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        const usage = limits.address(addresses.of(response, request));
        const refused =
          limits.admit(usage, CONNECT_WEIGHT) ?? unreadable(request.getQuery("responseFormat"));
        if (refused !== undefined) {
          response.writeStatus(String(refused.status));
          response.writeHeader("content-type", "application/json;charset=UTF-8");
          response.end(refused.toJson());
          return;
        }
        const nowMs = clock.nowMs();
        const connection: ApiConnection = {
          kind: "api",
          usage,
          openedMs: nowMs,
          heardMs: nowMs,
          isOpen: false,
          returnsRateLimits: request.getQuery("returnRateLimits") !== "false",
          isMicroseconds: request.getQuery("timeUnit")?.toUpperCase() === "MICROSECOND",
          socket: undefined,
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
        socket.getUserData().socket = new ApiSocket(socket, this.#outbox, this.connections);
      },
      message: (socket, message) => this.#receive(socket, message),
      dropped: (socket) => this.connections.dropSlow(socket),
      pong: (socket) => {
        socket.getUserData().heardMs = clock.nowMs();
      },
      close: (socket) => {
        const connection = socket.getUserData();
        this.connections.closed(socket);
        if (connection.socket === undefined) return;
        connection.socket.isOpen = false;
        this.#userStreams.unsubscribe(connection.socket);
      },
    });
  }

  #receive(webSocket: WebSocket<ApiConnection>, message: ArrayBuffer): void {
    const connection = webSocket.getUserData();
    const { socket } = connection;
    if (socket === undefined) return;
    const { limits, clock, log } = this.#context;
    connection.heardMs = clock.nowMs();
    const text = Buffer.from(message).toString("utf8");
    const request = readRequest(text);
    const params = new Params(request.params);
    const call = new ApiCall({ socket, idJson: request.idJson, text, params }, { limits, clock });
    if (request.error !== undefined) {
      call.fail(limits.admit(socket.usage, 1) ?? request.error);
      return;
    }
    const route = this.#routes.get(request.method);
    if (route === undefined) {
      call.fail(limits.admit(socket.usage, 1) ?? apiErrors.unknownMethod());
      return;
    }
    log.debug({ method: request.method }, "request");
    this.#dispatcher.run(route, call);
  }
}

interface ReadRequest {
  readonly idJson: string;
  readonly method: string;
  readonly params: RawParams;
  readonly error?: ApiError;
}

function readRequest(text: string): ReadRequest {
  const none = { idJson: "null", method: "", params: {} };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ...none, error: apiErrors.badJson("the message is not JSON") };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { ...none, error: apiErrors.badJson("a request is one JSON object") };
  const { id, method, params } = value as { id?: unknown; method?: unknown; params?: unknown };
  const idJson = idJsonOf(id);
  if (idJson === undefined)
    return {
      ...none,
      error: apiErrors.badJson("id: an integer, a string of at most 36 characters, or null"),
    };
  if (typeof method !== "string") return { ...none, idJson, error: apiErrors.missing("method") };
  if (params === undefined || params === null) return { idJson, method, params: {} };
  if (typeof params !== "object" || Array.isArray(params))
    return { ...none, idJson, error: apiErrors.badJson("params is a JSON object") };
  return { idJson, method, params: params as RawParams };
}

function unreadable(responseFormat: string | undefined): ApiError | undefined {
  if (responseFormat === undefined || responseFormat.toLowerCase() === "json") return undefined;
  return apiErrors.badData("responseFormat", "only json is offered");
}
