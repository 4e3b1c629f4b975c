// A fake of ARC's zonal shifts: a server that checks each signature by its own reckoning.

import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

const sha256 = (data: string) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string) =>
  createHmac("sha256", key).update(data).digest();

/** As AWS's documentation of Signature Version 4 says it. */
function signatureOf({ method, url = "", headers }: IncomingMessage, body: string): string {
  const authorization = String(headers.authorization);
  const [, scope = "", names = ""] =
    /Credential=local\/([^,]+), SignedHeaders=([^,]+),/.exec(authorization) ?? [];
  const [path = "", query = ""] = url.split("?");
  const canonical = [
    method,
    path,
    query.split("&").sort().join("&"),
    ...names.split(";").map((name) => `${name}:${headers[name]}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>((from, part) => hmac(from, part), "AWS4local");
  return hmac(key, toSign).toString("hex");
}

/** The service: shifts by id, and answers that a test puts before its own. */
export class FakeArc {
  readonly shifts = new Map<string, { resourceIdentifier: string; awayFrom: string }>();
  readonly requests: string[] = [];
  /** Instead of an answer: before or after the request is carried out. */
  readonly failures: { readonly status: number; readonly isCarriedOut: boolean }[] = [];
  readonly server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      const [status, answer] = this.answer(request, body);
      const type = status === 403 ? "AccessDeniedException:http://x/" : "ConflictException";
      response.writeHead(status, status < 300 ? {} : { "x-amzn-errortype": type });
      response.end(answer);
    });
  });

  private answer(request: IncomingMessage, body: string): [status: number, body: string] {
    const { method = "", url = "" } = request;
    this.requests.push(`${method} ${url.split("?")[0]} ${body}`.trim());
    if (!String(request.headers.authorization).endsWith(signatureOf(request, body))) {
      return [403, "the signature does not match"];
    }
    const failure = method === "GET" ? undefined : this.failures.shift();
    if (failure?.isCarriedOut === false) return [failure.status, ""];
    const own = this.carryOut(method, url, body);
    return failure === undefined ? own : [failure.status, ""];
  }

  private carryOut(method: string, url: string, body: string): [status: number, body: string] {
    if (method === "GET") {
      const wanted = new URL(url, "http://arc").searchParams.get("resourceIdentifier");
      const items = [...this.shifts]
        .filter(([, { resourceIdentifier }]) => resourceIdentifier === wanted)
        .map(([zonalShiftId, shift]) => ({ zonalShiftId, ...shift }));
      return [200, JSON.stringify({ items })];
    }
    if (method === "DELETE") {
      return this.shifts.delete(url.split("/").at(-1) ?? "") ? [200, "{}"] : [404, "none"];
    }
    const { resourceIdentifier, awayFrom } = JSON.parse(body);
    const isThere = [...this.shifts.values()].some(
      (shift) => shift.resourceIdentifier === resourceIdentifier,
    );
    if (isThere) return [409, "there is one"];
    this.shifts.set(`shift-${this.shifts.size + 1}`, { resourceIdentifier, awayFrom });
    return [201, "{}"];
  }

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
