// Orders: one slot of 128 bytes for each order, open or remembered. The first five words belong to
// the book (what is left, place in the queue). The rest: who, what, how far it got, and the links of
// the account's list of open orders and of the two indexes (order-index.ts).
// An order's quantity is what was executed plus what is left; an ended order keeps what was left.

import { BOOK_ORDER_WORDS } from "../book/book.ts";
import { Pool } from "../book/pool.ts";
import { CLIENT_ORDER_ID_WORDS, unpackClientOrderId } from "./client-order-id.ts";
import { ORDER_STATUSES, ORDER_TYPES, SIDES, TIMES_IN_FORCE } from "./command-layout.ts";
import type { OrderView } from "./event.ts";
import type { Layout } from "./layout.ts";
import { HEADER, ORDER_WORDS } from "./layout.ts";
import type { Memory } from "./memory.ts";

/** Words of a slot; 0 to 4 are the book's. */
const REMAINING = 0; // f64
/** The book's queue link, free for others while the order is not resting: free list, remembered list. */
export const ORDER_LINK = 2;
const ACCOUNT = BOOK_ORDER_WORDS;
const ORDER_ID = 6; // f64
const EXECUTED_LOTS = 8; // f64
const EXECUTED_QUOTE = 10; // f64
const PLACED_US = 12; // f64
const UPDATED_US = 14; // f64
const PRICE = 16;
const FLAGS = 17;
export const ACCOUNT_NEXT = 18;
export const ACCOUNT_PREVIOUS = 19;
export const ID_NEXT = 20;
export const CLIENT_ID_NEXT = 21;
export const CLIENT_ID = 22; // seven words; word 29 is free for links of coming order types
const QUOTE_UNITS = 30; // f64

/** Flags: side 1 bit, type 2, time in force 2, status 3; the symbol from bit 16. */
const TYPE_SHIFT = 1;
const TIME_IN_FORCE_SHIFT = 3;
const STATUS_SHIFT = 5;
const STATUS_MASK = 7 << STATUS_SHIFT;
const SYMBOL_SHIFT = 16;

export const BUY = 0;
export const SELL = 1;
export const LIMIT = 0;
export const LIMIT_MAKER = 1;
export const MARKET = 2;
export const GTC = 0;
export const FOK = 2;
export const NEW = 0;
export const PARTIALLY_FILLED = 1;
export const FILLED = 2;
export const CANCELED = 3;
export const EXPIRED = 4;

/** What a new slot is filled with, besides its client id. */
export interface NewOrder {
  accountId: number;
  symbolId: number;
  side: number;
  type: number;
  timeInForce: number;
  priceTicks: number;
  quantityLots: number;
  quoteUnits: number;
  /** By quote amount only: the amount pays for more than the book could give. Not kept in the slot. */
  wantsMore: boolean;
}

export class Orders {
  readonly pool: Pool;
  private readonly memory: Memory;
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  private readonly base: number;
  private readonly header: number;

  constructor(memory: Memory, layout: Layout) {
    this.memory = memory;
    this.i32 = memory.i32;
    this.f64 = memory.f64;
    this.base = layout.orders;
    this.header = layout.header;
    this.pool = new Pool(memory, {
      stateWord: layout.header + HEADER.orderPool,
      recordsWord: layout.orders,
      recordWords: ORDER_WORDS,
      linkWord: ORDER_LINK,
      recordsMax: layout.capacity.orders,
    });
  }

  /** Takes a slot and the next order id. The caller has seen that the pool has one left. */
  create(order: NewOrder, clientId: Int32Array, clientIdWord: number): number {
    const { i32, f64, header } = this;
    const slot = this.pool.allocate();
    const word = this.base + slot * ORDER_WORDS;
    const timestampUs = f64[(header + HEADER.timestampUs) >> 1] as number;
    const orderId = (f64[(header + HEADER.lastOrderId) >> 1] as number) + 1;
    f64[(header + HEADER.lastOrderId) >> 1] = orderId;
    f64[(word + REMAINING) >> 1] = order.quantityLots;
    i32[word + ACCOUNT] = order.accountId;
    f64[(word + ORDER_ID) >> 1] = orderId;
    f64[(word + EXECUTED_LOTS) >> 1] = 0;
    f64[(word + EXECUTED_QUOTE) >> 1] = 0;
    f64[(word + PLACED_US) >> 1] = timestampUs;
    f64[(word + UPDATED_US) >> 1] = timestampUs;
    i32[word + PRICE] = order.priceTicks;
    i32[word + FLAGS] =
      order.side |
      (order.type << TYPE_SHIFT) |
      (order.timeInForce << TIME_IN_FORCE_SHIFT) |
      (order.symbolId << SYMBOL_SHIFT);
    for (let index = 0; index < CLIENT_ORDER_ID_WORDS; index += 1)
      i32[word + CLIENT_ID + index] = clientId[clientIdWord + index] as number;
    f64[(word + QUOTE_UNITS) >> 1] = order.quoteUnits;
    this.memory.touch(word);
    return slot;
  }

  word(slot: number): number {
    return this.base + slot * ORDER_WORDS;
  }

  orderId(slot: number): number {
    return this.f64[(this.base + slot * ORDER_WORDS + ORDER_ID) >> 1] as number;
  }

  accountId(slot: number): number {
    return this.i32[this.base + slot * ORDER_WORDS + ACCOUNT] as number;
  }

  symbolId(slot: number): number {
    return (this.i32[this.base + slot * ORDER_WORDS + FLAGS] as number) >> SYMBOL_SHIFT;
  }

  side(slot: number): number {
    return (this.i32[this.base + slot * ORDER_WORDS + FLAGS] as number) & 1;
  }

  status(slot: number): number {
    const flags = this.i32[this.base + slot * ORDER_WORDS + FLAGS] as number;
    return (flags & STATUS_MASK) >> STATUS_SHIFT;
  }

  isOpen(slot: number): boolean {
    return this.status(slot) <= PARTIALLY_FILLED;
  }

  priceTicks(slot: number): number {
    return this.i32[this.base + slot * ORDER_WORDS + PRICE] as number;
  }

  remaining(slot: number): number {
    return this.f64[(this.base + slot * ORDER_WORDS + REMAINING) >> 1] as number;
  }

  executedLots(slot: number): number {
    return this.f64[(this.base + slot * ORDER_WORDS + EXECUTED_LOTS) >> 1] as number;
  }

  executedQuoteUnits(slot: number): number {
    return this.f64[(this.base + slot * ORDER_WORDS + EXECUTED_QUOTE) >> 1] as number;
  }

  /** Of an order that does not rest; the book keeps it for one that does. */
  setRemaining(slot: number, lots: number): void {
    const word = this.base + slot * ORDER_WORDS;
    this.f64[(word + REMAINING) >> 1] = lots;
    this.memory.touch(word);
  }

  /** One fill of an order, which has `status` after it. */
  addExecution(slot: number, lots: number, quoteUnits: number, status: number): void {
    const { i32, f64 } = this;
    const word = this.base + slot * ORDER_WORDS;
    const lotsAt = (word + EXECUTED_LOTS) >> 1;
    const quoteAt = (word + EXECUTED_QUOTE) >> 1;
    f64[lotsAt] = (f64[lotsAt] as number) + lots;
    f64[quoteAt] = (f64[quoteAt] as number) + quoteUnits;
    i32[word + FLAGS] = ((i32[word + FLAGS] as number) & ~STATUS_MASK) | (status << STATUS_SHIFT);
    f64[(word + UPDATED_US) >> 1] = f64[(this.header + HEADER.timestampUs) >> 1] as number;
    this.memory.touch(word);
  }

  /** Also notes the present command's time as the order's last change. */
  setStatus(slot: number, status: number): void {
    const word = this.base + slot * ORDER_WORDS;
    const flags = this.i32[word + FLAGS] as number;
    this.i32[word + FLAGS] = (flags & ~STATUS_MASK) | (status << STATUS_SHIFT);
    this.f64[(word + UPDATED_US) >> 1] = this.f64[
      (this.header + HEADER.timestampUs) >> 1
    ] as number;
    this.memory.touch(word);
  }

  view(slot: number): OrderView {
    const { f64 } = this;
    const word = this.base + slot * ORDER_WORDS;
    const flags = this.i32[word + FLAGS] as number;
    const executedLots = f64[(word + EXECUTED_LOTS) >> 1] as number;
    return {
      orderId: this.orderId(slot),
      accountId: this.accountId(slot),
      symbolId: flags >> SYMBOL_SHIFT,
      side: named(SIDES, flags & 1),
      type: named(ORDER_TYPES, (flags >> TYPE_SHIFT) & 3),
      timeInForce: named(TIMES_IN_FORCE, (flags >> TIME_IN_FORCE_SHIFT) & 3),
      status: named(ORDER_STATUSES, this.status(slot)),
      clientOrderId: unpackClientOrderId(this.memory.bytes, (word + CLIENT_ID) * 4),
      priceTicks: this.i32[word + PRICE] as number,
      quantityLots: executedLots + (f64[(word + REMAINING) >> 1] as number),
      executedLots,
      executedQuoteUnits: f64[(word + EXECUTED_QUOTE) >> 1] as number,
      quoteUnits: f64[(word + QUOTE_UNITS) >> 1] as number,
      placedUs: f64[(word + PLACED_US) >> 1] as number,
      updatedUs: f64[(word + UPDATED_US) >> 1] as number,
    };
  }
}

function named<T>(names: readonly T[], code: number): T {
  return names[code] as T;
}
