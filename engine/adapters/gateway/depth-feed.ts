// DepthFeed: changes of one symbol's book, gathered for the diff streams at 100 ms and 1000 ms.
// The update counter of a book is the journal position that changed it last: it only grows, all gateways
// agree on it, and REST snapshots, bookTicker and both streams share it.
// Invariant: on each stream the first position of an event is the last of the event before, plus one.

import type { Side } from "../../core/command.ts";
import type { CoreReader, DepthLevel } from "../../core/core-reader.ts";
import type { Event } from "../../core/event.ts";
import type { Market } from "./market.ts";

/** Price levels that changed since the last event of one diff stream. */
class DepthChanges {
  readonly #levels = new Set<number>();
  /** `u` of the last event. */
  #flushedPosition = 0;
  #isFollowed = false;

  /** From now on a client builds a book from it: changes before `position` are in its snapshot. */
  follow(position: number): void {
    if (this.#isFollowed) return;
    this.#isFollowed = true;
    this.#flushedPosition = position;
  }

  unfollow(): void {
    this.#isFollowed = false;
    this.#levels.clear();
  }

  mark(side: Side, priceTicks: number): void {
    if (this.#isFollowed) this.#levels.add(priceTicks * 2 + (side === "sell" ? 1 : 0));
  }

  /** The event for all changes since the last one; `undefined` where nothing changed. */
  flush(market: Market, core: CoreReader, position: number, timeMs: number): string | undefined {
    if (this.#levels.size === 0) return undefined;
    let bids = "";
    let asks = "";
    for (const key of this.#levels) {
      const isAsk = key % 2 === 1;
      const priceTicks = (key - (isAsk ? 1 : 0)) / 2;
      const lots = core.levelLots(market.symbolId, isAsk ? "sell" : "buy", priceTicks);
      const level = `["${market.priceText(priceTicks)}","${market.quantityText(lots)}"]`;
      if (isAsk) asks += asks === "" ? level : `,${level}`;
      else bids += bids === "" ? level : `,${level}`;
    }
    this.#levels.clear();
    const first = this.#flushedPosition + 1;
    this.#flushedPosition = position;
    return `{"e":"depthUpdate","E":${timeMs},"s":"${market.name}","U":${first},"u":${position},"b":[${bids}],"a":[${asks}]}`;
  }
}

export class DepthFeed {
  readonly fast = new DepthChanges();
  readonly slow = new DepthChanges();
  /** Journal position that changed the book last. */
  position: number;
  /** Changed since partial depth and bookTicker were last looked at. */
  hasPartialChange = false;
  hasTopChange = false;

  constructor(position: number) {
    this.position = position;
  }

  /** Changes were missed: their streams end, and begin again with new followers. */
  restart(position: number): void {
    this.position = position;
    this.fast.unfollow();
    this.slow.unfollow();
  }

  /** `event` is of this feed's symbol. */
  observe(event: Event, position: number): void {
    switch (event.kind) {
      case "orderAccepted":
      case "orderCanceled":
      case "orderExpired":
      case "orderReduced":
        // A market order, and one that never rests, marks nothing or a level that did not change.
        if (event.order.type !== "market")
          this.#mark(event.order.side, event.order.priceTicks, position);
        return;
      case "trade":
        this.#mark(event.maker.side, event.maker.priceTicks, position);
        // In an auction both rested; a taker of any other time marks what its acceptance did.
        if (event.taker.type !== "market")
          this.#mark(event.taker.side, event.taker.priceTicks, position);
        return;
      default:
        return;
    }
  }

  #mark(side: Side, priceTicks: number, position: number): void {
    this.position = position;
    this.hasPartialChange = true;
    this.hasTopChange = true;
    this.fast.mark(side, priceTicks);
    this.slow.mark(side, priceTicks);
  }
}

export function levelsJson(market: Market, levels: readonly DepthLevel[]): string {
  let json = "";
  for (const { priceTicks, quantityLots } of levels) {
    if (json !== "") json += ",";
    json += `["${market.priceText(priceTicks)}","${market.quantityText(quantityLots)}"]`;
  }
  return `[${json}]`;
}

/** Snapshot from live state: never older than an event that was sent. */
export function depthJson(
  market: Market,
  core: CoreReader,
  feed: DepthFeed,
  levelsMax: number,
): string {
  const { bids, asks } = core.depth(market.symbolId, levelsMax);
  return `{"lastUpdateId":${feed.position},"bids":${levelsJson(market, bids)},"asks":${levelsJson(market, asks)}}`;
}
