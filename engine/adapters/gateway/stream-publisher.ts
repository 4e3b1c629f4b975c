// StreamPublisher: the journal's events as market stream messages. Trades go out as they happen, the
// book ticker once per batch of entries, depth every 100 ms and 1000 ms, tickers and candles each second.

import type { CoreReader } from "../../core/core-reader.ts";
import type { Trade } from "../../core/event.ts";
import type { Applied } from "../exchange-port.ts";
import type { PublicTrade } from "../history-reader.ts";
import type { Clock } from "./context.ts";
import { levelsJson } from "./depth-feed.ts";
import { KlineStreams } from "./kline-streams.ts";
import type { Market } from "./market.ts";
import type { MarketData, MarketFeed } from "./market-data.ts";
import type { Topic, Topics } from "./stream-topics.ts";
import { bookTickerEventJson, miniTickerEventJson, tickerEventJson, tickerOf } from "./ticker.ts";
import { aggregate, aggregateEventJson, tradeEventJson } from "./trade-json.ts";

export const FAST_INTERVAL_MS = 100;
const FAST_PER_SLOW = 10;
const partialLevels = [5, 10, 20] as const;

/** The topics of one symbol, looked up once. */
class MarketTopics {
  readonly feed: MarketFeed;
  readonly trade: Topic | undefined;
  readonly aggTrade: Topic | undefined;
  readonly bookTicker: Topic | undefined;
  readonly ticker: Topic | undefined;
  readonly miniTicker: Topic | undefined;
  readonly fastDepth: Topic | undefined;
  /** `@depth` and `@depth@1000ms` are one stream by two names. */
  readonly slowDepth: readonly (Topic | undefined)[];
  readonly fastPartial: readonly { levels: number; topic: Topic | undefined }[];
  readonly slowPartial: readonly { levels: number; topics: readonly (Topic | undefined)[] }[];
  hasSlowPartialChange = false;
  tickedTradeId = 0;

  constructor(feed: MarketFeed, topics: Topics) {
    const named = (stream: string) => topics.named(`${feed.market.lowerName}@${stream}`);
    this.feed = feed;
    this.trade = named("trade");
    this.aggTrade = named("aggTrade");
    this.bookTicker = named("bookTicker");
    this.ticker = named("ticker");
    this.miniTicker = named("miniTicker");
    this.fastDepth = named("depth@100ms");
    this.slowDepth = [named("depth"), named("depth@1000ms")];
    this.fastPartial = partialLevels.map((levels) => ({
      levels,
      topic: named(`depth${levels}@100ms`),
    }));
    this.slowPartial = partialLevels.map((levels) => ({
      levels,
      topics: [named(`depth${levels}`), named(`depth${levels}@1000ms`)],
    }));
  }
}

export class StreamPublisher {
  readonly #core: CoreReader;
  readonly #clock: Clock;
  readonly #topics: Topics;
  readonly #marketData: MarketData;
  readonly #klines: KlineStreams;
  readonly #bySymbol = new Map<number, MarketTopics>();
  readonly #tops = new Map<number, string>();
  readonly #allMini: Topic | undefined;
  readonly #allTicker: Topic | undefined;
  readonly #allBook: Topic | undefined;
  #fastCount = 0;
  #isTopScheduled = false;

  constructor(parts: { core: CoreReader; clock: Clock; topics: Topics; marketData: MarketData }) {
    this.#core = parts.core;
    this.#clock = parts.clock;
    this.#topics = parts.topics;
    this.#marketData = parts.marketData;
    this.#klines = new KlineStreams(parts.topics, parts.marketData);
    this.#allMini = parts.topics.named("!miniTicker@arr");
    this.#allTicker = parts.topics.named("!ticker@arr");
    this.#allBook = parts.topics.named("!bookTicker");
    parts.topics.onFollowed = (topic) => this.#followed(topic);
  }

  #topicsOf(feed: MarketFeed): MarketTopics {
    let topics = this.#bySymbol.get(feed.market.symbolId);
    if (topics === undefined) {
      topics = new MarketTopics(feed, this.#topics);
      this.#bySymbol.set(feed.market.symbolId, topics);
    }
    return topics;
  }

  /** Gathers depth changes only while somebody wants them. */
  #followed(topic: Topic): void {
    for (const feed of this.#marketData.feeds()) {
      const topics = this.#topicsOf(feed);
      const { depth } = feed;
      if (topic === topics.fastDepth) {
        if (topic.isFollowed) depth.fast.follow(depth.position);
        else depth.fast.unfollow();
      } else if (topics.slowDepth.includes(topic)) {
        if (topics.slowDepth.some((slow) => slow?.isFollowed)) depth.slow.follow(depth.position);
        else depth.slow.unfollow();
      }
    }
    this.#klines.followed(topic);
  }

  /** After `MarketData` has seen the same entry. */
  observe(applied: Applied): void {
    let trades: Trade[] | undefined;
    let hasBookEvent = false;
    for (const event of applied.events) {
      if (event.kind === "trade") {
        trades ??= [];
        trades.push(event);
        hasBookEvent = true;
      } else if ("order" in event) hasBookEvent = true;
    }
    if (hasBookEvent) this.#scheduleTops();
    if (trades !== undefined) this.#publishTrades(trades);
  }

  #publishTrades(events: readonly Trade[]): void {
    const feed = this.#marketData.feed(events[0]?.symbolId ?? 0);
    if (feed === undefined) return;
    const { market } = feed;
    const { trade: single, aggTrade } = this.#topicsOf(feed);
    if (!single?.isFollowed && !aggTrade?.isFollowed) return;
    const nowMs = Math.floor(this.#clock.nowMs());
    const trades: readonly PublicTrade[] = feed.recentTrades(events.length);
    if (single?.isFollowed)
      for (const trade of trades)
        this.#topics.publish(single, tradeEventJson(market, trade, nowMs));
    if (aggTrade?.isFollowed)
      for (const trade of aggregate(trades))
        this.#topics.publish(aggTrade, aggregateEventJson(market, trade, nowMs));
  }

  /** Entries come in batches; the top of the book is told as it stands after each batch. */
  #scheduleTops(): void {
    if (this.#isTopScheduled) return;
    this.#isTopScheduled = true;
    queueMicrotask(() => {
      this.#isTopScheduled = false;
      this.#publishTops();
    });
  }

  #publishTops(): void {
    for (const feed of this.#marketData.feeds()) {
      if (!feed.depth.hasTopChange) continue;
      feed.depth.hasTopChange = false;
      const { bookTicker } = this.#topicsOf(feed);
      if (!bookTicker?.isFollowed && !this.#allBook?.isFollowed) continue;
      const { market } = feed;
      const { bid, ask } = this.#core.top(market.symbolId);
      const top = `${bid.priceTicks} ${bid.quantityLots} ${ask.priceTicks} ${ask.quantityLots}`;
      if (this.#tops.get(market.symbolId) === top) continue;
      this.#tops.set(market.symbolId, top);
      const json = bookTickerEventJson(market, this.#core, feed.depth.position);
      if (bookTicker?.isFollowed) this.#topics.publish(bookTicker, json);
      if (this.#allBook?.isFollowed) this.#topics.publish(this.#allBook, json);
    }
  }

  /** To be called every `FAST_INTERVAL_MS`. */
  flush(): void {
    this.#fastCount++;
    const isSlow = this.#fastCount % FAST_PER_SLOW === 0;
    const nowMs = Math.floor(this.#clock.nowMs());
    for (const feed of this.#marketData.feeds()) {
      const topics = this.#topicsOf(feed);
      this.#flushDepth(topics, nowMs, isSlow);
      this.#flushPartial(topics, isSlow);
    }
    if (isSlow) {
      this.#flushTickers(nowMs);
      this.#klines.flush(nowMs);
    }
  }

  #flushDepth(topics: MarketTopics, nowMs: number, isSlow: boolean): void {
    const { market, depth } = topics.feed;
    const fast = depth.fast.flush(market, this.#core, depth.position, nowMs);
    if (fast !== undefined && topics.fastDepth) this.#topics.publish(topics.fastDepth, fast);
    if (!isSlow) return;
    const slow = depth.slow.flush(market, this.#core, depth.position, nowMs);
    if (slow === undefined) return;
    for (const topic of topics.slowDepth) if (topic) this.#topics.publish(topic, slow);
  }

  #flushPartial(topics: MarketTopics, isSlow: boolean): void {
    const { feed } = topics;
    if (feed.depth.hasPartialChange) {
      feed.depth.hasPartialChange = false;
      topics.hasSlowPartialChange = true;
      for (const { levels, topic } of topics.fastPartial)
        if (topic?.isFollowed) this.#topics.publish(topic, this.#partialJson(feed, levels));
    }
    if (!isSlow || !topics.hasSlowPartialChange) return;
    topics.hasSlowPartialChange = false;
    for (const { levels, topics: named } of topics.slowPartial) {
      if (!named.some((topic) => topic?.isFollowed)) continue;
      const json = this.#partialJson(feed, levels);
      for (const topic of named) if (topic) this.#topics.publish(topic, json);
    }
  }

  #partialJson(feed: MarketFeed, levels: number): string {
    const market: Market = feed.market;
    const { bids, asks } = this.#core.depth(market.symbolId, levels);
    return `{"lastUpdateId":${feed.depth.position},"bids":${levelsJson(market, bids)},"asks":${levelsJson(market, asks)}}`;
  }

  #flushTickers(nowMs: number): void {
    const minis: string[] = [];
    const fulls: string[] = [];
    for (const feed of this.#marketData.feeds()) {
      const topics = this.#topicsOf(feed);
      const { ticker, miniTicker } = topics;
      const isWanted = ticker?.isFollowed || miniTicker?.isFollowed;
      const isArrayWanted = this.#allMini?.isFollowed || this.#allTicker?.isFollowed;
      if (!isWanted && !isArrayWanted) continue;
      const day = tickerOf(feed, this.#core, nowMs);
      const mini = miniTickerEventJson(feed.market, day, nowMs);
      const full = tickerEventJson(feed.market, day, nowMs);
      if (miniTicker?.isFollowed) this.#topics.publish(miniTicker, mini);
      if (ticker?.isFollowed) this.#topics.publish(ticker, full);
      if (day.lastTradeId === topics.tickedTradeId) continue;
      topics.tickedTradeId = day.lastTradeId;
      minis.push(mini);
      fulls.push(full);
    }
    if (minis.length === 0) return;
    if (this.#allMini?.isFollowed) this.#topics.publish(this.#allMini, `[${minis.join(",")}]`);
    if (this.#allTicker?.isFollowed) this.#topics.publish(this.#allTicker, `[${fulls.join(",")}]`);
  }
}
