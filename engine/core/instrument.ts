// Assets and symbols as the core knows them; decimals exist at the edges only.

import type { TradingStatus } from "./command.ts";

export interface Asset {
  readonly assetId: number;
  readonly name: string;
  readonly decimals: number;
}

export interface Instrument {
  readonly symbolId: number;
  readonly name: string;
  readonly baseAssetId: number;
  readonly quoteAssetId: number;
  readonly lotUnits: number;
  readonly tickUnitsPerLot: number;
  readonly priceTicksMax: number;
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  readonly status: TradingStatus;
}

/** How much the core's memory can hold. Equal on all nodes: it decides where everything lies. */
export interface Capacity {
  /** Orders, open and remembered together. */
  readonly orders: number;
  /** Ended orders whose ids are remembered before the oldest is forgotten. */
  readonly rememberedOrders: number;
  readonly accounts: number;
  readonly assets: number;
  readonly symbols: number;
  /** Price levels with orders, all books together. */
  readonly levels: number;
  /** Gateway sessions remembered; the one unused for longest gives way. */
  readonly sessions: number;
}
