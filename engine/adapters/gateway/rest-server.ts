// RestServer: HTTP requests to calls. Reads query, headers and body (bounded), finds the route and hands
// over to the dispatcher. A request that cannot be read is answered with the API's error.

import type { HttpRequest, HttpResponse, TemplatedApp } from "uWebSockets.js";
import { ApiError, apiErrors } from "./api-error.ts";
import type { Route } from "./call.ts";
import type { GatewayContext } from "./context.ts";
import { apiErrorOf, type Dispatcher } from "./dispatcher.ts";
import { Params } from "./params.ts";
import { parseQuery } from "./query-string.ts";
import { RestCall } from "./rest-call.ts";

/** Far above any order; a longer body is an attack or a mistake. */
const BODY_BYTES_MAX = 65_536;

interface Head {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly apiKey: string;
  readonly isMicroseconds: boolean;
  readonly ip: string;
}

export class RestServer {
  readonly #context: GatewayContext;
  readonly #dispatcher: Dispatcher;
  readonly #routes = new Map<string, Route>();

  constructor(context: GatewayContext, dispatcher: Dispatcher, routes: readonly Route[]) {
    this.#context = context;
    this.#dispatcher = dispatcher;
    for (const route of routes) if (route.rest !== undefined) this.#routes.set(route.rest, route);
  }

  listen(app: TemplatedApp): void {
    app.any("/*", (response, request) => this.#receive(response, request));
  }

  #receive(response: HttpResponse, request: HttpRequest): void {
    const head: Head = {
      method: request.getCaseSensitiveMethod(),
      path: request.getUrl(),
      query: request.getQuery() ?? "",
      apiKey: request.getHeader("x-mbx-apikey"),
      isMicroseconds: request.getHeader("x-mbx-time-unit").toUpperCase() === "MICROSECOND",
      ip: this.#context.addresses.of(response, request),
    };
    let call: RestCall | undefined;
    let isAborted = false;
    response.onAborted(() => {
      isAborted = true;
      if (call !== undefined) call.isSettled = true;
    });
    if (head.method === "GET" || head.method === "HEAD") {
      call = this.#begin(response, head, "");
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.onData((chunk, isLast) => {
      if (isAborted || call !== undefined) return;
      bytes += chunk.byteLength;
      if (bytes > BODY_BYTES_MAX) {
        isAborted = true;
        refuse(response, apiErrors.tooLarge(BODY_BYTES_MAX));
        return;
      }
      // uWebSockets.js takes the memory back when this returns: keep a copy.
      chunks.push(Buffer.from(new Uint8Array(chunk)));
      if (isLast) call = this.#begin(response, head, Buffer.concat(chunks).toString("utf8"));
    });
  }

  #begin(response: HttpResponse, head: Head, body: string): RestCall {
    const { limits, clock, log } = this.#context;
    const usage = limits.address(head.ip);
    const { apiKey, isMicroseconds } = head;
    const services = { limits, clock };
    log.debug({ method: head.method, path: head.path }, "request");
    try {
      const query = parseQuery(head.query);
      const form = parseQuery(body.trim());
      const params = new Params(body === "" ? query.values : { ...form.values, ...query.values });
      const request = {
        apiKey,
        isMicroseconds,
        usage,
        params,
        payload: query.payload + form.payload,
      };
      const call = new RestCall(response, request, services);
      const route = this.#routes.get(`${head.method} ${head.path}`);
      if (route === undefined) call.fail(limits.admit(usage, 1) ?? this.#unknown(head));
      else this.#dispatcher.run(route, call);
      return call;
    } catch (cause) {
      const params = new Params({});
      const call = new RestCall(
        response,
        { apiKey, isMicroseconds, usage, params, payload: "" },
        services,
      );
      call.fail(limits.admit(usage, 1) ?? apiErrorOf(cause));
      return call;
    }
  }

  #unknown(head: Head): ApiError {
    if (head.path === "/api/v3/userDataStream")
      return new ApiError(
        410,
        -1000,
        "The listen key API was retired.",
        "use userDataStream.subscribe.signature on /ws-api/v3",
      );
    return apiErrors.notFound();
  }
}

function refuse(response: HttpResponse, error: ApiError): void {
  response.cork(() => {
    response.writeStatus("413 Payload Too Large");
    response.writeHeader("content-type", "application/json;charset=UTF-8");
    // The rest of the body is not read: the connection cannot be used again.
    response.end(error.toJson(), true);
  });
}
