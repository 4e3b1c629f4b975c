// ApiCall: one request on the WebSocket API.

import type { ApiError } from "./api-error.ts";
import type { ApiSocket } from "./api-socket.ts";
import { type Account, isSignedBy } from "./auth.ts";
import { Call } from "./call.ts";
import type { Clock } from "./context.ts";
import type { Params, RawParams } from "./params.ts";
import type { RateLimits } from "./rate-limits.ts";

export interface ApiServices {
  readonly limits: RateLimits;
  readonly clock: Clock;
}

export class ApiCall extends Call {
  readonly socket: ApiSocket;
  readonly #idJson: string;
  /** The message as it came: numbers in it were signed as they were written. */
  readonly #text: string;
  readonly #services: ApiServices;
  readonly #showsLimits: boolean;

  constructor(
    request: { socket: ApiSocket; idJson: string; text: string; params: Params },
    services: ApiServices,
  ) {
    const { socket, params } = request;
    const { isMicroseconds, returnsRateLimits } = socket.connection;
    super(params, socket.usage, isMicroseconds, services.clock.nowMs());
    this.socket = socket;
    this.#idJson = request.idJson;
    this.#text = request.text;
    this.#services = services;
    this.#showsLimits = returnsRateLimits && params.raw.returnRateLimits !== false;
  }

  apiKey(): string | undefined {
    return this.params.text("apiKey");
  }

  isSigned(account: Account): boolean {
    const signature = this.params.required("signature");
    if (isSignedBy(account, payloadOf(this.params.raw), signature)) return true;
    // JSON.parse forgets how a number was written (1.10, 1e3): try the text itself.
    const { raw } = this.params;
    const hasNumber = Object.values(raw).some((value) => typeof value === "number");
    return hasNumber && isSignedBy(account, payloadOf(asWritten(raw, this.#text)), signature);
  }

  done(json: string): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.meter?.record(this.#services.clock.nowMs() - this.startedMs, true);
    const limits = this.#showsLimits ? `,"rateLimits":${this.#limitsJson()}` : "";
    this.socket.send(`{"id":${this.#idJson},"status":200,"result":${json}${limits}}`);
  }

  fail(error: ApiError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    const { limits, clock } = this.#services;
    if (this.weightOnFailure > 0) limits.charge(this.usage, this.weightOnFailure);
    const nowMs = clock.nowMs();
    this.meter?.record(nowMs - this.startedMs, false);
    if (error.retryAfterSeconds !== undefined && error.extraJson === undefined) {
      const retryAfter = Math.floor(nowMs) + error.retryAfterSeconds * 1000;
      error.withExtra(`"data":{"serverTime":${Math.floor(nowMs)},"retryAfter":${retryAfter}}`);
    }
    const shown = this.#showsLimits ? `,"rateLimits":${this.#limitsJson()}` : "";
    this.socket.send(
      `{"id":${this.#idJson},"status":${error.status},"error":${error.toJson()}${shown}}`,
    );
  }

  #limitsJson(): string {
    const { limits } = this.#services;
    const weight = `{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":${limits.config.requestWeightPerMinute},"count":${limits.usedWeight(this.usage)}}`;
    if (this.route?.showsOrderCount !== true || !this.hasAccount) return `[${weight}]`;
    const { count, dayCount } = limits.orders(this.account.accountId);
    return `[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":${limits.config.ordersPer10Seconds},"count":${count}},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":${limits.config.ordersPerDay},"count":${dayCount}},${weight}]`;
  }
}

/** All parameters but the signature, sorted by name, joined as in a query string, not encoded. */
export function payloadOf(raw: RawParams): string {
  const names = Object.keys(raw);
  let previous = "";
  for (const name of names) {
    if (name < previous) {
      names.sort();
      break;
    }
    previous = name;
  }
  let payload = "";
  for (const name of names) {
    if (name === "signature") continue;
    const value = raw[name];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    payload += payload === "" ? `${name}=${text}` : `&${name}=${text}`;
  }
  return payload;
}

/** The parameters with each number as the text that the client wrote. */
function asWritten(raw: RawParams, text: string): RawParams {
  const written: Record<string, unknown> = { ...raw };
  const note = (name: string, value: unknown, context?: { source?: string }) => {
    if (typeof value === "number" && context?.source !== undefined && raw[name] === value)
      written[name] = context.source;
    return value;
  };
  JSON.parse(text, note as (this: unknown, key: string, value: unknown) => unknown);
  return written;
}
