// Command files (`.cmd`): recorded order flow with what must come of it, one step a line, side 1 buy,
// -1 sell. Fields after the letter:
//   N tag,id,side,price,qty        limit order that rests without a fill
//   R tag,id,qty                   takes qty off an order, which keeps its place; all of it = cancel
//   C tag,id                       cancel
//   X side,price,qty,fills         immediate-or-cancel order; fills `maker:price:qty|…` in order
//   L id,side,price,qty,fills      limit order that takes first; the rest of it rests
//   V id,qty                       fill out of priority at the venue: applied as a reduction
//   = row,ask,size,bid,size,…      the book afterwards, best levels first, 0,0 where a side ends
//   T seconds                      clock
// Tags tell where a line comes from and change nothing.

import type { FlowSide } from "./flow-action.ts";
import { FlowUnreadable } from "./flow-unreadable.ts";

export interface ExpectedFill {
  readonly makerKey: string;
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export interface BookLevel {
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export type RecordedStep =
  | {
      readonly kind: "place";
      /** Empty for an immediate-or-cancel order, which nobody refers to. */
      readonly orderKey: string;
      readonly rests: boolean;
      readonly side: FlowSide;
      readonly priceTicks: number;
      readonly quantityLots: number;
      readonly fills: readonly ExpectedFill[];
    }
  | { readonly kind: "reduce"; readonly orderKey: string; readonly reduceLots: number }
  | { readonly kind: "cancel"; readonly orderKey: string }
  | {
      readonly kind: "book";
      readonly asks: readonly BookLevel[];
      readonly bids: readonly BookLevel[];
    }
  | { readonly kind: "clock"; readonly seconds: number };

/** One line of a command file. @throws FlowUnreadable naming the line. */
export function parseRecordedStep(text: string, file: string, line: number): RecordedStep {
  const fields = new Fields(text, file, line);
  const letter = fields.text();
  switch (letter) {
    case "N":
      fields.text();
      return { kind: "place", orderKey: fields.key(), rests: true, ...fields.order(), fills: [] };
    case "R":
      fields.text();
      return { kind: "reduce", orderKey: fields.key(), reduceLots: fields.count(1) };
    case "V":
      return { kind: "reduce", orderKey: fields.key(), reduceLots: fields.count(1) };
    case "C":
      fields.text();
      return { kind: "cancel", orderKey: fields.key() };
    case "X":
      return {
        kind: "place",
        orderKey: "",
        rests: false,
        ...fields.order(),
        fills: fields.fills(),
      };
    case "L":
      return {
        kind: "place",
        orderKey: fields.key(),
        rests: true,
        ...fields.order(),
        fills: fields.fills(),
      };
    case "=":
      fields.text();
      return { kind: "book", ...fields.book() };
    case "T":
      return { kind: "clock", seconds: fields.number() };
    default:
      throw new FlowUnreadable(`no step "${letter.slice(0, 20)}"`, file, line);
  }
}

/** The fields of one line, in order. */
class Fields {
  private readonly fields: readonly string[];
  private readonly file: string;
  private readonly line: number;
  private next = 0;

  constructor(text: string, file: string, line: number) {
    this.fields = text.trim().split(",");
    this.file = file;
    this.line = line;
  }

  text(): string {
    const field = this.fields[this.next];
    if (field === undefined) this.fail(`field ${this.next + 1} is missing`);
    this.next += 1;
    return field;
  }

  key(): string {
    const key = this.text();
    if (key === "") this.fail("no order id");
    return key;
  }

  number(): number {
    const field = this.text();
    const value = Number(field);
    if (field === "" || !Number.isFinite(value)) this.fail(`"${field}" is no number`);
    return value;
  }

  count(least: number): number {
    const value = this.number();
    if (!Number.isSafeInteger(value) || value < least) this.fail(`${value} is no count`);
    return value;
  }

  order(): { side: FlowSide; priceTicks: number; quantityLots: number } {
    const side = this.number();
    if (side !== 1 && side !== -1) this.fail(`side ${side} is neither 1 nor -1`);
    return {
      side: side === 1 ? "buy" : "sell",
      priceTicks: this.count(1),
      quantityLots: this.count(1),
    };
  }

  fills(): ExpectedFill[] {
    const text = this.text();
    if (text === "") return [];
    return text.split("|").map((part) => {
      const [makerKey = "", price, quantity, ...more] = part.split(":");
      const fill = { makerKey, priceTicks: Number(price), quantityLots: Number(quantity) };
      const isWhole =
        Number.isSafeInteger(fill.priceTicks) && Number.isSafeInteger(fill.quantityLots);
      if (makerKey === "" || more.length > 0 || !isWhole) this.fail(`"${part}" is no fill`);
      return fill;
    });
  }

  book(): { asks: BookLevel[]; bids: BookLevel[] } {
    const asks: BookLevel[] = [];
    const bids: BookLevel[] = [];
    while (this.next < this.fields.length) {
      asks.push({ priceTicks: this.count(0), quantityLots: this.count(0) });
      bids.push({ priceTicks: this.count(0), quantityLots: this.count(0) });
    }
    if (asks.length === 0) this.fail("no levels");
    return { asks, bids };
  }

  private fail(what: string): never {
    throw new FlowUnreadable(what, this.file, this.line);
  }
}
