// Answers to a new order: from the events of its command to the API's ACK, RESULT or FULL report.

import type { OrderType } from "../../core/command.ts";
import type { Event, OrderRejected, OrderView, Trade } from "../../core/event.ts";
import type { Applied } from "../exchange-port.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import type { Call } from "./call.ts";
import type { Market } from "./market.ts";
import { ackJson, fullJson, type PrintTime, resultJson } from "./order-json.ts";
import type { Params } from "./params.ts";
import type { Waiting } from "./pending-commands.ts";
import type { OrderUsage } from "./rate-limits.ts";
import { placeError } from "./rejections.ts";

export type ResponseType = "ACK" | "RESULT" | "FULL";

export function parseResponseType(params: Params, type: OrderType): ResponseType {
  const text = params.text("newOrderRespType");
  if (text === undefined) return type === "limitMaker" ? "ACK" : "FULL";
  if (text === "ACK" || text === "RESULT" || text === "FULL") return text;
  throw apiErrors.badData("newOrderRespType", "ACK, RESULT or FULL");
}

export interface Placed {
  readonly order: OrderView | undefined;
  readonly trades: readonly Trade[];
  readonly rejected: OrderRejected | undefined;
}

/** What one command's events say of the order that it placed. */
export function placedBy(events: readonly Event[]): Placed {
  let order: OrderView | undefined;
  let rejected: OrderRejected | undefined;
  const trades: Trade[] = [];
  for (const event of events) {
    if (event.kind === "orderAccepted") order = event.order;
    else if (event.kind === "orderRejected") rejected = event;
    else if (event.kind === "trade") {
      trades.push(event);
      order = event.taker;
    } else if (event.kind === "orderExpired" && event.order.orderId === order?.orderId)
      order = event.order;
  }
  return { order, trades, rejected };
}

export function placedJson(
  market: Market,
  placed: { order: OrderView; trades: readonly Trade[] },
  type: ResponseType,
  time: PrintTime,
): string {
  if (type === "ACK") return ackJson(market, placed.order, time);
  if (type === "RESULT") return resultJson(market, placed.order, time);
  return fullJson(market, placed.order, placed.trades, time);
}

/** The rest of an order's request, from sending to the answer. */
export class PlaceAnswer implements Waiting {
  readonly #call: Call;
  readonly #market: Market;
  readonly #type: ResponseType;
  readonly #usage: OrderUsage;

  constructor(call: Call, market: Market, type: ResponseType, usage: OrderUsage) {
    this.#call = call;
    this.#market = market;
    this.#type = type;
    this.#usage = usage;
    usage.inFlight++;
  }

  answer(applied: Applied): void {
    this.#usage.inFlight--;
    const call = this.#call;
    const time: PrintTime = (us) => call.time(us);
    const { order, trades, rejected } = placedBy(applied.events);
    if (order !== undefined)
      call.done(placedJson(this.#market, { order, trades }, this.#type, time));
    else call.fail(rejected ? placeError(this.#market, rejected, time) : commandError(applied));
  }

  timeout(): void {
    this.#usage.inFlight--;
    this.#call.fail(apiErrors.timeout());
  }
}

/** A command that the core refused as a whole. */
export function commandError(applied: Applied): ApiError {
  for (const event of applied.events)
    if (event.kind === "commandRejected" || event.kind === "cancelRejected")
      return event.reason === "UNKNOWN_SESSION"
        ? apiErrors.timeout()
        : new ApiError(400, -1014, "Unsupported order combination.", event.reason);
  return apiErrors.unknown();
}
