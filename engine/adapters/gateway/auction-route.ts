// What an auction would do if it ended now. The API that clients know has no word for it, so it has a
// path of its own. Worked out once for each change of the journal, however many ask.

import type { Clearing } from "../../core/auction-price.ts";
import type { Call, Route } from "./call.ts";
import type { GatewayContext } from "./context.ts";
import type { Market } from "./market.ts";
import { ZERO } from "./order-json.ts";
import { marketOf } from "./order-params.ts";

export function auctionRoute({ core, markets }: GatewayContext): Route {
  /** By symbol: the answer at a journal position. */
  const answers = new Map<number, { position: number; json: string }>();

  function auction(call: Call): void {
    const market = marketOf(call.params, markets);
    const { position } = core;
    let answer = answers.get(market.symbolId);
    if (answer?.position !== position) {
      const clearing = core.clearing(market.symbolId);
      answer = { position, json: auctionJson(market, markets.statusOf(market), clearing) };
      answers.set(market.symbolId, answer);
    }
    call.done(answer.json);
  }

  return {
    rest: "GET /castle/v1/auction",
    method: "castle.auction",
    security: "NONE",
    weight: 2,
    mandatory: ["symbol"],
    handle: auction,
  };
}

function auctionJson(market: Market, status: string, clearing: Clearing | null): string {
  const surplusLots = clearing?.surplusLots ?? 0;
  return JSON.stringify({
    symbol: market.name,
    status,
    indicativePrice: clearing === null ? ZERO : market.priceText(clearing.priceTicks),
    indicativeQty: clearing === null ? ZERO : market.quantityText(clearing.quantityLots),
    surplusSide: sideOf(Math.sign(surplusLots)),
    surplusQty: market.quantityText(Math.abs(surplusLots)),
  });
}

function sideOf(sign: number): "BUY" | "SELL" | null {
  if (sign === 0) return null;
  return sign > 0 ? "BUY" : "SELL";
}
