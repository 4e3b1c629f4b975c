// The book alone: no accounts, no ids, no money. A workload is recorded once against a book, then
// replayed from plain arrays against fresh ones, so that only the book is measured.

import { Book, LADDER_WORDS, LEVEL_WORDS } from "../../engine/book/book.ts";
import { LINE_SHIFT, POOL_WORDS, Pool } from "../../engine/book/pool.ts";
import { TRIE_NODE_WORDS } from "../../engine/book/price-trie.ts";
import { LiveSet, Workload, type WorkloadOptions } from "./workload.ts";

/** Remaining lots, links, level; one word to keep slots aligned. */
const ORDER_WORDS = 6;
const HEADER_WORDS = 64;
const BID = 2;
const ASK = 3;

/** A book with its own memory and order slots. */
export class BareBook {
  readonly book: Book;
  readonly orders: Pool;

  constructor(ordersMax: number, levelsMax: number, priceMax: number) {
    const trieNodesMax = 2 * levelsMax + 64;
    let next = HEADER_WORDS;
    const region = (words: number): number => {
      const start = next;
      next += Math.ceil(words / 64) * 64;
      return start;
    };
    const laddersWord = region(4 * LADDER_WORDS);
    const levelsWord = region((levelsMax + 1) * LEVEL_WORDS);
    const trieWord = region((trieNodesMax + 1) * TRIE_NODE_WORDS);
    const ordersWord = region((ordersMax + 1) * ORDER_WORDS);
    const buffer = new ArrayBuffer(next * 4);
    const memory = {
      i32: new Int32Array(buffer),
      f64: new Float64Array(buffer),
      changed: new Uint8Array((next >> LINE_SHIFT) + 1),
    };
    this.orders = new Pool(memory, {
      stateWord: 0,
      recordsWord: ordersWord,
      recordWords: ORDER_WORDS,
      linkWord: 2,
      recordsMax: ordersMax,
    });
    this.book = new Book(memory, {
      stateWord: POOL_WORDS,
      laddersWord,
      levelsWord,
      levelsMax,
      trieWord,
      trieNodesMax,
      ordersWord,
      orderWords: ORDER_WORDS,
    });
    this.book.open(BID, priceMax);
    this.book.open(ASK, priceMax);
  }

  /** Bytes of order slots, levels and price tree in use, per order. */
  bytesPerOrder(): number {
    const levels = this.book.levelsOf(BID) + this.book.levelsOf(ASK);
    const bytes =
      4 * (this.orders.inUse * ORDER_WORDS + levels * LEVEL_WORDS) +
      4 * this.book.trieNodesInUse * TRIE_NODE_WORDS;
    return bytes / this.orders.inUse;
  }

  add(isBuy: boolean, price: number, lots: number): number {
    const order = this.orders.allocate();
    this.book.rest(isBuy ? BID : ASK, price, order, lots);
    return order;
  }

  cancel(order: number): void {
    this.book.remove(order);
    this.orders.release(order);
  }

  /** Returns the number of fills. */
  take(isBuy: boolean, price: number, lots: number): number {
    const { book, orders } = this;
    const ladder = isBuy ? ASK : BID;
    let left = lots;
    let fills = 0;
    let level = book.best(ladder);
    while (left > 0 && level !== 0) {
      const levelPrice = book.levelPrice(level);
      if (isBuy ? levelPrice > price : levelPrice < price) break;
      const maker = book.oldest(level);
      const traded = Math.min(left, book.remaining(maker));
      left -= traded;
      book.fill(maker, traded);
      if (!book.isResting(maker)) orders.release(maker);
      fills += 1;
      level = book.best(ladder);
    }
    return fills;
  }

  /** Orders that the next `lots` at a price would end. */
  *makers(isBuy: boolean, price: number, lots: number): Generator<number> {
    const { book } = this;
    let left = lots;
    for (let level = book.best(isBuy ? ASK : BID); level !== 0; level = book.worse(level)) {
      const levelPrice = book.levelPrice(level);
      if (isBuy ? levelPrice > price : levelPrice < price) return;
      for (let order = book.oldest(level); order !== 0; order = book.after(order)) {
        if (left < book.remaining(order)) return;
        left -= book.remaining(order);
        yield order;
      }
    }
  }
}

const ADD = 0;
const CANCEL = 1;

interface Recording {
  readonly kind: Uint8Array;
  readonly isBuy: Uint8Array;
  readonly price: Int32Array;
  readonly lots: Int32Array;
  readonly order: Int32Array;
}

export interface BookFigures {
  readonly commandsPerS: number;
  readonly nsPerCommand: number;
  readonly bytesPerOrder: number;
  readonly fills: number;
}

/** Best of `rounds`: the machine's other work only ever slows a round down. */
export function benchBook(options: WorkloadOptions, commands: number, rounds: number): BookFigures {
  const recording = record(options, commands);
  let bestNs = Number.POSITIVE_INFINITY;
  let bytesPerOrder = 0;
  let fills = 0;
  for (let round = 0; round < rounds; round += 1) {
    const bare = newBook(options);
    fills = 0;
    replay(bare, recording, 0, options.liveOrders);
    bytesPerOrder = bare.bytesPerOrder();
    const start = process.hrtime.bigint();
    fills = replay(bare, recording, options.liveOrders, recording.kind.length);
    const ns = Number(process.hrtime.bigint() - start);
    bestNs = Math.min(bestNs, ns / commands);
  }
  return { commandsPerS: 1e9 / bestNs, nsPerCommand: bestNs, bytesPerOrder, fills };
}

function newBook(options: WorkloadOptions): BareBook {
  return new BareBook(options.liveOrders * 2 + 1000, options.liveOrders * 2 + 1000, 2 ** 31 - 1);
}

function record(options: WorkloadOptions, commands: number): Recording {
  const total = options.liveOrders + commands;
  const recording = {
    kind: new Uint8Array(total),
    isBuy: new Uint8Array(total),
    price: new Int32Array(total),
    lots: new Int32Array(total),
    order: new Int32Array(total),
  };
  const bare = newBook(options);
  const live = new LiveSet();
  const workload = new Workload(options);
  for (let at = 0; at < total; at += 1) {
    const choice = at < options.liveOrders ? workload.add() : workload.next(live.size);
    if (choice.kind === "cancel") {
      const order = live.pick(workload.random);
      recording.kind[at] = CANCEL;
      recording.order[at] = order;
      live.remove(order);
      bare.cancel(order);
      continue;
    }
    const { isBuy, price, lots } = choice;
    recording.kind[at] = choice.kind === "add" ? ADD : 2;
    recording.isBuy[at] = isBuy ? 1 : 0;
    recording.price[at] = price;
    recording.lots[at] = lots;
    if (choice.kind === "add") live.add(bare.add(isBuy, price, lots));
    else {
      for (const order of bare.makers(isBuy, price, lots)) live.remove(order);
      bare.take(isBuy, price, lots);
    }
  }
  return recording;
}

function replay(bare: BareBook, recording: Recording, from: number, to: number): number {
  const { kind, isBuy, price, lots, order } = recording;
  let fills = 0;
  for (let at = from; at < to; at += 1) {
    const what = kind[at];
    if (what === ADD) bare.add(isBuy[at] === 1, price[at] as number, lots[at] as number);
    else if (what === CANCEL) bare.cancel(order[at] as number);
    else fills += bare.take(isBuy[at] === 1, price[at] as number, lots[at] as number);
  }
  return fills;
}
