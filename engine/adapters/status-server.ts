// The status port of a node: GET /status (JSON), /metrics (Prometheus), /health (200 or 503);
// on gateways /health/primary, on engines also the operators' POST /admin/<verb>. For operators and health checks; never for traders.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { CastleError } from "../errors.ts";
import type { OperatorGate } from "./operator-gate.ts";

export interface StatusSource {
  status(): object;
  isHealthy(): boolean;
  /** Gateways: whether a primary serves in their own region. */
  isPrimaryHere?(): boolean;
  readonly metrics: Registry;
  /** Absent on nodes that operators cannot tell anything. */
  readonly operators?: OperatorGate;
}

/** @throws CastleError PORT_TAKEN */
export async function serveStatus(
  host: string,
  port: number,
  source: StatusSource,
): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (path === "/status") {
      response.setHeader("content-type", "application/json").end(JSON.stringify(source.status()));
    } else if (path === "/health") {
      answerHealth(response, source.isHealthy());
    } else if (path === "/health/primary" && source.isPrimaryHere !== undefined) {
      answerHealth(response, source.isPrimaryHere());
    } else if (path === "/metrics") {
      source.metrics.metrics().then(
        (text) => response.setHeader("content-type", source.metrics.contentType).end(text),
        (error: Error) => response.writeHead(500).end(error.message),
      );
    } else if (path?.startsWith("/admin/") && source.operators !== undefined) {
      source.operators.handle(path.slice("/admin/".length), request, response).catch((error) => {
        response.writeHead(500).end(String(error));
      });
    } else {
      response.writeHead(404).end("GET /status, /metrics or /health\n");
    }
  });
  server.keepAliveTimeout = 1_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const text = `cannot listen on ${host}:${port}: ${cause.message}; stop what uses the port`;
      reject(new CastleError("PORT_TAKEN", text, { host, port }, { cause }));
    });
    server.listen(port, host, resolve);
  });
  return server;
}

function answerHealth(response: ServerResponse, isHealthy: boolean): void {
  // Whoever asks wants to know of now.
  response.setHeader("cache-control", "no-store");
  response.writeHead(isHealthy ? 200 : 503).end(isHealthy ? "serving\n" : "not serving\n");
}
