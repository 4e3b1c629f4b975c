// CandleSeries: candles of one base interval of one symbol, built from trades, bounded in number.
// Longer intervals are folded from it on demand. Sums are exact.

import type { Candle, PublicTrade } from "../history-reader.ts";

interface OpenCandle {
  openMs: number;
  openTicks: number;
  highTicks: number;
  lowTicks: number;
  closeTicks: number;
  volumeLots: bigint;
  quoteUnits: bigint;
  takerBuyLots: bigint;
  takerBuyQuoteUnits: bigint;
  tradeCount: number;
  firstTradeId: number;
  lastTradeId: number;
}

export class CandleSeries {
  readonly baseMs: number;
  readonly #countMax: number;
  /** Ascending; those without a trade are left out. */
  #candles: OpenCandle[] = [];
  /** Sums of the newest candle that fit plain numbers; folded into it when it is read or ends. */
  #lots = 0;
  #quoteUnits = 0;
  #takerBuyLots = 0;
  #takerBuyQuoteUnits = 0;

  constructor(baseMs: number, countMax: number) {
    this.baseMs = baseMs;
    this.#countMax = countMax;
  }

  add(trade: PublicTrade): void {
    const timeMs = trade.timestampUs / 1000;
    const openMs = timeMs - (timeMs % this.baseMs);
    let last = this.#candles[this.#candles.length - 1];
    if (last === undefined || openMs > last.openMs) {
      this.#settle();
      last = opened(openMs, trade);
      this.#candles.push(last);
      if (this.#candles.length > this.#countMax * 2)
        this.#candles = this.#candles.slice(-this.#countMax);
    }
    const { priceTicks, quantityLots, quoteUnits } = trade;
    if (priceTicks > last.highTicks) last.highTicks = priceTicks;
    if (priceTicks < last.lowTicks) last.lowTicks = priceTicks;
    last.closeTicks = priceTicks;
    last.lastTradeId = trade.tradeId;
    last.tradeCount++;
    if (this.#quoteUnits + quoteUnits > Number.MAX_SAFE_INTEGER / 2) this.#settle();
    if (this.#lots + quantityLots > Number.MAX_SAFE_INTEGER / 2) this.#settle();
    this.#lots += quantityLots;
    this.#quoteUnits += quoteUnits;
    if (!trade.isBuyerMaker) {
      this.#takerBuyLots += quantityLots;
      this.#takerBuyQuoteUnits += quoteUnits;
    }
  }

  #settle(): void {
    const last = this.#candles[this.#candles.length - 1];
    if (last === undefined || this.#lots === 0) return;
    last.volumeLots += BigInt(this.#lots);
    last.quoteUnits += BigInt(this.#quoteUnits);
    last.takerBuyLots += BigInt(this.#takerBuyLots);
    last.takerBuyQuoteUnits += BigInt(this.#takerBuyQuoteUnits);
    this.#lots = 0;
    this.#quoteUnits = 0;
    this.#takerBuyLots = 0;
    this.#takerBuyQuoteUnits = 0;
  }

  /** Candles of trades before the first that was added here; the one at the seam is joined. */
  prime(older: readonly Candle[]): void {
    this.#settle();
    const seam = older[older.length - 1];
    const first = this.#candles[0];
    const head = older.map((candle) => ({ ...candle }));
    if (seam !== undefined && first !== undefined && first.openMs === seam.openMs) {
      this.#candles[0] = join(seam, first);
      head.pop();
    }
    this.#candles = [...head, ...this.#candles].slice(-this.#countMax);
  }

  clear(): void {
    this.#candles = [];
    this.#lots = 0;
    this.#quoteUnits = 0;
    this.#takerBuyLots = 0;
    this.#takerBuyQuoteUnits = 0;
  }

  /** Candles that opened at or after `fromMs`. */
  since(fromMs: number): readonly Candle[] {
    this.#settle();
    const index = this.#candles.findIndex((candle) => candle.openMs >= fromMs);
    return index < 0 ? [] : this.#candles.slice(index);
  }

  get last(): Candle | undefined {
    this.#settle();
    return this.#candles[this.#candles.length - 1];
  }

  /** Start of the oldest candle still held. */
  get firstMs(): number {
    return this.#candles[0]?.openMs ?? Number.POSITIVE_INFINITY;
  }
}

function opened(openMs: number, trade: PublicTrade): OpenCandle {
  return {
    openMs,
    openTicks: trade.priceTicks,
    highTicks: trade.priceTicks,
    lowTicks: trade.priceTicks,
    closeTicks: trade.priceTicks,
    volumeLots: 0n,
    quoteUnits: 0n,
    takerBuyLots: 0n,
    takerBuyQuoteUnits: 0n,
    tradeCount: 0,
    firstTradeId: trade.tradeId,
    lastTradeId: trade.tradeId,
  };
}

/** Two candles of which `earlier` ended before `later` began, as one that opens at `earlier`'s time. */
export function join(earlier: Candle, later: Candle): Candle & OpenCandle {
  return {
    openMs: earlier.openMs,
    openTicks: earlier.openTicks,
    highTicks: Math.max(earlier.highTicks, later.highTicks),
    lowTicks: Math.min(earlier.lowTicks, later.lowTicks),
    closeTicks: later.closeTicks,
    volumeLots: earlier.volumeLots + later.volumeLots,
    quoteUnits: earlier.quoteUnits + later.quoteUnits,
    takerBuyLots: earlier.takerBuyLots + later.takerBuyLots,
    takerBuyQuoteUnits: earlier.takerBuyQuoteUnits + later.takerBuyQuoteUnits,
    tradeCount: earlier.tradeCount + later.tradeCount,
    firstTradeId: earlier.firstTradeId,
    lastTradeId: later.lastTradeId,
  };
}

/** Ascending candles as one; `undefined` for none. */
export function fold(candles: readonly Candle[]): Candle | undefined {
  let folded: Candle | undefined;
  for (const candle of candles) folded = folded === undefined ? candle : join(folded, candle);
  return folded;
}
