// cancelReplace: cancel and place in one command. Whatever the gateway can know to be wrong with the new
// order is refused before the old one is touched.

import type { Event } from "../../core/event.ts";
import type { Applied } from "../exchange-port.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import type { Call, Route } from "./call.ts";
import { type ClientOrderIds, cancelIdOf } from "./client-order-id.ts";
import type { GatewayContext } from "./context.ts";
import type { Market } from "./market.ts";
import { cancelJson, type PrintTime } from "./order-json.ts";
import {
  marketOf,
  parseCancelRestrictions,
  parsePlaceOrder,
  parseReference,
} from "./order-params.ts";
import type { Waiting } from "./pending-commands.ts";
import {
  commandError,
  parseResponseType,
  placedBy,
  placedJson,
  type ResponseType,
} from "./place-answer.ts";
import type { OrderUsage } from "./rate-limits.ts";
import { errorOf, placeError } from "./rejections.ts";

export function replaceRoute(context: GatewayContext, ids: ClientOrderIds): Route {
  const { core, markets, limits, pending, clock } = context;

  function cancelReplace(call: Call): void {
    const { params, account } = call;
    const market = marketOf(params, markets);
    const mode = params.required("cancelReplaceMode");
    if (mode !== "STOP_ON_FAILURE" && mode !== "ALLOW_FAILURE")
      throw apiErrors.badData("cancelReplaceMode", "STOP_ON_FAILURE or ALLOW_FAILURE");
    const target = parseReference(params, "cancelOrderId", "cancelOrigClientOrderId");
    const onlyIf = parseCancelRestrictions(params);
    const place = parsePlaceOrder(params, market, core, { accountId: account.accountId, ids });
    const responseType = parseResponseType(params, place.type);
    const cancelId = params.clientOrderId("cancelNewClientOrderId");
    const refused = limits.admitOrder(account.accountId);
    if (refused !== undefined) throw refused;
    const usage = limits.orders(account.accountId);
    const answer = new ReplaceAnswer({ call, market, responseType, cancelId, usage });
    const stopOnFailure = mode === "STOP_ON_FAILURE";
    try {
      pending.submit(
        { kind: "cancelReplaceOrder", stopOnFailure, cancel: { target, onlyIf }, place },
        answer,
        clock.nowMs(),
      );
    } catch (cause) {
      usage.inFlight--;
      throw cause;
    }
  }

  return {
    security: "TRADE",
    isFreeOnSuccess: true,
    rest: "POST /api/v3/order/cancelReplace",
    method: "order.cancelReplace",
    weight: 1,
    showsOrderCount: true,
    mandatory: ["symbol", "side", "type", "cancelReplaceMode"],
    handle: cancelReplace,
  };
}

interface Half {
  readonly result: "SUCCESS" | "FAILURE" | "NOT_ATTEMPTED";
  readonly json: string;
}

class ReplaceAnswer implements Waiting {
  readonly #parts: {
    readonly call: Call;
    readonly market: Market;
    readonly responseType: ResponseType;
    readonly cancelId: string | undefined;
    readonly usage: OrderUsage;
  };

  constructor(parts: {
    call: Call;
    market: Market;
    responseType: ResponseType;
    cancelId: string | undefined;
    usage: OrderUsage;
  }) {
    this.#parts = parts;
    parts.usage.inFlight++;
  }

  answer(applied: Applied): void {
    this.#parts.usage.inFlight--;
    this.#parts.call.settle(this.#result(applied));
  }

  #result(applied: Applied): string | ApiError {
    const time: PrintTime = (us) => this.#parts.call.time(us);
    const cancel = this.#cancelHalf(applied.events, time);
    if (cancel === undefined) return commandError(applied);
    const place = this.#placeHalf(applied.events, time);
    const data = `{"cancelResult":"${cancel.result}","newOrderResult":"${place.result}","cancelResponse":${cancel.json},"newOrderResponse":${place.json}}`;
    const isCanceled = cancel.result === "SUCCESS";
    const isPlaced = place.result === "SUCCESS";
    if (isCanceled && isPlaced) return data;
    const error =
      isCanceled || isPlaced
        ? new ApiError(409, -2021, "Order cancel-replace partially failed.")
        : new ApiError(400, -2022, "Order cancel-replace failed.");
    return error.withExtra(`"data":${data}`);
  }

  #cancelHalf(events: readonly Event[], time: PrintTime): Half | undefined {
    for (const event of events) {
      if (event.kind === "orderCanceled") {
        const cancelId = this.#parts.cancelId ?? cancelIdOf(event.request);
        const json = cancelJson(this.#parts.market, event.order, cancelId, time);
        return { result: "SUCCESS", json };
      }
      if (event.kind === "cancelRejected")
        return { result: "FAILURE", json: errorOf(event.reason).toJson() };
    }
    return undefined;
  }

  #placeHalf(events: readonly Event[], time: PrintTime): Half {
    const { market, responseType } = this.#parts;
    const { order, trades, rejected } = placedBy(events);
    if (order !== undefined)
      return { result: "SUCCESS", json: placedJson(market, { order, trades }, responseType, time) };
    if (rejected === undefined) return { result: "NOT_ATTEMPTED", json: "null" };
    return { result: "FAILURE", json: placeError(market, rejected, time).toJson() };
  }

  timeout(): void {
    this.#parts.usage.inFlight--;
    this.#parts.call.fail(apiErrors.timeout());
  }
}
