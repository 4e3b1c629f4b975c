// The controller's own port: GET /status (JSON), /metrics (Prometheus), /health; POST /approve with the
// operators' token lets a proposed takeover go.

import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Gauge, Registry } from "prom-client";
import { z } from "zod";
import type { Controller } from "./controller.ts";
import { ClusterError } from "./errors.ts";

const bodyBytesMax = 4_096;
const approvalSchema = z.strictObject({ id: z.string().min(1) });

export interface ControllerAddress {
  readonly host: string;
  readonly statusPort: number;
}

/** @throws ClusterError PORT_TAKEN */
export async function serveController(
  controller: Controller,
  { host, statusPort }: ControllerAddress,
  operatorToken: string | undefined,
): Promise<Server> {
  const metrics = controllerMetrics(controller);
  const server = createServer((request, response) => {
    const answer = (code: number, body: object) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const route = `${request.method} ${request.url?.split("?")[0]}`;
    if (route === "GET /status") answer(200, controllerStatus(controller));
    else if (route === "GET /health") answer(200, { isRunning: true });
    else if (route === "GET /metrics") serveMetrics(metrics, response);
    else if (route === "POST /approve") {
      approve(controller, operatorToken, request).then(
        ({ code, body }) => answer(code, body),
        (error: Error) => answer(400, { message: error.message }),
      );
    } else answer(404, { message: "GET /status, /metrics, /health or POST /approve" });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const text = `cannot listen on ${host}:${statusPort}: ${cause.message}`;
      reject(new ClusterError("PORT_TAKEN", text, { host, statusPort }, { cause }));
    });
    server.listen(statusPort, host, resolve);
  });
  return server;
}

function serveMetrics(metrics: Registry, response: ServerResponse): void {
  metrics.metrics().then(
    (text) => response.setHeader("content-type", metrics.contentType).end(text),
    (error: Error) => response.writeHead(500).end(error.message),
  );
}

async function approve(
  controller: Controller,
  token: string | undefined,
  request: IncomingMessage,
): Promise<{ code: number; body: object }> {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const given = digest(request.headers.authorization ?? "");
  if (token === undefined || !timingSafeEqual(given, digest(`Bearer ${token}`))) {
    return { code: 403, body: { message: "no token, or a wrong one" } };
  }
  let text = "";
  for await (const part of request) {
    text += String(part);
    if (text.length > bodyBytesMax) throw new RangeError("too long");
  }
  const { id } = approvalSchema.parse(JSON.parse(text));
  return controller.approve(id)
    ? { code: 200, body: { isApproved: true } }
    : {
        code: 409,
        body: { message: `no proposal ${id} stands; GET /status names the one that does` },
      };
}

function controllerStatus(controller: Controller): object {
  const { options, decision, watch, proposal, lastPlan, sight, counts, confirmedAtMs } = controller;
  const nowMs = options.nowMs();
  return {
    region: options.region,
    pid: process.pid,
    approval: options.policy.approval,
    decision,
    leadership: sight?.leadership.kind === "answered" ? sight.leadership.value : null,
    isOtherSeen: sight?.look.isOtherSeen ?? null,
    lag: sight?.look.lag ?? null,
    watch,
    confirmedAgoMs: confirmedAtMs === undefined ? null : Math.round(nowMs - confirmedAtMs),
    counts,
    ...(proposal !== undefined && { proposal }),
    ...(lastPlan !== undefined && { lastPlan }),
  };
}

export function controllerMetrics(controller: Controller): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name: `castle_controller_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const { counts } = controller;
  gauge("looks_total", "Looks at both regions and the register", () => counts.looks);
  gauge(
    "register_failures_total",
    "Looks that the register did not answer",
    () => counts.registerFailures,
  );
  gauge("own_failures_total", "Own engines that did not answer a look", () => counts.ownFailures);
  gauge(
    "other_failures_total",
    "Looks that saw nothing of the other region",
    () => counts.otherFailures,
  );
  gauge(
    "other_failed_looks",
    "Failed looks at the other region in a row",
    () => controller.watch.failedLooks,
  );
  gauge(
    "confirm_age_seconds",
    "Since the own engines last took the word that they lead; -1 where it is not to be given",
    () => (controller.confirmAgeMs === undefined ? -1 : controller.confirmAgeMs / 1_000),
  );
  gauge("term", "Term in the register, 0 where unknown", () => {
    const answer = controller.sight?.leadership;
    return answer?.kind === "answered" ? (answer.value?.term ?? 0) : 0;
  });
  gauge(
    "region_lag_entries",
    "Entries behind the active region, -1 where unknown",
    () => controller.sight?.look.lag?.entries ?? -1,
  );
  gauge("region_lag_seconds", "Behind the active region, -1 where unknown", () => {
    const lag = controller.sight?.look.lag;
    return lag == null ? -1 : lag.ms / 1_000;
  });
  gauge("proposal", "1 while a takeover waits for approval", () =>
    Number(controller.proposal !== undefined),
  );
  new Gauge({
    name: "castle_controller_decisions_total",
    help: "Decisions by kind and reason",
    labelNames: ["kind", "reason"],
    registers: [registry],
    collect() {
      for (const [key, count] of controller.decided) {
        const [kind = "", reason = ""] = key.split(" ");
        this.set({ kind, reason }, count);
      }
    },
  });
  return registry;
}
