// What may be asked of a core without changing it. Answers are plain copies.

import type { Clearing } from "./auction-price.ts";
import type { Side } from "./command.ts";
import type { OrderView } from "./event.ts";
import type { Asset, Instrument } from "./instrument.ts";

export interface DepthLevel {
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export interface Balance {
  readonly freeUnits: number;
  readonly lockedUnits: number;
}

export interface CoreReader {
  /** Sequence number of the last journal entry applied; 0 at the beginning. */
  readonly position: number;
  /** Time of the last command applied. */
  readonly timestampUs: number;
  assets(): readonly Asset[];
  asset(assetId: number): Asset | undefined;
  assetByName(name: string): Asset | undefined;
  instruments(): readonly Instrument[];
  instrument(symbolId: number): Instrument | undefined;
  instrumentByName(name: string): Instrument | undefined;
  hasAccount(accountId: number): boolean;
  /** Zero where the account or asset is unknown. */
  balance(accountId: number, assetId: number): Balance;
  /** Open and remembered orders; `undefined` once forgotten. */
  order(orderId: number): OrderView | undefined;
  orderByClientId(accountId: number, clientOrderId: string): OrderView | undefined;
  /** Ascending by order id; all symbols where `symbolId` is 0. */
  openOrders(accountId: number, symbolId: number): OrderView[];
  /** Best first on each side. */
  depth(symbolId: number, levelsMax: number): { bids: DepthLevel[]; asks: DepthLevel[] };
  /** What rests at a price; 0 where nothing does. */
  levelLots(symbolId: number, side: Side, priceTicks: number): number;
  /** Price and quantity 0 where a side is empty. */
  top(symbolId: number): { bid: DepthLevel; ask: DepthLevel };
  /** What an uncrossing would do now; `null` where no order meets another, as while trading; also while uncrossing. */
  clearing(symbolId: number): Clearing | null;
  /** Of the last trade on a symbol; zeros before the first. */
  lastTrade(symbolId: number): { tradeId: number; priceTicks: number };
}
