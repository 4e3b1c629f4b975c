// The generator's own picture of one instrument's book: enough to aim prices at the best level, to
// let takers use up what rests, and to cancel what is most likely still there. The exchange under
// test may disagree (it rejects, or was away); nothing here depends on it.

import type { FlowSide } from "./flow-action.ts";

export interface ShadowOrder {
  readonly orderKey: number;
  readonly instrument: number;
  readonly side: FlowSide;
  readonly priceTicks: number;
  /** 0 once it is gone: levels forget it when they next meet it. */
  leftLots: number;
}

/** How far from the last best price the next one is sought before the side counts as empty. */
const SCAN_TICKS_MAX = 2000;

export class ShadowBook {
  readonly #levels = {
    buy: new Map<number, ShadowOrder[]>(),
    sell: new Map<number, ShadowOrder[]>(),
  };
  #best: { buy: number; sell: number };

  constructor(midTicks: number, spreadTicks: number) {
    this.#best = {
      buy: midTicks - Math.ceil(spreadTicks / 2),
      sell: midTicks + Math.floor(spreadTicks / 2),
    };
  }

  /** The best price of a side; the last one known where nothing rests. */
  best(side: FlowSide): number {
    const step = side === "buy" ? -1 : 1;
    let priceTicks = this.#best[side];
    for (let i = 0; i < SCAN_TICKS_MAX; i += 1, priceTicks += step) {
      if (this.#isLive(side, priceTicks)) {
        this.#best[side] = priceTicks;
        return priceTicks;
      }
    }
    return this.#best[side];
  }

  rest(order: ShadowOrder): void {
    const level = this.#levels[order.side].get(order.priceTicks);
    if (level === undefined) this.#levels[order.side].set(order.priceTicks, [order]);
    else level.push(order);
    const isBetter =
      order.side === "buy" ? order.priceTicks > this.#best.buy : order.priceTicks < this.#best.sell;
    if (isBetter) this.#best[order.side] = order.priceTicks;
  }

  /** Lets a taker use up the other side, oldest first, up to its limit; returns what is left. */
  take(side: FlowSide, limitTicks: number, quantityLots: number): number {
    const other = side === "buy" ? "sell" : "buy";
    let leftLots = quantityLots;
    while (leftLots > 0) {
      const priceTicks = this.best(other);
      const isWithin = side === "buy" ? priceTicks <= limitTicks : priceTicks >= limitTicks;
      const level = this.#levels[other].get(priceTicks);
      if (!isWithin || level === undefined) break;
      for (const order of level) {
        const lots = Math.min(order.leftLots, leftLots);
        order.leftLots -= lots;
        leftLots -= lots;
      }
      this.#isLive(other, priceTicks);
    }
    return leftLots;
  }

  /** Whether anything rests at a price; clears away what is gone. */
  #isLive(side: FlowSide, priceTicks: number): boolean {
    const level = this.#levels[side].get(priceTicks);
    if (level === undefined) return false;
    let gone = 0;
    while (gone < level.length && level[gone]?.leftLots === 0) gone += 1;
    if (gone > 0) level.splice(0, gone);
    if (level.length > 0) return true;
    this.#levels[side].delete(priceTicks);
    return false;
  }
}
