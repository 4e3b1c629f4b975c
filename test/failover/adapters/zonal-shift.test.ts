// Zonal shifts against a server of our own that checks each signature by its own reckoning.

import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { assert } from "chai";
import { ZonalShift } from "../../../failover/adapters/zonal-shift.ts";
import { FailoverError } from "../../../failover/errors.ts";

const signal = new AbortController().signal;
const resources = ["arn:aws:elb:r:1:loadbalancer/api", "arn:aws:elb:r:1:loadbalancer/ws"];

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
class FakeArc {
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
}

describe("ZonalShift", () => {
  let arc: FakeArc;
  let shift: ZonalShift;

  beforeEach(async () => {
    arc = new FakeArc();
    await new Promise<void>((listening) => arc.server.listen(0, "127.0.0.1", listening));
    const endpoint = `http://127.0.0.1:${(arc.server.address() as AddressInfo).port}`;
    const limits = {
      ...{ connectionTimeoutMs: 100, requestTimeoutMs: 1000, attempts: 2, callTimeoutMs: 3000 },
    };
    shift = new ZonalShift({ region: "us-east-1", endpoint, resources, limits });
  });

  afterEach(() => {
    arc.server.closeAllConnections();
    arc.server.close();
  });

  const begin = (zone: string) => shift.begin(zone, { hours: 2, reason: "packet loss" }, signal);
  const acts = () => arc.requests.filter((request) => !request.startsWith("GET"));

  it("shifts every load balancer away from a zone, once, and back", async () => {
    await begin("use1-az1");
    await begin("use1-az1");
    assert.deepEqual(
      acts(),
      resources.map(
        (resourceIdentifier) =>
          `POST /zonalshifts ${JSON.stringify({ resourceIdentifier, awayFrom: "use1-az1", expiresIn: "2h", comment: "packet loss" })}`,
      ),
    );
    assert.deepEqual(
      (await shift.active(signal)).map(({ awayFrom }) => awayFrom),
      ["use1-az1", "use1-az1"],
    );
    await shift.end(signal);
    await shift.end(signal);
    assert.deepEqual(acts().slice(2), [
      "DELETE /zonalshifts/shift-1",
      "DELETE /zonalshifts/shift-2",
    ]);
    assert.equal(arc.shifts.size, 0);
  });

  it("never shifts away from a second zone", async () => {
    await begin("use1-az1");
    const outcome = await begin("use1-az2").catch((error: unknown) => error);
    assert.equal((outcome as FailoverError).code, "TRAFFIC_UNSAFE");
    assert.lengthOf(acts(), 2);
  });

  for (const isCarriedOut of [false, true]) {
    const when = isCarriedOut ? "after it was carried out" : "before it was carried out";
    it(`repeats a request that failed ${when}`, async () => {
      arc.failures.push({ status: 503, isCarriedOut });
      await begin("use1-az1");
      assert.equal(arc.shifts.size, 2);
      arc.failures.push({ status: 500, isCarriedOut });
      await shift.end(signal);
      assert.equal(arc.shifts.size, 0);
    });
  }

  it("goes on where it was cut between two load balancers", async () => {
    arc.shifts.set("shift-1", { resourceIdentifier: resources[0] ?? "", awayFrom: "use1-az1" });
    await begin("use1-az1");
    assert.lengthOf(acts(), 1);
    assert.equal(arc.shifts.size, 2);
  });

  const refusals: readonly [status: number, code: string, attempts: number][] = [
    [403, "AWS_DENIED", 1],
    [429, "AWS_THROTTLED", 2],
    [503, "AWS_UNREACHABLE", 2],
  ];
  for (const [status, code, attempts] of refusals) {
    it(`says ${code} for ${status}, after ${attempts} attempts`, async () => {
      for (let n = 0; n < 2; n += 1) arc.failures.push({ status, isCarriedOut: false });
      const outcome = await begin("use1-az1").catch((error: unknown) => error);
      assert.instanceOf(outcome, FailoverError);
      assert.equal(outcome.code, code);
      assert.lengthOf(acts(), attempts);
    });
  }

  it("says AWS_UNREACHABLE where nobody listens", async () => {
    await new Promise((closed) => arc.server.close(closed));
    const outcome = await shift.active(signal).catch((error: unknown) => error);
    assert.equal((outcome as FailoverError).code, "AWS_UNREACHABLE");
  });
});
