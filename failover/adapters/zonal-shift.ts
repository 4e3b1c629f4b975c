// Zonal shift: load balancers of a region stop sending to one of its zones (Application Recovery Controller), for
// hours at most. For a zone that is ill rather than dead: dead ones are left out by health checks. There
// is no SDK client for it in our registries: three REST calls, signed and given credentials by the SDK.
// Never two zones at once: what is left might not carry the load.

import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SignatureV4 } from "@smithy/signature-v4";
import { z } from "zod";
import { FailoverError } from "../errors.ts";
import type { ZoneAway, ZoneTraffic } from "../traffic.ts";
import { awsCall } from "./aws-call.ts";
import { type CallLimits, clientOptions, controlLimits } from "./client-options.ts";

export interface ZonalShiftOptions {
  readonly region: string;
  readonly endpoint?: string | undefined;
  /** Load balancers, by their ARNs. */
  readonly resources: readonly string[];
  /** Ids in AWS of our zones, the same in every account: `{ a: "use1-az1" }`. */
  readonly zones: Readonly<Record<string, string>>;
  readonly limits?: CallLimits;
}

interface ActiveShift {
  readonly id: string;
  readonly resource: string;
  /** A zone's id, which is the same in every account: `use1-az1`. */
  readonly awayFrom: string;
}

const listSchema = z.object({
  items: z.array(
    z.object({ zonalShiftId: z.string(), resourceIdentifier: z.string(), awayFrom: z.string() }),
  ),
});

const retryPauseMs = 200;
/** Of StartZonalShift: a longer one is refused. */
const commentLengthMax = 128;

export class ZonalShift implements ZoneTraffic {
  readonly name = "ARC zonal shift";
  private readonly resources: readonly string[];
  private readonly zones: Readonly<Record<string, string>>;
  private readonly url: URL;
  private readonly limits: CallLimits;
  private readonly signer: SignatureV4;

  constructor({ region, endpoint, resources, zones, limits = controlLimits }: ZonalShiftOptions) {
    this.resources = resources;
    this.zones = zones;
    this.limits = limits;
    this.url = new URL(endpoint ?? `https://arc-zonal-shift.${region}.amazonaws.com`);
    const access = { region, ...(endpoint === undefined ? {} : { endpoint }) };
    // Any client knows where the credentials of this machine are.
    const { credentials } = new DynamoDBClient(clientOptions(access, limits)).config;
    this.signer = new SignatureV4({
      credentials,
      region,
      service: "arc-zonal-shift",
      sha256: Sha256,
    });
  }

  describe(zone: string, hours: number): string {
    const { length } = this.resources;
    return (
      `ARC zonal shift: ${length} ${length === 1 ? "balancer stops" : "balancers stop"} sending to zone ` +
      `${zone} (${this.idOf(zone)}); it ends by itself after ${hours} h`
    );
  }

  async away(signal: AbortSignal): Promise<readonly ZoneAway[]> {
    const shifts = await this.active(signal);
    return [...new Set(shifts.map(({ awayFrom }) => awayFrom))].map((id) => {
      const shifted = new Set(
        shifts.filter(({ awayFrom }) => awayFrom === id).map(({ resource }) => resource),
      );
      return { zone: this.zoneOf(id), isWhole: shifted.size === this.resources.length };
    });
  }

  /** Of our load balancers. */
  private async active(signal: AbortSignal): Promise<ActiveShift[]> {
    const shifts: ActiveShift[] = [];
    for (const resource of this.resources) {
      const query = { status: "ACTIVE", resourceIdentifier: resource };
      const answer = await this.call("ListZonalShifts", { method: "GET", query }, signal);
      const { items } = listSchema.parse(answer);
      shifts.push(
        ...items.map(({ zonalShiftId, resourceIdentifier, awayFrom }) => ({
          ...{ id: zonalShiftId, resource: resourceIdentifier, awayFrom },
        })),
      );
    }
    return shifts;
  }

  /** What is shifted away from there already is left alone, with its time. */
  async leave(
    zone: string,
    { hours, reason }: { readonly hours: number; readonly reason: string },
    signal: AbortSignal,
  ): Promise<void> {
    const awayFrom = this.idOf(zone);
    const comment = reason.slice(0, commentLengthMax);
    const shifts = await this.active(signal);
    const other = shifts.find((shift) => shift.awayFrom !== awayFrom);
    if (other !== undefined) {
      throw new FailoverError(
        "TRAFFIC_UNSAFE",
        `${other.resource} is shifted away from ${other.awayFrom}: end that first, or two zones of three get nothing`,
      );
    }
    for (const resourceIdentifier of this.resources) {
      if (shifts.some(({ resource }) => resource === resourceIdentifier)) continue;
      const body = { resourceIdentifier, awayFrom, expiresIn: `${hours}h`, comment };
      await this.call("StartZonalShift", { method: "POST", body }, signal);
    }
  }

  async rejoin(zone: string, signal: AbortSignal): Promise<void> {
    const zoneId = this.idOf(zone);
    for (const { id, awayFrom } of await this.active(signal)) {
      if (awayFrom !== zoneId) continue;
      await this.call("CancelZonalShift", { method: "DELETE", path: `/${id}` }, signal);
    }
  }

  private idOf(zone: string): string {
    const id = this.zones[zone];
    if (id !== undefined) return id;
    throw new FailoverError("AWS_NOT_FOUND", `the deployment names no zone ${zone} of AWS`);
  }

  private zoneOf(zoneId: string): string {
    return Object.entries(this.zones).find(([, id]) => id === zoneId)?.[0] ?? zoneId;
  }

  /** A conflict or an absence at a repeated attempt is the first attempt's success. */
  private call(
    name: string,
    request: {
      readonly method: "GET" | "POST" | "DELETE";
      readonly path?: string;
      readonly query?: Readonly<Record<string, string>>;
      readonly body?: object;
    },
    signal: AbortSignal,
  ): Promise<unknown> {
    const { method, path = "", query = {}, body } = request;
    const text = body === undefined ? "" : JSON.stringify(body);
    const send = async (abortSignal: AbortSignal): Promise<unknown> => {
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await this.send({ method, path, query, text }, abortSignal).catch(
          (error: unknown) => asNetworkError(error),
        );
        const isRepeat = attempt > 1 && method !== "GET";
        if (outcome.kind === "answered") return outcome.value;
        if (isRepeat && (outcome.status === 409 || outcome.status === 404)) return undefined;
        const mayHelp =
          outcome.status === undefined || outcome.status === 429 || outcome.status >= 500;
        if (!mayHelp || attempt === this.limits.attempts) throw outcome.error;
        await sleep(retryPauseMs * attempt, undefined, { signal: abortSignal });
      }
    };
    return awsCall(`ARC ${name}`, signal, send, this.limits);
  }

  private async send(
    {
      method,
      path,
      query,
      text,
    }: { method: string; path: string; query: Record<string, string>; text: string },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { protocol, hostname, port, host } = this.url;
    const signed = await this.signer.sign({
      ...{ method, protocol, hostname, path: `/zonalshifts${path}`, query, body: text },
      ...(port === "" ? {} : { port: Number(port) }),
      headers: { host, "content-type": "application/json" },
    });
    const url = new URL(`/zonalshifts${path}`, this.url);
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url, {
      method,
      headers: signed.headers,
      ...(text === "" ? {} : { body: text }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.limits.requestTimeoutMs)]),
    });
    const answer = await response.text();
    if (response.ok) return { kind: "answered", value: answer === "" ? {} : JSON.parse(answer) };
    const type = response.headers.get("x-amzn-errortype")?.split(":")[0] ?? "UnknownError";
    const error = Object.assign(new Error(answer), {
      name: type,
      $metadata: { httpStatusCode: response.status },
    });
    return { kind: "failed", status: response.status, error };
  }
}

type Outcome =
  | { readonly kind: "answered"; readonly value: unknown }
  | { readonly kind: "failed"; readonly status?: number; readonly error: unknown };

/** `fetch` wraps what the network said. */
const asNetworkError = (error: unknown): Outcome => ({
  kind: "failed",
  error: error instanceof TypeError && error.cause instanceof Error ? error.cause : error,
});

/** SHA-256 as the SDK's signer asks for it. */
class Sha256 {
  private hash: Hash | Hmac;
  private readonly secret: string | ArrayBuffer | ArrayBufferView | undefined;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.secret = secret;
    this.hash = this.fresh();
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }

  reset(): void {
    this.hash = this.fresh();
  }

  private fresh(): Hash | Hmac {
    const { secret } = this;
    if (secret === undefined) return createHash("sha256");
    return createHmac("sha256", typeof secret === "string" ? secret : bytesOf(secret));
  }
}

const bytesOf = (given: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(given)
    ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
    : new Uint8Array(given);
