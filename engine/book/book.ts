// Book: orders resting by price-time priority, in flat memory that the caller hands in. It knows
// nothing of accounts, symbols or money: a ladder is one side of one book (even numbers bids, odd
// numbers asks), a level is a price of a ladder, an order is a slot whose first five words are the
// book's. The caller matches by asking for the best level and its oldest order and filling that.
// Invariants: a level has at least one order; its lots are the sum of its orders' remaining lots;
// orders of a level stand in the order in which they came. `checkLadder` verifies them.

import type { BookMemory } from "./pool.ts";
import { LINE_SHIFT, POOL_WORDS, Pool } from "./pool.ts";
import { PriceTrie, TRIE_HEIGHT_MAX } from "./price-trie.ts";

/** Words of an order slot that belong to the book: 0 and 1 are the remaining lots (f64), then: */
const NEXT = 2;
const PREVIOUS = 3;
const LEVEL = 4;
/** Words at the start of an order slot that belong to the book. */
export const BOOK_ORDER_WORDS = 5;

/** Words of a level: 0 and 1 are its lots (f64), then: */
const PRICE = 2;
const LADDER = 3;
const OLDEST = 4;
const NEWEST = 5;
const COUNT = 6;
const LINK = 7;
export const LEVEL_WORDS = 8;

/** Words of a ladder: the price tree (2), best level, number of levels. */
const BEST = 2;
const LEVELS = 3;
export const LADDER_WORDS = 4;

/** Words of the book's own state: its two pools. */
export const BOOK_STATE_WORDS = 2 * POOL_WORDS;

export interface BookPlace {
  readonly stateWord: number;
  readonly laddersWord: number;
  readonly levelsWord: number;
  readonly levelsMax: number;
  readonly trieWord: number;
  readonly trieNodesMax: number;
  readonly ordersWord: number;
  readonly orderWords: number;
}

export class Book {
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  private readonly changed: Uint8Array;
  private readonly levels: Pool;
  private readonly trie: PriceTrie;
  private readonly laddersWord: number;
  private readonly levelsWord: number;
  private readonly ordersWord: number;
  private readonly orderWords: number;

  constructor(memory: BookMemory, place: BookPlace) {
    this.i32 = memory.i32;
    this.f64 = memory.f64;
    this.changed = memory.changed;
    this.laddersWord = place.laddersWord;
    this.levelsWord = place.levelsWord;
    this.ordersWord = place.ordersWord;
    this.orderWords = place.orderWords;
    this.levels = new Pool(memory, {
      stateWord: place.stateWord,
      recordsWord: place.levelsWord,
      recordWords: LEVEL_WORDS,
      linkWord: LINK,
      recordsMax: place.levelsMax,
    });
    this.trie = new PriceTrie(memory, {
      poolStateWord: place.stateWord + POOL_WORDS,
      nodesWord: place.trieWord,
      nodesMax: place.trieNodesMax,
    });
  }

  /** Makes an empty ladder ready for prices up to `priceMax` (at most 2^31 - 1). */
  open(ladder: number, priceMax: number): void {
    this.trie.open(this.ladderWord(ladder), priceMax);
  }

  /** Best level of a ladder, or 0. */
  best(ladder: number): number {
    return this.i32[this.ladderWord(ladder) + BEST] as number;
  }

  /** The level at a price, or 0. */
  find(ladder: number, price: number): number {
    return this.trie.find(this.ladderWord(ladder), price);
  }

  /** The next worse level, or 0. */
  worse(level: number): number {
    const word = this.levelWord(level);
    return this.worseThan(this.i32[word + LADDER] as number, this.i32[word + PRICE] as number);
  }

  levelPrice(level: number): number {
    return this.i32[this.levelWord(level) + PRICE] as number;
  }

  levelLots(level: number): number {
    return this.f64[this.levelWord(level) >> 1] as number;
  }

  levelsOf(ladder: number): number {
    return this.i32[this.ladderWord(ladder) + LEVELS] as number;
  }

  /** For those who measure how much memory a book takes. */
  get trieNodesInUse(): number {
    return this.trie.pool.inUse;
  }

  /** The order that has waited longest at a level. */
  oldest(level: number): number {
    return this.i32[this.levelWord(level) + OLDEST] as number;
  }

  /** The order after this one at its level, or 0. */
  after(order: number): number {
    return this.i32[this.orderWord(order) + NEXT] as number;
  }

  /** Of a resting order, or of one being matched: what is left of it. */
  remaining(order: number): number {
    return this.f64[this.orderWord(order) >> 1] as number;
  }

  isResting(order: number): boolean {
    return this.levelOf(order) !== 0;
  }

  /** The level that an order rests at, or 0. */
  levelOf(order: number): number {
    return this.i32[this.orderWord(order) + LEVEL] as number;
  }

  /** Whether an order at this price can rest, whatever else is needed for it. */
  hasRoom(ladder: number, price: number): boolean {
    if (this.levels.available > 0 && this.trie.pool.available >= TRIE_HEIGHT_MAX) return true;
    return this.find(ladder, price) !== 0;
  }

  /** Puts an order at the end of the queue of its price. The caller asked `hasRoom` before. */
  rest(ladder: number, price: number, order: number, lots: number): void {
    const { i32, f64, changed } = this;
    const ladderWord = this.ladderWord(ladder);
    let level = i32[ladderWord + BEST] as number;
    if (level === 0 || i32[this.levelWord(level) + PRICE] !== price) {
      level = this.trie.find(ladderWord, price);
      if (level === 0) level = this.openLevel(ladder, ladderWord, price);
    }
    const levelWord = this.levelWord(level);
    const word = this.orderWord(order);
    const newest = i32[levelWord + NEWEST] as number;
    if (newest === 0) i32[levelWord + OLDEST] = order;
    else {
      const newestWord = this.orderWord(newest);
      i32[newestWord + NEXT] = order;
      changed[newestWord >> LINE_SHIFT] = 1;
    }
    i32[levelWord + NEWEST] = order;
    i32[levelWord + COUNT] = (i32[levelWord + COUNT] as number) + 1;
    f64[levelWord >> 1] = (f64[levelWord >> 1] as number) + lots;
    changed[levelWord >> LINE_SHIFT] = 1;
    f64[word >> 1] = lots;
    i32[word + NEXT] = 0;
    i32[word + PREVIOUS] = newest;
    i32[word + LEVEL] = level;
    changed[word >> LINE_SHIFT] = 1;
  }

  /** Takes a resting order out; its remaining lots stay readable. */
  remove(order: number): void {
    const word = this.orderWord(order);
    this.take(word, this.f64[word >> 1] as number);
    this.unlink(word);
  }

  /** Takes lots off a resting order, which keeps its place; at zero it leaves. */
  fill(order: number, lots: number): void {
    const word = this.orderWord(order);
    const remaining = (this.f64[word >> 1] as number) - lots;
    this.f64[word >> 1] = remaining;
    this.changed[word >> LINE_SHIFT] = 1;
    this.take(word, lots);
    if (remaining === 0) this.unlink(word);
  }

  /** Throws through `fail` where an invariant of a ladder does not hold; returns its order count. */
  checkLadder(ladder: number, fail: (what: string) => never): number {
    const isBid = (ladder & 1) === 0;
    let orders = 0;
    let levels = 0;
    let betterPrice = 0;
    for (let level = this.best(ladder); level !== 0; level = this.worse(level)) {
      const word = this.levelWord(level);
      const price = this.levelPrice(level);
      if (levels > 0 && (isBid ? price >= betterPrice : price <= betterPrice))
        fail("levels are sorted, best first");
      if (this.i32[word + LADDER] !== ladder) fail("a level knows its ladder");
      if (this.find(ladder, price) !== level) fail("a level is found at its price");
      orders += this.checkLevel(level, fail);
      betterPrice = price;
      levels += 1;
    }
    if (levels !== this.levelsOf(ladder)) fail("every level of a ladder is reached from its best");
    return orders;
  }

  private checkLevel(level: number, fail: (what: string) => never): number {
    const word = this.levelWord(level);
    let lots = 0;
    let count = 0;
    let previous = 0;
    for (let order = this.oldest(level); order !== 0; order = this.after(order)) {
      const orderWord = this.orderWord(order);
      if (this.i32[orderWord + PREVIOUS] !== previous) fail("a queue is linked both ways");
      if (this.i32[orderWord + LEVEL] !== level) fail("an order knows its level");
      if (this.remaining(order) < 1) fail("a resting order has lots left");
      lots += this.remaining(order);
      count += 1;
      previous = order;
    }
    if (count === 0) fail("a level has an order");
    if (count !== this.i32[word + COUNT]) fail("a level counts its orders");
    if (previous !== this.i32[word + NEWEST]) fail("a level knows its newest order");
    if (lots !== this.levelLots(level)) fail("a level's lots are the sum of its orders'");
    return count;
  }

  private openLevel(ladder: number, ladderWord: number, price: number): number {
    const { i32, f64, changed } = this;
    if (this.levels.available === 0 || this.trie.pool.available < TRIE_HEIGHT_MAX)
      throw new Error("must hold: the caller asked for room before an order rests");
    const level = this.levels.allocate();
    const word = this.levelWord(level);
    f64[word >> 1] = 0;
    i32[word + PRICE] = price;
    i32[word + LADDER] = ladder;
    i32[word + OLDEST] = 0;
    i32[word + NEWEST] = 0;
    i32[word + COUNT] = 0;
    changed[word >> LINE_SHIFT] = 1;
    this.trie.insert(ladderWord, price, level);
    const best = i32[ladderWord + BEST] as number;
    if (best === 0 || this.isBetter(ladder, price, this.levelPrice(best)))
      i32[ladderWord + BEST] = level;
    i32[ladderWord + LEVELS] = (i32[ladderWord + LEVELS] as number) + 1;
    changed[ladderWord >> LINE_SHIFT] = 1;
    return level;
  }

  private closeLevel(level: number, levelWord: number): void {
    const { i32, changed } = this;
    const ladder = i32[levelWord + LADDER] as number;
    const price = i32[levelWord + PRICE] as number;
    const ladderWord = this.ladderWord(ladder);
    if (i32[ladderWord + BEST] === level) i32[ladderWord + BEST] = this.worseThan(ladder, price);
    this.trie.remove(ladderWord, price);
    i32[ladderWord + LEVELS] = (i32[ladderWord + LEVELS] as number) - 1;
    changed[ladderWord >> LINE_SHIFT] = 1;
    this.levels.release(level);
  }

  /** Takes lots off the total of the level that the order at `word` stands in. */
  private take(word: number, lots: number): void {
    const levelWord = this.levelWord(this.i32[word + LEVEL] as number);
    this.f64[levelWord >> 1] = (this.f64[levelWord >> 1] as number) - lots;
    this.changed[levelWord >> LINE_SHIFT] = 1;
  }

  private unlink(word: number): void {
    const { i32, changed } = this;
    const level = i32[word + LEVEL] as number;
    const levelWord = this.levelWord(level);
    const next = i32[word + NEXT] as number;
    const previous = i32[word + PREVIOUS] as number;
    if (previous === 0) i32[levelWord + OLDEST] = next;
    else {
      const previousWord = this.orderWord(previous);
      i32[previousWord + NEXT] = next;
      changed[previousWord >> LINE_SHIFT] = 1;
    }
    if (next === 0) i32[levelWord + NEWEST] = previous;
    else {
      const nextWord = this.orderWord(next);
      i32[nextWord + PREVIOUS] = previous;
      changed[nextWord >> LINE_SHIFT] = 1;
    }
    i32[word + NEXT] = 0;
    i32[word + PREVIOUS] = 0;
    i32[word + LEVEL] = 0;
    changed[word >> LINE_SHIFT] = 1;
    const count = (i32[levelWord + COUNT] as number) - 1;
    i32[levelWord + COUNT] = count;
    changed[levelWord >> LINE_SHIFT] = 1;
    if (count === 0) this.closeLevel(level, levelWord);
  }

  private worseThan(ladder: number, price: number): number {
    const tree = this.ladderWord(ladder);
    return (ladder & 1) === 0 ? this.trie.below(tree, price) : this.trie.above(tree, price);
  }

  private isBetter(ladder: number, price: number, than: number): boolean {
    return (ladder & 1) === 0 ? price > than : price < than;
  }

  private ladderWord(ladder: number): number {
    return this.laddersWord + ladder * LADDER_WORDS;
  }

  private levelWord(level: number): number {
    return this.levelsWord + level * LEVEL_WORDS;
  }

  private orderWord(order: number): number {
    return this.ordersWord + order * this.orderWords;
  }
}
