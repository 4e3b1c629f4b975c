// A steady beat laid under a flow that has long silences of its own: small immediate-or-cancel
// orders far below the market, which never fill and rest nowhere. With it, "how long until the
// next order was acknowledged" measures the exchange and not the flow's next arrival.

import type { FlowAction } from "./flow-action.ts";

export interface BeatOptions {
  readonly everyMs: number;
  readonly durationMs: number;
  /** Of instrument 0. */
  readonly midTicks: number;
}

/** A tenth of the price, so twenty lots are still worth more than one lot at the market. */
const PRICE_SHARE = 0.1;
const QUANTITY_LOTS = 20;

/** What makes an immediate-or-cancel order to buy end unfilled. */
export function restingNowhere(midTicks: number) {
  const priceTicks = Math.max(1, Math.floor(midTicks * PRICE_SHARE));
  return { instrument: 0, priceTicks, quantityLots: QUANTITY_LOTS };
}

/** Both together, in order of time, up to `durationMs`. */
export function* withBeats(
  flow: Iterable<FlowAction>,
  options: BeatOptions,
): Generator<FlowAction> {
  const order = restingNowhere(options.midTicks);
  let beatMs = options.everyMs;
  const beatsUntil = function* (untilMs: number): Generator<FlowAction> {
    for (; beatMs <= untilMs; beatMs += options.everyMs) {
      yield { kind: "take", atMs: beatMs, side: "buy", ...order };
    }
  };
  for (const action of flow) {
    if (action.atMs >= options.durationMs) break;
    yield* beatsUntil(action.atMs);
    yield action;
  }
}
