// Amending an order: less quantity, same place in the queue. What is sent is the quantity that shall
// be left, so a second sending, from here or another gateway, takes nothing off again.

import type { OrderView } from "../../core/event.ts";
import type { Applied } from "../exchange-port.ts";
import { type ApiError, apiErrors } from "./api-error.ts";
import type { Call, Route } from "./call.ts";
import type { GatewayContext } from "./context.ts";
import type { Market } from "./market.ts";
import { sideNames, statusNames, timeInForceName, typeNames, ZERO } from "./order-json.ts";
import { marketOf, parseQuantity, parseReference } from "./order-params.ts";
import type { Waiting } from "./pending-commands.ts";

export function amendRoute(context: GatewayContext): Route {
  const { core, markets, pending, clock } = context;

  /** The caller's order; what was acknowledged by this gateway is in its core. */
  function find(call: Call, market: Market): OrderView {
    const { accountId } = call.account;
    const { orderId, clientOrderId } = parseReference(call.params, "orderId", "origClientOrderId");
    const order =
      orderId > 0 ? core.order(orderId) : core.orderByClientId(accountId, clientOrderId);
    const isIt =
      order?.accountId === accountId &&
      order.symbolId === market.symbolId &&
      (clientOrderId === "" || order.clientOrderId === clientOrderId);
    if (!isIt) throw apiErrors.noSuchOrder();
    return order;
  }

  function amend(call: Call): void {
    const { params, account } = call;
    const market = marketOf(params, markets);
    const newLots = parseQuantity(market, "newQty", params.required("newQty"));
    const newId = params.clientOrderId("newClientOrderId");
    const order = find(call, market);
    if (newId !== undefined && newId !== order.clientOrderId)
      throw apiErrors.amendRejected(
        "Order amend is not supported with a new client order id.",
        "leave newClientOrderId out, or send the current one",
      );
    // The same quantity goes on: who lost the answer to a first sending learns that it was done.
    if (newLots > order.quantityLots)
      throw apiErrors.amendRejected(
        "Order amend (quantity increase) is not supported.",
        `newQty may not be above ${market.quantityText(order.quantityLots)}`,
      );
    if (newLots <= order.executedLots)
      throw apiErrors.amendRejected(
        "Order amend is not supported for this order.",
        `newQty must be above the executed ${market.quantityText(order.executedLots)}`,
      );
    pending.submit(
      {
        kind: "reduceOrder",
        accountId: account.accountId,
        symbolId: market.symbolId,
        target: { orderId: order.orderId, clientOrderId: "" },
        quantityLots: newLots,
      },
      new AmendAnswer(call, market),
      clock.nowMs(),
    );
  }

  return {
    security: "TRADE",
    isFreeOnSuccess: true,
    rest: "PUT /api/v3/order/amend/keepPriority",
    method: "order.amend.keepPriority",
    weight: 4,
    mandatory: ["symbol", "newQty"],
    handle: amend,
  };
}

class AmendAnswer implements Waiting {
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
    const call = this.#call;
    for (const event of applied.events) {
      if (event.kind === "orderReduced")
        return `{"transactTime":${call.time(event.timestampUs)},"executionId":${applied.position},"amendedOrder":${amendedJson(this.#market, event.order, call)}}`;
      if (event.kind !== "commandRejected") continue;
      if (event.reason === "UNKNOWN_ORDER") return apiErrors.noSuchOrder();
      return apiErrors.amendRejected("Order amend is not supported for this order.", event.reason);
    }
    return apiErrors.unknown();
  }

  timeout(): void {
    this.#call.fail(apiErrors.timeout());
  }
}

function amendedJson(market: Market, order: OrderView, call: Call): string {
  return `{"symbol":"${market.name}","orderId":${order.orderId},"orderListId":-1,"origClientOrderId":"${order.clientOrderId}","clientOrderId":"${order.clientOrderId}","price":"${market.priceText(order.priceTicks)}","qty":"${market.quantityText(order.quantityLots)}","executedQty":"${market.quantityText(order.executedLots)}","preventedQty":"${ZERO}","quoteOrderQty":"${ZERO}","cumulativeQuoteQty":"${market.quoteText(order.executedQuoteUnits)}","status":"${statusNames[order.status]}","timeInForce":"${timeInForceName(order)}","type":"${typeNames[order.type]}","side":"${sideNames[order.side]}","workingTime":${call.time(order.placedUs)},"selfTradePreventionMode":"NONE"}`;
}
