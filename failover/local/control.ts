// Control: how other commands reach a running supervisor: HTTP over a Unix socket in the data
// directory. It works from any network namespace, needs no port, and the file system says who may.
// A listening socket also is the proof that an exchange runs on this directory.

import { createHash } from "node:crypto";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { ClusterError } from "../errors.ts";

/** A Unix socket's address holds 108 bytes, and some systems give less. */
const pathBytesMax = 100;

export function controlPath(dataDir: string): string {
  const path = join(resolve(dataDir), "control.sock");
  if (Buffer.byteLength(path) <= pathBytesMax) return path;
  const name = createHash("sha256").update(path).digest("hex").slice(0, 24);
  return join(tmpdir(), `castle-${name}.sock`);
}

export interface ControlHandlers {
  status(): Promise<unknown>;
  /** Begins to stop; the socket closes when everything has stopped. */
  stop(): void;
  /** To the status port of a node, which may be in a network of its own. Absent: nobody is asked. */
  forward?(request: Forwarded): Promise<{ code: number; text: string }>;
  /** One process, on purpose. `false`: there is none of this name. Absent: none may be. */
  process?(name: string, what: "stop" | "start"): Promise<boolean>;
}

/** A request to a node, as plain JSON. */
export interface Forwarded {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const forwardedSchema = z.strictObject({
  url: z.string(),
  method: z.enum(["GET", "POST"]),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
});
const forwardedBytesMax = 32_768;

export interface Control {
  close(): Promise<void>;
}

const processRoute = /^POST \/processes\/([a-z0-9-]+)\/(stop|start)$/;

/** @throws ClusterError ALREADY_RUNNING where another supervisor answers for this directory. */
export async function openControl(dataDir: string, handlers: ControlHandlers): Promise<Control> {
  const path = controlPath(dataDir);
  const server = createServer((incoming, response) => {
    const answer = (code: number, body: unknown) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const route = `${incoming.method} ${incoming.url}`;
    if (route === "GET /status") {
      handlers.status().then(
        (status) => answer(200, status),
        (error: Error) => answer(500, { error: error.message }),
      );
    } else if (route === "POST /stop") {
      answer(202, {});
      handlers.stop();
    } else if (handlers.forward !== undefined && route === "POST /forward") {
      const { forward } = handlers;
      readForwarded(incoming)
        .then((asked) => forward(asked))
        .then(
          (body) => answer(200, body),
          (error: Error) => answer(502, { error: messageOf(error) }),
        );
    } else if (handlers.process !== undefined && processRoute.test(route)) {
      const [, name = "", what] = processRoute.exec(route) ?? [];
      handlers.process(name, what === "stop" ? "stop" : "start").then(
        (isThere) =>
          isThere ? answer(200, {}) : answer(404, { error: `no process is named ${name}` }),
        (error: Error) => answer(500, { error: error.message }),
      );
    } else answer(404, { error: `no such route: ${route}` });
  });
  if (!(await listens(server, path))) {
    // Either somebody listens, or the file is what a killed supervisor left.
    if (await isSomebodyThere(path)) {
      throw new ClusterError(
        "ALREADY_RUNNING",
        `an exchange runs on ${dataDir} already: stop it by castle down --data ${dataDir}, or use another --data`,
      );
    }
    rmSync(path, { force: true });
    if (!(await listens(server, path))) {
      throw new ClusterError("ALREADY_RUNNING", `an exchange has just been started on ${dataDir}`);
    }
  }
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function readForwarded(incoming: IncomingMessage): Promise<Forwarded> {
  let text = "";
  for await (const part of incoming) {
    text += String(part);
    if (text.length > forwardedBytesMax) throw new RangeError("the request is too long");
  }
  return forwardedSchema.parse(JSON.parse(text));
}

/** Of a failed fetch the cause says more. */
const messageOf = (error: Error): string =>
  (error.cause as Error | undefined)?.message ?? error.message;

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error);
    server.once("error", fail);
    server.listen(path, () => {
      server.off("error", fail);
      resolve(true);
    });
  });
}

export async function isSomebodyThere(path: string): Promise<boolean> {
  try {
    await askPath(path, "GET", "/", 2_000);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // One that is stopped or busy does not answer, but it is there.
    return code !== "ECONNREFUSED" && code !== "ENOENT";
  }
}

/** Asks the supervisor of a directory. @throws ClusterError NOT_RUNNING, NOT_ANSWERING */
export async function askSupervisor(
  dataDir: string,
  method: "GET" | "POST",
  route: string,
  timeoutMs: number,
  body: object | null = null,
): Promise<unknown> {
  try {
    return await askPath(controlPath(dataDir), method, route, timeoutMs, body);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ECONNREFUSED" || code === "ENOENT") {
      throw new ClusterError(
        "NOT_RUNNING",
        `no exchange runs on ${dataDir}: start one by castle up, or name its directory by --data`,
      );
    }
    const why = (cause as Error).message;
    throw new ClusterError("NOT_ANSWERING", `the exchange on ${dataDir} does not answer: ${why}`);
  }
}

function askPath(
  socketPath: string,
  method: string,
  path: string,
  timeoutMs: number,
  body: object | null = null,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString("utf8")));
        } catch (error) {
          reject(error);
        }
      });
    });
    const timer = setTimeout(() => {
      outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    outgoing.once("close", () => clearTimeout(timer));
    outgoing.once("error", reject);
    outgoing.end(body === null ? undefined : JSON.stringify(body));
  });
}
