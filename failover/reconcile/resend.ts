// Resend: what has to be asked of the new region so that a lost command is made good. Exactly once:
// orders carry the client order ids that they had, cancels and reductions name their order by it and
// say what shall be left, so asking twice changes nothing. What has no such name is left to people.

import type { Market, Markets, OrderView, PlaceOrder } from "../../engine/index.ts";
import { accountOf, type Difference } from "./difference.ts";
import { isAccepted } from "./outcome.ts";

export interface ApiRequest {
  readonly id: string;
  readonly accountId: number;
  readonly method: "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface ResendPlan {
  readonly requests: readonly ApiRequest[];
  /** Not asked for, and why. */
  readonly left: readonly { readonly id: string; readonly why: string }[];
}

/** In the order of the old journal, of those that `isChosen` names. */
export function planResend(
  differences: readonly Difference[],
  markets: Markets,
  isChosen: (difference: Difference) => boolean,
): ResendPlan {
  const requests: ApiRequest[] = [];
  const left: { id: string; why: string }[] = [];
  for (const difference of differences) {
    if (!isChosen(difference)) continue;
    const made = requestsOf(difference, markets);
    if (typeof made === "string") left.push({ id: difference.id, why: made });
    else requests.push(...made);
  }
  return { requests, left };
}

/** Requests, or why there are none. */
function requestsOf(difference: Difference, markets: Markets): ApiRequest[] | string {
  const { kind, id, command, outcome } = difference;
  if (kind !== "lost") return "it is in the new region's journal";
  const accountId = accountOf(command);
  const isOfOrder = command.kind.endsWith("Order") || command.kind === "cancelAllOrders";
  if (!isOfOrder || accountId === null) return `${command.kind} is to be entered by hand`;
  if (!isAccepted(outcome) && outcome.canceled.length === 0)
    return `it changed nothing in the old region: ${outcome.result}`;
  const of = { id, accountId };
  const cancels = outcome.canceled.map((order) => cancelRequest(of, order, markets));
  switch (command.kind) {
    case "placeOrder":
      return [placeRequest(of, command, marketOf(markets, command.symbolId))];
    case "reduceOrder":
      return outcome.reduced === null ? [] : [reduceRequest(of, outcome.reduced, markets)];
    case "cancelReplaceOrder": {
      const market = marketOf(markets, command.place.symbolId);
      if (outcome.placed === null) return cancels;
      const place = placeRequest(of, command.place, market);
      const [canceled] = outcome.canceled;
      return canceled === undefined
        ? [place]
        : [replaceRequest(place, canceled, command.stopOnFailure)];
    }
    default:
      return cancels;
  }
}

type Of = Pick<ApiRequest, "id" | "accountId">;

const orderPath = "/api/v3/order";
const types = { limit: "LIMIT", limitMaker: "LIMIT_MAKER", market: "MARKET" } as const;

function placeRequest(of: Of, place: Omit<PlaceOrder, "kind">, market: Market): ApiRequest {
  const { type, quantityLots, quoteUnits } = place;
  const amount: Record<string, string> =
    quoteUnits === 0
      ? { quantity: market.quantityText(quantityLots) }
      : { quoteOrderQty: market.quoteText(quoteUnits) };
  const limit: Record<string, string> =
    type === "market" ? {} : { price: market.priceText(place.priceTicks) };
  const timeInForce: Record<string, string> =
    type === "limit" ? { timeInForce: place.timeInForce.toUpperCase() } : {};
  const params = {
    ...{ symbol: market.name, side: place.side.toUpperCase(), type: types[type] },
    ...{ ...amount, ...limit, ...timeInForce },
    newClientOrderId: place.clientOrderId,
  };
  return { ...of, method: "POST", path: orderPath, params };
}

function cancelRequest(of: Of, order: OrderView, markets: Markets): ApiRequest {
  const symbol = marketOf(markets, order.symbolId).name;
  const params = { symbol, origClientOrderId: order.clientOrderId };
  return { ...of, method: "DELETE", path: orderPath, params };
}

function reduceRequest(of: Of, order: OrderView, markets: Markets): ApiRequest {
  const market = marketOf(markets, order.symbolId);
  const newQty = market.quantityText(order.quantityLots);
  const params = { symbol: market.name, origClientOrderId: order.clientOrderId, newQty };
  return { ...of, method: "PUT", path: `${orderPath}/amend/keepPriority`, params };
}

function replaceRequest(place: ApiRequest, canceled: OrderView, stops: boolean): ApiRequest {
  const params = {
    ...place.params,
    cancelReplaceMode: stops ? "STOP_ON_FAILURE" : "ALLOW_FAILURE",
    cancelOrigClientOrderId: canceled.clientOrderId,
  };
  return { ...place, path: `${orderPath}/cancelReplace`, params };
}

function marketOf(markets: Markets, symbolId: number): Market {
  const market = markets.withId(symbolId);
  if (market === undefined) throw new Error(`must hold: symbol ${symbolId} is configured`);
  return market;
}

export interface ApiReply {
  /** 0 where there was none. */
  readonly status: number;
  /** Of an error; 0 where it was done. */
  readonly code: number;
  readonly message: string;
  /** Of a replacement: its new order was taken. */
  readonly isPlaced: boolean;
}

/** `unchanged`: it was so already, or there was nothing left to do it to. */
export type Answer = "done" | "unchanged" | "refused";

/** What the new region's answer to a request means. */
export function readAnswer(request: ApiRequest, reply: ApiReply): Answer {
  if (reply.status === 200) return "done";
  const { code, message } = reply;
  const isReplace = request.path.endsWith("cancelReplace");
  // One half of a replacement: the order to be canceled was gone, or the new one was not taken.
  if (isReplace && code === -2021) return reply.isPlaced ? "done" : "refused";
  // -2010 has many texts: a second order with the id, but also a lack of money.
  if (request.method === "POST" && !isReplace)
    return message === "Duplicate order sent." ? "unchanged" : "refused";
  if (isReplace) return code === -2022 ? "unchanged" : "refused";
  // Nothing is left to cancel or to reduce.
  return code === -2011 || code === -2013 ? "unchanged" : "refused";
}
