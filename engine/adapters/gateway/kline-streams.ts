// KlineStreams: the candle that is forming, once a second while it changes, and once more when it closes.
// Intervals longer than what a gateway remembers (two days) are told from what it remembers.

import type { Candle } from "../history-reader.ts";
import { fold } from "./candles.ts";
import { type Interval, intervalNamed } from "./intervals.ts";
import { klineEventJson } from "./kline-json.ts";
import type { MarketData, MarketFeed } from "./market-data.ts";
import type { Topic, Topics } from "./stream-topics.ts";

interface Followed {
  readonly topic: Topic;
  readonly feed: MarketFeed;
  readonly interval: Interval;
  sentOpenMs: number;
  sentTradeId: number;
}

export class KlineStreams {
  readonly #topics: Topics;
  readonly #marketData: MarketData;
  readonly #followed = new Map<string, Followed>();

  constructor(topics: Topics, marketData: MarketData) {
    this.#topics = topics;
    this.#marketData = marketData;
  }

  followed(topic: Topic): void {
    const [symbol, stream] = topic.name.split("@");
    if (stream === undefined || !stream.startsWith("kline_")) return;
    if (!topic.isFollowed) {
      this.#followed.delete(topic.name);
      return;
    }
    const interval = intervalNamed(stream.slice(6));
    if (interval === undefined) return;
    for (const feed of this.#marketData.feeds())
      if (feed.market.lowerName === symbol)
        this.#followed.set(topic.name, { topic, feed, interval, sentOpenMs: -1, sentTradeId: 0 });
  }

  /** To be called once a second. */
  flush(nowMs: number): void {
    for (const followed of this.#followed.values()) this.#flushOne(followed, nowMs);
  }

  #flushOne(followed: Followed, nowMs: number): void {
    const { feed, interval } = followed;
    const openMs = interval.openMs(nowMs);
    const series = interval.name === "1s" ? feed.seconds : feed.minutes;
    if (followed.sentOpenMs >= 0 && followed.sentOpenMs < openMs) {
      const closed = series
        .since(followed.sentOpenMs)
        .filter((candle) => interval.openMs(candle.openMs) === followed.sentOpenMs);
      this.#send(followed, fold(closed), { timeMs: nowMs, isClosed: true });
      followed.sentOpenMs = -1;
    }
    const candle = fold(series.since(openMs));
    if (candle === undefined || candle.lastTradeId === followed.sentTradeId) return;
    followed.sentOpenMs = openMs;
    followed.sentTradeId = candle.lastTradeId;
    this.#send(followed, { ...candle, openMs }, { timeMs: nowMs, isClosed: false });
  }

  #send(
    followed: Followed,
    candle: Candle | undefined,
    event: { timeMs: number; isClosed: boolean },
  ): void {
    if (candle === undefined) return;
    const opened = { ...candle, openMs: followed.interval.openMs(candle.openMs) };
    this.#topics.publish(
      followed.topic,
      klineEventJson(followed.feed.market, opened, followed.interval, event),
    );
  }
}
