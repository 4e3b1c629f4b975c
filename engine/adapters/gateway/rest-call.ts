// RestCall: one HTTP request. The response object of uWebSockets.js dies when the client goes away, so
// every use asks `isSettled` first.

import type { HttpResponse } from "uWebSockets.js";
import type { ApiError } from "./api-error.ts";
import { type Account, isSignedBy } from "./auth.ts";
import { Call } from "./call.ts";
import type { Clock } from "./context.ts";
import type { Params } from "./params.ts";
import type { AddressUsage, RateLimits } from "./rate-limits.ts";

const statusLines: Record<number, string> = {
  200: "200 OK",
  400: "400 Bad Request",
  401: "401 Unauthorized",
  404: "404 Not Found",
  409: "409 Conflict",
  410: "410 Gone",
  413: "413 Payload Too Large",
  418: "418 I'm a teapot",
  429: "429 Too Many Requests",
  500: "500 Internal Server Error",
  503: "503 Service Unavailable",
  504: "504 Gateway Timeout",
};

export interface RestRequest {
  readonly apiKey: string;
  readonly isMicroseconds: boolean;
  /** Raw query and raw body, both without their signature. */
  readonly payload: string;
  readonly params: Params;
  readonly usage: AddressUsage;
}

export class RestCall extends Call {
  readonly #response: HttpResponse;
  readonly #request: RestRequest;
  readonly #limits: RateLimits;
  readonly #clock: Clock;

  constructor(
    response: HttpResponse,
    request: RestRequest,
    services: { limits: RateLimits; clock: Clock },
  ) {
    super(request.params, request.usage, request.isMicroseconds, services.clock.nowMs());
    this.#response = response;
    this.#request = request;
    this.#limits = services.limits;
    this.#clock = services.clock;
  }

  apiKey(): string | undefined {
    return this.#request.apiKey === "" ? undefined : this.#request.apiKey;
  }

  isSigned(account: Account): boolean {
    return isSignedBy(account, this.#request.payload, this.params.required("signature"));
  }

  done(json: string): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.meter?.record(this.#clock.nowMs() - this.startedMs, true);
    this.#send(200, json, undefined);
  }

  fail(error: ApiError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    if (this.weightOnFailure > 0) this.#limits.charge(this.usage, this.weightOnFailure);
    this.meter?.record(this.#clock.nowMs() - this.startedMs, false);
    this.#send(error.status, error.toJson(), error.retryAfterSeconds);
  }

  #send(status: number, json: string, retryAfterSeconds: number | undefined): void {
    const response = this.#response;
    response.cork(() => {
      response.writeStatus(statusLines[status] ?? String(status));
      response.writeHeader("content-type", "application/json;charset=UTF-8");
      const weight = String(this.#limits.usedWeight(this.usage));
      response.writeHeader("x-mbx-used-weight", weight);
      response.writeHeader("x-mbx-used-weight-1m", weight);
      if (retryAfterSeconds !== undefined)
        response.writeHeader("retry-after", String(retryAfterSeconds));
      if (status === 200 && this.route?.showsOrderCount === true) {
        const { count, dayCount } = this.#limits.orders(this.account.accountId);
        response.writeHeader("x-mbx-order-count-10s", String(count));
        response.writeHeader("x-mbx-order-count-1d", String(dayCount));
      }
      response.end(json);
    });
  }
}
