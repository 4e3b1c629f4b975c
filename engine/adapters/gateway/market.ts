// Market: one symbol as the API shows it: its decimals on the one side, the core's ticks, lots and
// units on the other. Invariant: both say the same, or the gateway refuses to start.

import type { ExchangeConfig } from "../../config.ts";
import { assert } from "../../core/assert.ts";
import type { CoreReader } from "../../core/core-reader.ts";
import type { Asset, Instrument } from "../../core/instrument.ts";
import { CastleError } from "../../errors.ts";
import { parseDecimal, parseStep, powerOfTen, printDecimal } from "./decimal.ts";

type SymbolConfig = ExchangeConfig["genesis"]["symbols"][number];

export class Market {
  readonly symbolId: number;
  readonly name: string;
  /** As stream names spell it. */
  readonly lowerName: string;
  readonly base: Asset;
  readonly quote: Asset;
  readonly config: SymbolConfig;
  readonly tickDecimals: number;
  readonly lotDecimals: number;
  /** Size of a tick, at `tickDecimals`. */
  readonly tickStep: number;
  readonly lotStep: number;
  readonly priceTicksMax: number;
  readonly quantityLotsMax: number;
  readonly notionalUnitsMin: number;
  /** Quote units of one lot at one tick. */
  readonly tickUnitsPerLot: number;
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;

  constructor(config: SymbolConfig, instrument: Instrument, base: Asset, quote: Asset) {
    const tick = parseStep(config.tickSize);
    const lot = parseStep(config.lotSize);
    this.symbolId = instrument.symbolId;
    this.name = config.name;
    this.lowerName = config.name.toLowerCase();
    this.base = base;
    this.quote = quote;
    this.config = config;
    this.tickDecimals = tick.decimals;
    this.tickStep = tick.step;
    this.lotDecimals = lot.decimals;
    this.lotStep = lot.step;
    this.priceTicksMax = instrument.priceTicksMax;
    this.quantityLotsMax = Math.floor(parseDecimal(config.quantityMax, lot.decimals) / lot.step);
    this.notionalUnitsMin = parseDecimal(config.notionalMin, quote.decimals);
    this.tickUnitsPerLot = instrument.tickUnitsPerLot;
    this.makerFeePpm = instrument.makerFeePpm;
    this.takerFeePpm = instrument.takerFeePpm;
    this.#checkLaws(instrument);
  }

  #checkLaws(instrument: Instrument): void {
    const lotUnits = this.lotStep * powerOfTen(this.base.decimals - this.lotDecimals);
    if (lotUnits !== instrument.lotUnits)
      throw this.#disagrees("lotSize", instrument.lotUnits, lotUnits);
    const units =
      this.tickStep *
      this.lotStep *
      10 ** (this.quote.decimals - this.tickDecimals - this.lotDecimals);
    if (Math.round(units) !== instrument.tickUnitsPerLot)
      throw this.#disagrees("tickSize", instrument.tickUnitsPerLot, units);
    // Prices and quantities are printed as step * count: both must stay exact.
    assert(
      this.priceTicksMax * this.tickStep <= Number.MAX_SAFE_INTEGER,
      "prices fit safe integers",
    );
    assert(this.quantityLotsMax >= 1, "one lot may be ordered");
    assert(this.notionalUnitsMin >= 0, "the least notional is a number of quote units");
  }

  #disagrees(what: string, journal: number, file: number): CastleError {
    return new CastleError("CONFIG_INVALID", `${what} of ${this.name} differs from the journal's`, {
      symbol: this.name,
      journal,
      file,
    });
  }

  priceText(priceTicks: number): string {
    return printDecimal(priceTicks * this.tickStep, this.tickDecimals);
  }

  quantityText(lots: number): string {
    return printDecimal(lots * this.lotStep, this.lotDecimals);
  }

  quoteText(units: number): string {
    return printDecimal(units, this.quote.decimals);
  }

  /** Smallest amount of a fee on what a side receives, as text. */
  feeText(units: number, isBuyer: boolean): string {
    return printDecimal(units, isBuyer ? this.base.decimals : this.quote.decimals);
  }

  feeAsset(isBuyer: boolean): string {
    return isBuyer ? this.base.name : this.quote.name;
  }
}

/** All markets that are both configured and opened by the journal. */
export class Markets {
  readonly #core: CoreReader;
  readonly #configs: readonly SymbolConfig[];
  readonly #byName = new Map<string, Market>();
  readonly #byId = new Map<number, Market>();
  #refreshedPosition = -1;

  constructor(core: CoreReader, config: ExchangeConfig) {
    this.#core = core;
    this.#configs = config.genesis.symbols;
    this.refresh();
  }

  /**
   * After the journal opened a symbol. Also on a miss, once per position: a follower that took a
   * snapshot has symbols that no event told of.
   */
  refresh(): void {
    this.#refreshedPosition = this.#core.position;
    if (this.#byName.size === this.#configs.length) return;
    for (const config of this.#configs) {
      if (this.#byName.has(config.name)) continue;
      const instrument = this.#core.instrumentByName(config.name);
      if (instrument === undefined) continue;
      const base = this.#core.asset(instrument.baseAssetId);
      const quote = this.#core.asset(instrument.quoteAssetId);
      assert(base !== undefined && quote !== undefined, "a symbol's assets are known");
      const market = new Market(config, instrument, base, quote);
      this.#byName.set(market.name, market);
      this.#byId.set(market.symbolId, market);
    }
  }

  named(name: string): Market | undefined {
    const market = this.#byName.get(name);
    if (market !== undefined || !this.#isStale) return market;
    this.refresh();
    return this.#byName.get(name);
  }

  withId(symbolId: number): Market | undefined {
    return this.#byId.get(symbolId);
  }

  get #isStale(): boolean {
    return this.#refreshedPosition !== this.#core.position;
  }

  all(): Market[] {
    if (this.#isStale) this.refresh();
    return [...this.#byName.values()];
  }

  /** As the API names it. */
  statusOf(market: Market): string {
    const status = this.#core.instrument(market.symbolId)?.status;
    if (status === "trading") return "TRADING";
    if (status === "cancelOnly") return "CANCEL_ONLY";
    return status === "halt" ? "HALT" : "AUCTION_MATCH";
  }
}
