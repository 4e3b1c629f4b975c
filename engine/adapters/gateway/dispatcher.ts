// Dispatcher: carries one request through limits, authentication and its route, and turns whatever goes
// wrong into the API's error. Nothing a client sends ends the process; a broken invariant of ours does.

import { InvariantViolated } from "../../core/assert.ts";
import { CastleError } from "../../errors.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import { checkTime } from "./auth.ts";
import type { Call, Route } from "./call.ts";
import type { GatewayContext } from "./context.ts";

export class Dispatcher {
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** Exactly one of `call.done` and `call.fail` follows, now or later. */
  run(route: Route, call: Call): void {
    call.route = route;
    call.meter = this.#context.meters.named(route.rest ?? route.method ?? "unknown");
    try {
      const weight = typeof route.weight === "number" ? route.weight : route.weight(call.params);
      const due = route.isFreeOnSuccess ? 0 : weight;
      const refused = this.#context.limits.admit(call.usage, due);
      if (refused !== undefined) throw refused;
      call.weightOnFailure = weight - due;
      if (route.security !== "NONE") this.#authenticate(route, call);
      else checkMandatory(route, call);
      const running = route.handle(call);
      if (running !== undefined) running.catch((cause: unknown) => this.#fault(call, cause));
    } catch (cause) {
      this.#fault(call, cause);
    }
  }

  #authenticate(route: Route, call: Call): void {
    const account = this.#context.authenticator.account(call.apiKey());
    checkMandatory(route, call);
    if (!call.params.has("timestamp")) throw apiErrors.missing("timestamp");
    if (!call.params.has("signature")) throw apiErrors.missing("signature");
    if (!call.isSigned(account)) throw apiErrors.badSignature();
    checkTime(call.params, this.#context.clock.nowMs());
    call.account = account;
  }

  #fault(call: Call, cause: unknown): void {
    // A wrong state must not reach a client: out of any handler, so that the process ends.
    if (cause instanceof InvariantViolated) {
      queueMicrotask(() => {
        throw cause;
      });
      return;
    }
    const error = apiErrorOf(cause);
    if (error.status === 500)
      this.#context.log.error(
        { code: "REQUEST_FAILED", err: cause },
        "request failed unexpectedly",
      );
    call.fail(error);
  }
}

function checkMandatory(route: Route, call: Call): void {
  if (route.mandatory === undefined) return;
  for (const name of route.mandatory) if (!call.params.has(name)) throw apiErrors.missing(name);
}

export function apiErrorOf(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof CastleError) {
    if (cause.code === "OVERLOADED") return apiErrors.overloaded();
    if (cause.code === "UNSUPPORTED_COMMAND") return apiErrors.unsupported();
    if (cause.code === "NOT_SERVING") return apiErrors.notServing();
    if (cause.code === "HISTORY_UNAVAILABLE") return apiErrors.historyUnavailable();
  }
  return apiErrors.unknown();
}
