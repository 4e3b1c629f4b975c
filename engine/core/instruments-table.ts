// InstrumentsTable: assets and symbols, numbered from 1 in the order in which they were added. An
// asset also keeps its supply (deposits less withdrawals), a symbol its last trade.

import type { TradingStatus } from "./command.ts";
import { ASSET_NAME_BYTES, SYMBOL_NAME_BYTES, TRADING_STATUSES } from "./command-layout.ts";
import type { Asset, Instrument } from "./instrument.ts";
import { ASSET_WORDS, HEADER, type Layout, SYMBOL_WORDS } from "./layout.ts";
import type { Memory } from "./memory.ts";

/** Words of an asset: name (12 bytes), decimals, supply (f64). */
const ASSET_NAME = 0;
const DECIMALS = 3;
const SUPPLY = 4; // f64

/** Words of a symbol. */
const SYMBOL_NAME = 0; // 20 bytes
const BASE = 5;
const QUOTE = 6;
const STATUS = 7;
const LOT_UNITS = 8; // f64
const TICK_UNITS_PER_LOT = 10; // f64
const PRICE_TICKS_MAX = 12;
const MAKER_FEE_PPM = 13;
const TAKER_FEE_PPM = 14;
const LAST_TRADE_ID = 16; // f64
const LAST_PRICE = 18;
const UNCROSS_PRICE = 19;
const UNCROSS_LOTS = 20; // f64

export const TRADING = 0;
export const HALT = 1;
export const AUCTION = 3;
export const UNCROSSING = 4;

export class InstrumentsTable {
  private readonly memory: Memory;
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  private readonly header: number;
  private readonly assetsWord: number;
  private readonly symbolsWord: number;

  constructor(memory: Memory, layout: Layout) {
    this.memory = memory;
    this.i32 = memory.i32;
    this.f64 = memory.f64;
    this.header = layout.header;
    this.assetsWord = layout.assets;
    this.symbolsWord = layout.symbols;
  }

  get assetCount(): number {
    return this.i32[this.header + HEADER.assetCount] as number;
  }

  get symbolCount(): number {
    return this.i32[this.header + HEADER.symbolCount] as number;
  }

  hasAsset(assetId: number): boolean {
    return assetId >= 1 && assetId <= this.assetCount;
  }

  hasSymbol(symbolId: number): boolean {
    return symbolId >= 1 && symbolId <= this.symbolCount;
  }

  addAsset(name: string, decimals: number): void {
    const assetId = this.assetCount + 1;
    const word = this.assetWord(assetId);
    this.writeName(word + ASSET_NAME, name, ASSET_NAME_BYTES);
    this.i32[word + DECIMALS] = decimals;
    this.i32[this.header + HEADER.assetCount] = assetId;
    this.memory.touch(word);
    this.memory.touch(this.header);
  }

  /** `status` of `symbol` is ignored: a new symbol trades. */
  addSymbol(symbol: Instrument): void {
    const { i32, f64 } = this;
    const symbolId = this.symbolCount + 1;
    const word = this.symbolWord(symbolId);
    this.writeName(word + SYMBOL_NAME, symbol.name, SYMBOL_NAME_BYTES);
    i32[word + BASE] = symbol.baseAssetId;
    i32[word + QUOTE] = symbol.quoteAssetId;
    i32[word + STATUS] = TRADING;
    f64[(word + LOT_UNITS) >> 1] = symbol.lotUnits;
    f64[(word + TICK_UNITS_PER_LOT) >> 1] = symbol.tickUnitsPerLot;
    i32[word + PRICE_TICKS_MAX] = symbol.priceTicksMax;
    i32[word + MAKER_FEE_PPM] = symbol.makerFeePpm;
    i32[word + TAKER_FEE_PPM] = symbol.takerFeePpm;
    i32[this.header + HEADER.symbolCount] = symbolId;
    this.memory.touch(word);
    this.memory.touch(this.header);
  }

  supplyUnits(assetId: number): number {
    return this.f64[(this.assetWord(assetId) + SUPPLY) >> 1] as number;
  }

  addSupply(assetId: number, units: number): void {
    const word = this.assetWord(assetId) + SUPPLY;
    this.f64[word >> 1] = (this.f64[word >> 1] as number) + units;
    this.memory.touch(word);
  }

  baseAssetId(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + BASE] as number;
  }

  quoteAssetId(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + QUOTE] as number;
  }

  status(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + STATUS] as number;
  }

  setStatus(symbolId: number, status: number): void {
    const word = this.symbolWord(symbolId);
    this.i32[word + STATUS] = status;
    this.memory.touch(word);
  }

  lotUnits(symbolId: number): number {
    return this.f64[(this.symbolWord(symbolId) + LOT_UNITS) >> 1] as number;
  }

  tickUnitsPerLot(symbolId: number): number {
    return this.f64[(this.symbolWord(symbolId) + TICK_UNITS_PER_LOT) >> 1] as number;
  }

  priceTicksMax(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + PRICE_TICKS_MAX] as number;
  }

  makerFeePpm(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + MAKER_FEE_PPM] as number;
  }

  takerFeePpm(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + TAKER_FEE_PPM] as number;
  }

  lastTradeId(symbolId: number): number {
    return this.f64[(this.symbolWord(symbolId) + LAST_TRADE_ID) >> 1] as number;
  }

  lastPriceTicks(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + LAST_PRICE] as number;
  }

  /** Notes a trade and returns its id. */
  addTrade(symbolId: number, priceTicks: number): number {
    const word = this.symbolWord(symbolId);
    const tradeId = (this.f64[(word + LAST_TRADE_ID) >> 1] as number) + 1;
    this.f64[(word + LAST_TRADE_ID) >> 1] = tradeId;
    this.i32[word + LAST_PRICE] = priceTicks;
    this.memory.touch(word);
    return tradeId;
  }

  /** Price of the auction that has begun to trade, and the lots that still have to; else 0. */
  uncrossPriceTicks(symbolId: number): number {
    return this.i32[this.symbolWord(symbolId) + UNCROSS_PRICE] as number;
  }

  uncrossLots(symbolId: number): number {
    return this.f64[(this.symbolWord(symbolId) + UNCROSS_LOTS) >> 1] as number;
  }

  setUncross(symbolId: number, priceTicks: number, lots: number): void {
    const word = this.symbolWord(symbolId);
    this.i32[word + UNCROSS_PRICE] = priceTicks;
    this.f64[(word + UNCROSS_LOTS) >> 1] = lots;
    this.memory.touch(word);
  }

  asset(assetId: number): Asset | undefined {
    if (!this.hasAsset(assetId)) return undefined;
    const word = this.assetWord(assetId);
    return {
      assetId,
      name: readName(this.memory.bytes, (word + ASSET_NAME) * 4, ASSET_NAME_BYTES),
      decimals: this.i32[word + DECIMALS] as number,
    };
  }

  instrument(symbolId: number): Instrument | undefined {
    if (!this.hasSymbol(symbolId)) return undefined;
    const word = this.symbolWord(symbolId);
    return {
      symbolId,
      name: readName(this.memory.bytes, (word + SYMBOL_NAME) * 4, SYMBOL_NAME_BYTES),
      baseAssetId: this.baseAssetId(symbolId),
      quoteAssetId: this.quoteAssetId(symbolId),
      lotUnits: this.lotUnits(symbolId),
      tickUnitsPerLot: this.tickUnitsPerLot(symbolId),
      priceTicksMax: this.priceTicksMax(symbolId),
      makerFeePpm: this.makerFeePpm(symbolId),
      takerFeePpm: this.takerFeePpm(symbolId),
      status: TRADING_STATUSES[this.status(symbolId)] as TradingStatus,
    };
  }

  private assetWord(assetId: number): number {
    return this.assetsWord + assetId * ASSET_WORDS;
  }

  private symbolWord(symbolId: number): number {
    return this.symbolsWord + symbolId * SYMBOL_WORDS;
  }

  private writeName(word: number, name: string, bytesMax: number): void {
    for (let index = 0; index < bytesMax; index += 1)
      this.memory.bytes[word * 4 + index] = index < name.length ? name.charCodeAt(index) : 0;
  }
}

/** A name of a fixed field: ASCII, ended by a zero byte or by the field's end. */
export function readName(bytes: Uint8Array, offset: number, bytesMax: number): string {
  let name = "";
  for (let index = 0; index < bytesMax && bytes[offset + index] !== 0; index += 1)
    name += String.fromCharCode(bytes[offset + index] as number);
  return name;
}
