// The binary form of a sequenced command, as byte offsets: little endian, aligned to its fields, so
// that the core reads it through typed views after one copy. Numbers that a client chooses are f64
// (the core rejects what is no sensible integer); ids of accounts, assets and symbols are i32.
// All kinds share the first 24 bytes. `engine/codec/command-codec.ts` writes and validates it.

import { CLIENT_ORDER_ID_BYTES } from "./client-order-id.ts";
import type { Command } from "./command.ts";

/**
 * 2: a reduction names the quantity it leaves; a symbol's way back to trading uncrosses its book.
 * 3: no new command, but entries of the journal that name members.
 */
export const COMMAND_VERSION = 3;
/** The oldest one that this code still executes. */
export const COMMAND_VERSION_MIN = 2;
export const COMMAND_BYTES_MAX = 128;

export const COMMON = {
  version: 0, // u8
  kind: 1, // u8
  sessionId: 4, // u32
  requestSeq: 8, // u32
  accountId: 12, // i32
  timestampUs: 16, // f64
  /** Symbol, or asset for commands on money. */
  subjectId: 24, // i32
} as const;

export const PLACE = {
  side: 28, // u8
  type: 29, // u8
  timeInForce: 30, // u8
  priceTicks: 32, // f64
  quantityLots: 40, // f64
  quoteUnits: 48, // f64
  clientOrderId: 56, // 28 bytes
} as const;

/** Cancel and reduce. */
export const TARGET = {
  onlyIf: 28, // u8
  orderId: 32, // f64
  quantityLots: 40, // f64
  clientOrderId: 48, // 28 bytes
} as const;

/** `PLACE`, then what to cancel. */
export const REPLACE = {
  orderId: 88, // f64
  clientOrderId: 96, // 28 bytes
  onlyIf: 124, // u8
  stopOnFailure: 125, // u8
} as const;

export const FUNDS = { units: 32 } as const; // f64

export const ASSET_NAME_BYTES = 12;
export const ADD_ASSET = { decimals: 28, name: 32 } as const; // u8, 12 bytes

export const SYMBOL_NAME_BYTES = 20;
export const ADD_SYMBOL = {
  name: 28, // 20 bytes
  lotUnits: 48, // f64
  tickUnitsPerLot: 56, // f64
  priceTicksMax: 64, // f64
  baseAssetId: 72, // i32
  quoteAssetId: 76, // i32
  makerFeePpm: 80, // i32
  takerFeePpm: 84, // i32
} as const;

export const SET_STATUS = { status: 28 } as const; // u8

/** Code of each kind. Codes are never used again for another meaning. */
export const COMMAND_KIND = {
  placeOrder: 1,
  cancelOrder: 2,
  reduceOrder: 3,
  cancelAllOrders: 4,
  cancelReplaceOrder: 5,
  deposit: 6,
  withdraw: 7,
  addAsset: 8,
  addSymbol: 9,
  openAccount: 10,
  setTradingStatus: 11,
  tick: 12,
} as const satisfies Record<Command["kind"], number>;

/** Kinds that came later than the oldest version: the version from which on the code knows them. */
export const COMMAND_KIND_VERSION: Partial<Record<Command["kind"], number>> = {};

/** Length in bytes by kind code; index 0 is no kind. */
export const COMMAND_BYTES: readonly number[] = [
  0,
  PLACE.clientOrderId + CLIENT_ORDER_ID_BYTES + 4,
  TARGET.clientOrderId + CLIENT_ORDER_ID_BYTES + 4,
  TARGET.clientOrderId + CLIENT_ORDER_ID_BYTES + 4,
  32,
  REPLACE.stopOnFailure + 3,
  40,
  40,
  48,
  88,
  24,
  32,
  24,
];

/** A code is an index into these; 0 is the first. */
export const SIDES = ["buy", "sell"] as const;
export const ORDER_TYPES = ["limit", "limitMaker", "market"] as const;
export const TIMES_IN_FORCE = ["gtc", "ioc", "fok"] as const;
export const TRADING_STATUSES = ["trading", "halt", "cancelOnly", "auction", "uncrossing"] as const;
export const CANCEL_CONDITIONS = ["any", "new", "partiallyFilled"] as const;
export const ORDER_STATUSES = ["new", "partiallyFilled", "filled", "canceled", "expired"] as const;
