// Layout: where everything lies in a core's memory, as one table of regions computed from the
// capacity. A region is `count` records of `recordWords` words, starting at a whole line; record 0
// means "none" wherever a link may point to it. A new kind of record is one more row here and one
// class that reads and writes it: snapshot, hash, replication and restore see lines only.

import { BOOK_STATE_WORDS, LADDER_WORDS, LEVEL_WORDS } from "../book/book.ts";
import { POOL_WORDS } from "../book/pool.ts";
import { TRIE_HEIGHT_MAX, TRIE_NODE_WORDS } from "../book/price-trie.ts";
import { assert } from "./assert.ts";
import type { Capacity } from "./instrument.ts";
import { LINE_WORDS } from "./memory.ts";

/** Changes whenever the meaning of any word changes: nodes of different versions exchange no lines. */
const LAYOUT_VERSION = 2;

/** The header region: single values. Those marked f64 take two words and start at an even one. */
export const HEADER = {
  position: 0, // f64
  timestampUs: 2, // f64
  lastOrderId: 4, // f64
  oldestRemembered: 6,
  newestRemembered: 7,
  rememberedCount: 8,
  assetCount: 9,
  symbolCount: 10,
  sessionCount: 11,
  orderPool: 12,
  book: 12 + POOL_WORDS,
} as const;

export const ORDER_WORDS = 32;
export const ACCOUNT_WORDS = 8;
export const BALANCE_WORDS = 4;
export const ASSET_WORDS = 16;
export const SYMBOL_WORDS = 64;
export const SESSION_WORDS = 8;

export interface Layout {
  readonly capacity: Capacity;
  readonly words: number;
  readonly header: number;
  readonly assets: number;
  readonly symbols: number;
  readonly ladders: number;
  readonly sessionBuckets: number;
  readonly sessionBucketCount: number;
  readonly sessions: number;
  readonly accounts: number;
  readonly balances: number;
  readonly levels: number;
  readonly trieNodes: number;
  readonly trieNodesMax: number;
  readonly idBuckets: number;
  readonly clientIdBuckets: number;
  /** Of each of the two order indexes; a power of two. */
  readonly orderBucketCount: number;
  readonly orders: number;
}

export function layOut(capacity: Capacity): Layout {
  checkCapacity(capacity);
  let next = 0;
  const region = (count: number, recordWords: number): number => {
    const start = next;
    next += Math.ceil((count * recordWords) / LINE_WORDS) * LINE_WORDS;
    return start;
  };
  const { orders, accounts, assets, symbols, levels, sessions } = capacity;
  const sessionBucketCount = powerOfTwo(2 * sessions);
  const orderBucketCount = powerOfTwo(orders);
  // Near prices share nodes, 32 to one; prices far from all others need a path of their own. Where
  // nodes run out, an order at a new price is rejected and everything else goes on.
  const trieNodesMax = 2 * levels + symbols * 2 * TRIE_HEIGHT_MAX;
  assert(BOOK_STATE_WORDS + HEADER.book <= LINE_WORDS, "the header fits into one line");
  return {
    capacity,
    header: region(1, LINE_WORDS),
    assets: region(assets + 1, ASSET_WORDS),
    symbols: region(symbols + 1, SYMBOL_WORDS),
    ladders: region(2 * (symbols + 1), LADDER_WORDS),
    sessionBuckets: region(sessionBucketCount, 1),
    sessionBucketCount,
    sessions: region(sessions + 1, SESSION_WORDS),
    accounts: region(accounts + 1, ACCOUNT_WORDS),
    balances: region((accounts + 1) * assets, BALANCE_WORDS),
    levels: region(levels + 1, LEVEL_WORDS),
    trieNodes: region(trieNodesMax + 1, TRIE_NODE_WORDS),
    trieNodesMax,
    idBuckets: region(orderBucketCount, 1),
    clientIdBuckets: region(orderBucketCount, 1),
    orderBucketCount,
    orders: region(orders + 1, ORDER_WORDS),
    words: next,
  };
}

/** Cores with equal ids may exchange lines. */
export function layoutId(capacity: Capacity): string {
  const { orders, rememberedOrders, accounts, assets, symbols, levels, sessions } = capacity;
  const sizes = [orders, rememberedOrders, accounts, assets, symbols, levels, sessions];
  return `castle-core-${LAYOUT_VERSION}:${sizes.join(".")}`;
}

function checkCapacity(capacity: Capacity): void {
  for (const [name, value] of Object.entries(capacity))
    assert(Number.isSafeInteger(value) && value >= 1, `capacity ${name} is at least 1`);
  // An order that ends while all slots are remembered ones would leave no room for any new order.
  assert(
    capacity.orders > capacity.rememberedOrders,
    "capacity orders exceeds capacity rememberedOrders",
  );
  // The symbol's number shares a word with an order's flags.
  assert(capacity.symbols < 32768, "capacity symbols is below 32768");
}

function powerOfTwo(atLeast: number): number {
  let power = 1;
  while (power < atLeast) power *= 2;
  return power;
}
