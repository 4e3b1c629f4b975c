// State: the parts of a core, wired over one memory. Whoever changes the state gets this object, so
// that a new part (a new region) reaches all of them by one line here.

import { Book } from "../book/book.ts";
import { Accounts } from "./accounts.ts";
import { CommandWords } from "./command-words.ts";
import type { Capacity } from "./instrument.ts";
import { InstrumentsTable } from "./instruments-table.ts";
import { HEADER, type Layout, layOut, ORDER_WORDS } from "./layout.ts";
import { Memory } from "./memory.ts";
import { OrderIndex } from "./order-index.ts";
import { Orders } from "./orders.ts";
import { Remembered } from "./remembered.ts";
import { Reporter } from "./reporter.ts";
import { Sessions } from "./sessions.ts";

export class State {
  readonly layout: Layout;
  readonly memory: Memory;
  readonly orders: Orders;
  readonly index: OrderIndex;
  readonly remembered: Remembered;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly instruments: InstrumentsTable;
  readonly book: Book;
  /** Not state: the command being applied and what is told of it. */
  readonly command = new CommandWords();
  readonly reporter: Reporter;

  constructor(capacity: Capacity) {
    const layout = layOut(capacity);
    const memory = new Memory(layout.words);
    this.layout = layout;
    this.memory = memory;
    this.orders = new Orders(memory, layout);
    this.index = new OrderIndex(memory, layout, this.orders);
    this.remembered = new Remembered(memory, layout, this.orders, this.index);
    this.accounts = new Accounts(memory, layout, this.orders);
    this.sessions = new Sessions(memory, layout);
    this.instruments = new InstrumentsTable(memory, layout);
    this.reporter = new Reporter(this.orders, this.accounts);
    this.book = new Book(memory, {
      stateWord: layout.header + HEADER.book,
      laddersWord: layout.ladders,
      levelsWord: layout.levels,
      levelsMax: capacity.levels,
      trieWord: layout.trieNodes,
      trieNodesMax: layout.trieNodesMax,
      ordersWord: layout.orders,
      orderWords: ORDER_WORDS,
    });
  }

  get position(): number {
    return this.memory.f64[(this.layout.header + HEADER.position) >> 1] as number;
  }

  set position(position: number) {
    this.memory.f64[(this.layout.header + HEADER.position) >> 1] = position;
    this.memory.touch(this.layout.header);
  }

  get timestampUs(): number {
    return this.memory.f64[(this.layout.header + HEADER.timestampUs) >> 1] as number;
  }

  set timestampUs(timestampUs: number) {
    this.memory.f64[(this.layout.header + HEADER.timestampUs) >> 1] = timestampUs;
    this.memory.touch(this.layout.header);
  }
}

/** Ladder of a side: even numbers bids, odd numbers asks (the book's rule). */
export function ladderOf(symbolId: number, side: number): number {
  return 2 * symbolId + side;
}
