// Order routes: place, test, cancel, cancel all. No promise and no closure per order beyond its answer:
// this is the path of every order.

import type { Applied } from "../exchange-port.ts";
import { type ApiError, apiErrors } from "./api-error.ts";
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
import { commandError, PlaceAnswer, parseResponseType } from "./place-answer.ts";
import { errorOf } from "./rejections.ts";

const orderParams = ["symbol", "side", "type"] as const;

export function orderRoutes(context: GatewayContext, ids: ClientOrderIds): Route[] {
  const { core, markets, limits, pending, clock } = context;

  function parse(call: Call) {
    const market = marketOf(call.params, markets);
    const { accountId } = call.account;
    const command = parsePlaceOrder(call.params, market, core, { accountId, ids });
    const responseType = parseResponseType(call.params, command.type);
    return { market, command, responseType };
  }

  function place(call: Call): void {
    const { market, command, responseType } = parse(call);
    const refused = limits.admitOrder(command.accountId);
    if (refused !== undefined) throw refused;
    const usage = limits.orders(command.accountId);
    const answer = new PlaceAnswer(call, market, responseType, usage);
    try {
      pending.submit(command, answer, clock.nowMs());
    } catch (cause) {
      usage.inFlight--;
      throw cause;
    }
  }

  function cancel(call: Call): void {
    const market = marketOf(call.params, markets);
    const target = parseReference(call.params, "orderId", "origClientOrderId");
    const onlyIf = parseCancelRestrictions(call.params);
    const cancelId = call.params.clientOrderId("newClientOrderId");
    const { accountId } = call.account;
    pending.submit(
      { kind: "cancelOrder", accountId, symbolId: market.symbolId, target, onlyIf },
      new CancelAnswer(call, market, cancelId),
      clock.nowMs(),
    );
  }

  function cancelAll(call: Call): void {
    const market = marketOf(call.params, markets);
    const { accountId } = call.account;
    pending.submit(
      { kind: "cancelAllOrders", accountId, symbolId: market.symbolId },
      new CancelAllAnswer(call, market),
      clock.nowMs(),
    );
  }

  return [
    {
      rest: "POST /api/v3/order",
      method: "order.place",
      security: "TRADE",
      weight: 1,
      isFreeOnSuccess: true,
      showsOrderCount: true,
      mandatory: orderParams,
      handle: place,
    },
    {
      rest: "POST /api/v3/order/test",
      method: "order.test",
      security: "TRADE",
      weight: (params) => (params.flag("computeCommissionRates") ? 20 : 1),
      mandatory: orderParams,
      handle(call) {
        const { market } = parse(call);
        if (call.params.flag("computeCommissionRates")) call.done(commissionRatesJson(market));
        else call.done("{}");
      },
    },
    {
      rest: "DELETE /api/v3/order",
      method: "order.cancel",
      security: "TRADE",
      weight: 1,
      isFreeOnSuccess: true,
      mandatory: ["symbol"],
      handle: cancel,
    },
    {
      rest: "DELETE /api/v3/openOrders",
      method: "openOrders.cancelAll",
      security: "TRADE",
      weight: 1,
      isFreeOnSuccess: true,
      mandatory: ["symbol"],
      handle: cancelAll,
    },
  ];
}

/** Parts per million as a fraction of one, with eight digits. */
export function rateText(ppm: number): string {
  const whole = Math.floor(ppm / 1_000_000);
  return `${whole}.${String(ppm % 1_000_000).padStart(6, "0")}00`;
}

function commissionRatesJson(market: Market): string {
  const none = `{"maker":"0.00000000","taker":"0.00000000"}`;
  return `{"standardCommissionForOrder":{"maker":"${rateText(market.makerFeePpm)}","taker":"${rateText(market.takerFeePpm)}"},"specialCommissionForOrder":${none},"taxCommissionForOrder":${none},"discount":{"enabledForAccount":false,"enabledForSymbol":false,"discountAsset":"","discount":"0.00000000"}}`;
}

class CancelAnswer implements Waiting {
  readonly #call: Call;
  readonly #market: Market;
  readonly #cancelId: string | undefined;

  constructor(call: Call, market: Market, cancelId: string | undefined) {
    this.#call = call;
    this.#market = market;
    this.#cancelId = cancelId;
  }

  answer(applied: Applied): void {
    this.#call.settle(this.#result(applied));
  }

  #result(applied: Applied): string | ApiError {
    const call = this.#call;
    for (const event of applied.events) {
      if (event.kind === "cancelRejected") return errorOf(event.reason);
      if (event.kind !== "orderCanceled") continue;
      const cancelId = this.#cancelId ?? cancelIdOf(event.request);
      return cancelJson(this.#market, event.order, cancelId, (us) => call.time(us));
    }
    return commandError(applied);
  }

  timeout(): void {
    this.#call.fail(apiErrors.timeout());
  }
}

class CancelAllAnswer implements Waiting {
  readonly #call: Call;
  readonly #market: Market;

  constructor(call: Call, market: Market) {
    this.#call = call;
    this.#market = market;
  }

  answer(applied: Applied): void {
    this.#call.settle(this.#result(applied));
  }

  #result(applied: Applied): string | ApiError {
    const time: PrintTime = (us) => this.#call.time(us);
    const reports: string[] = [];
    for (const event of applied.events) {
      if (event.kind === "cancelRejected") return errorOf(event.reason);
      if (event.kind === "orderCanceled")
        reports.push(cancelJson(this.#market, event.order, cancelIdOf(event.request), time));
    }
    // Nothing was open: the API calls that an unknown order.
    return reports.length === 0 ? apiErrors.unknownOrderSent() : `[${reports.join(",")}]`;
  }

  timeout(): void {
    this.#call.fail(apiErrors.timeout());
  }
}
