// MarketData: what a gateway remembers of each symbol: recent trades, candles, changes of the book. Built
// from the journal's events; what happened before this gateway started comes from the history.
// When the history cannot be read, live data is served and the past is filled in later.

import type { CoreReader } from "../../core/core-reader.ts";
import type { Trade } from "../../core/event.ts";
import type { Applied } from "../exchange-port.ts";
import type { PublicTrade } from "../history-reader.ts";
import { CandleSeries } from "./candles.ts";
import { DepthFeed } from "./depth-feed.ts";
import type { Market, Markets } from "./market.ts";

/** The API returns up to 1000 trades; aggregated ones need more to choose from. */
const TRADES_MAX = 5000;
export const MINUTE_MS = 60_000;
/** Two days: the 24-hour ticker needs one. */
const MINUTES_MAX = 2880;
/** One hour of the one-second candles. */
const SECONDS_MAX = 3600;

export class MarketFeed {
  readonly market: Market;
  readonly depth: DepthFeed;
  readonly minutes = new CandleSeries(MINUTE_MS, MINUTES_MAX);
  readonly seconds = new CandleSeries(1000, SECONDS_MAX);
  /** Trades up to this id happened before this gateway followed; the history has them. */
  historicTradeId: number;
  isPrimed: boolean;
  #trades: PublicTrade[] = [];

  constructor(market: Market, core: CoreReader) {
    this.market = market;
    this.depth = new DepthFeed(core.position);
    this.historicTradeId = core.lastTrade(market.symbolId).tradeId;
    this.isPrimed = this.historicTradeId === 0;
  }

  add(event: Trade): void {
    const trade: PublicTrade = {
      tradeId: event.tradeId,
      symbolId: event.symbolId,
      priceTicks: event.priceTicks,
      quantityLots: event.quantityLots,
      quoteUnits: event.quoteUnits,
      timestampUs: event.timestampUs,
      isBuyerMaker: event.maker.side === "buy",
      takerOrderId: event.taker.orderId,
    };
    this.#trades.push(trade);
    if (this.#trades.length > 2 * TRADES_MAX) this.#trades = this.#trades.slice(-TRADES_MAX);
    this.minutes.add(trade);
    this.seconds.add(trade);
  }

  /** Starts over at the core's position; what came before is the history's. */
  restart(core: CoreReader): void {
    this.#trades = [];
    this.minutes.clear();
    this.seconds.clear();
    this.depth.restart(core.position);
    this.historicTradeId = core.lastTrade(this.market.symbolId).tradeId;
    this.isPrimed = this.historicTradeId === 0;
  }

  /** Trades before the first that was seen live. */
  primeTrades(older: readonly PublicTrade[]): void {
    this.#trades = [...older, ...this.#trades].slice(-TRADES_MAX);
  }

  /** The newest `count`, ascending. */
  recentTrades(count: number): readonly PublicTrade[] {
    return this.#trades.slice(-count);
  }

  /** Id of the oldest trade held; those from here on need no history. */
  get firstTradeId(): number {
    return this.#trades[0]?.tradeId ?? Number.POSITIVE_INFINITY;
  }

  tradesFrom(tradeId: number, limit: number): readonly PublicTrade[] {
    const first = this.firstTradeId;
    // Trade ids of a symbol count up by one.
    const index = Math.max(0, tradeId - first);
    return this.#trades.slice(index, index + limit);
  }
}

export class MarketData {
  readonly #core: CoreReader;
  readonly #markets: Markets;
  readonly #feeds = new Map<number, MarketFeed>();

  constructor(core: CoreReader, markets: Markets) {
    this.#core = core;
    this.#markets = markets;
    this.refresh();
  }

  /** After the journal opened a symbol. */
  refresh(): void {
    for (const market of this.#markets.all())
      if (!this.#feeds.has(market.symbolId))
        this.#feeds.set(market.symbolId, new MarketFeed(market, this.#core));
  }

  /** Entries were skipped: all that was gathered may have a hole in it. */
  restart(): void {
    for (const feed of this.#feeds.values()) feed.restart(this.#core);
    this.#markets.refresh();
    this.refresh();
  }

  feed(symbolId: number): MarketFeed | undefined {
    return this.#feeds.get(symbolId);
  }

  feeds(): IterableIterator<MarketFeed> {
    return this.#feeds.values();
  }

  feedOf(market: Market): MarketFeed {
    let feed = this.#feeds.get(market.symbolId);
    if (feed === undefined) {
      feed = new MarketFeed(market, this.#core);
      this.#feeds.set(market.symbolId, feed);
    }
    return feed;
  }

  observe(applied: Applied): void {
    for (const event of applied.events) {
      if (event.kind === "configured") {
        this.#markets.refresh();
        this.refresh();
        continue;
      }
      const symbolId =
        event.kind === "trade" ? event.symbolId : "order" in event ? event.order.symbolId : 0;
      const feed = symbolId === 0 ? undefined : this.#feeds.get(symbolId);
      if (feed === undefined) continue;
      feed.depth.observe(event, applied.position);
      if (event.kind === "trade") feed.add(event);
    }
  }
}
