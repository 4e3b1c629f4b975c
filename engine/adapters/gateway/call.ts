// Call: one request, by REST or by the WebSocket API, from arrival to its one answer. Route: what the
// exchange offers under a path and a method name.

import { ApiError } from "./api-error.ts";
import type { Account } from "./auth.ts";
import type { Params } from "./params.ts";
import type { AddressUsage } from "./rate-limits.ts";
import type { RouteMeter } from "./route-meter.ts";

export type Security = "NONE" | "TRADE" | "USER_DATA";

export interface Route {
  /** `GET /api/v3/time`; none where only the WebSocket API has it. */
  readonly rest?: string;
  /** Method name of the WebSocket API. */
  readonly method?: string;
  readonly security: Security;
  readonly weight: number | ((params: Params) => number);
  /** Weight is charged only where the request fails. */
  readonly isFreeOnSuccess?: boolean;
  /** Answers carry the order counts in their headers. */
  readonly showsOrderCount?: boolean;
  readonly mandatory?: readonly string[];
  handle(call: Call): void | Promise<void>;
}

export abstract class Call {
  readonly params: Params;
  readonly usage: AddressUsage;
  /** Times in the answer are microseconds. */
  readonly isMicroseconds: boolean;
  readonly startedMs: number;
  route: Route | undefined;
  meter: RouteMeter | undefined;
  /** Weight to charge where the call fails. */
  weightOnFailure = 0;
  #account: Account | undefined;
  isSettled = false;

  constructor(params: Params, usage: AddressUsage, isMicroseconds: boolean, startedMs: number) {
    this.params = params;
    this.usage = usage;
    this.isMicroseconds = isMicroseconds;
    this.startedMs = startedMs;
  }

  /** Whose request it is; only calls of a route that asks for it have one. */
  get account(): Account {
    if (this.#account === undefined) throw new TypeError("the route asks for no account");
    return this.#account;
  }

  set account(account: Account) {
    this.#account = account;
  }

  get hasAccount(): boolean {
    return this.#account !== undefined;
  }

  /** Microseconds of the journal as the client wants its times. */
  time(timestampUs: number): number {
    return this.isMicroseconds ? timestampUs : Math.floor(timestampUs / 1000);
  }

  /** The API key the client named. */
  abstract apiKey(): string | undefined;
  /** What the client must have signed. */
  abstract isSigned(account: Account): boolean;
  /** Sends a successful answer; `json` is the whole result. Nothing where one was sent before. */
  abstract done(json: string): void;
  abstract fail(error: ApiError): void;

  settle(result: string | ApiError): void {
    if (result instanceof ApiError) this.fail(result);
    else this.done(result);
  }
}
