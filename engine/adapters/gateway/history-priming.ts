// HistoryPriming: fills in what happened on each market before this gateway followed the journal.
// Tried again until the history answers; meanwhile the gateway serves what it has seen itself.

import type { Logger } from "pino";
import type { CoreReader } from "../../core/core-reader.ts";
import type { HistoryReader } from "../history-reader.ts";
import type { Clock } from "./context.ts";
import { type MarketData, type MarketFeed, MINUTE_MS } from "./market-data.ts";

const RETRY_MS = 1000;
const TIMEOUT_MS = 5000;
const TRADES = 1000;
/** Two days of minutes, as many as are kept. */
const CANDLES_MS = 2 * 86_400_000;

export class HistoryPriming {
  readonly #marketData: MarketData;
  readonly #history: HistoryReader;
  readonly #core: CoreReader;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Answers that were asked for before a restart are thrown away. */
  #round = 0;

  constructor(parts: {
    marketData: MarketData;
    history: HistoryReader;
    core: CoreReader;
    clock: Clock;
    log: Logger;
  }) {
    this.#marketData = parts.marketData;
    this.#history = parts.history;
    this.#core = parts.core;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  start(): void {
    this.restart();
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#round++;
    this.#timer = setTimeout(() => void this.#primeAll(this.#round), 0);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #primeAll(round: number): Promise<void> {
    let isMissing = false;
    for (const feed of this.#marketData.feeds()) {
      if (feed.isPrimed) continue;
      try {
        await this.#prime(feed, round);
      } catch (cause) {
        isMissing = true;
        this.#log.debug({ err: cause, symbol: feed.market.name }, "history not read yet");
      }
    }
    if (!isMissing || this.#isStopped || round !== this.#round) return;
    this.#timer = setTimeout(() => void this.#primeAll(round), RETRY_MS);
  }

  async #prime(feed: MarketFeed, round: number): Promise<void> {
    const beforeTradeId = feed.historicTradeId + 1;
    const { symbolId } = feed.market;
    const freshness = { minPosition: this.#core.position, timeoutMs: TIMEOUT_MS };
    const startMs = this.#clock.nowMs() - CANDLES_MS;
    const trades = await this.#history.tradesOf({
      ...freshness,
      symbolId,
      beforeId: beforeTradeId,
      limit: TRADES,
    });
    const candles = await this.#history.minuteCandles({
      ...freshness,
      symbolId,
      beforeTradeId,
      startMs: startMs - (startMs % MINUTE_MS),
    });
    if (round !== this.#round || this.#isStopped) return;
    feed.primeTrades(trades);
    feed.minutes.prime(candles);
    feed.isPrimed = true;
  }
}
