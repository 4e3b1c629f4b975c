// LOBSTER message files (lobsterdata.com) as live order flow. A row is `seconds after midnight, type,
// order id, size, price in 1/10000 dollar, direction`; the types are 1 new limit order, 2 partial
// cancel, 3 delete, 4 execution of a visible order (naming the one that rested), 5 of a hidden one,
// 6 auction, 7 halt. What makes it live: consecutive executions of one instant and direction were one
// taker, so they become one immediate-or-cancel order of the other side.
// Orders older than the file exist: rows about an order that the file did not add are counted, not
// replayed. The same holds for orders already gone.

import type { FlowAction, FlowSide } from "./flow-action.ts";
import { FlowUnreadable } from "./flow-unreadable.ts";
import { readLines } from "./read-lines.ts";

/** Filled in while the rows are read. */
export interface LobsterCounts {
  rows: number;
  /** Hidden executions, auctions and halts. */
  ignored: number;
  /** About orders that the file did not add, or that are gone. */
  unknown: number;
}

export interface LobsterOptions {
  /** For the messages of errors. */
  readonly file: string;
  /** Of 1/10000 dollar in one tick; a price between two ticks moves away from the other side. */
  readonly priceUnitsPerTick: number;
  readonly counts: LobsterCounts;
}

/** Prices are quoted in cents. */
const PRICE_UNITS_PER_CENT = 100;

/** The flow of a file (`.gz` or not) in cents, as instrument 0. @throws FlowUnreadable */
export function readLobsterFlow(file: string): Generator<FlowAction> {
  const options = { file, priceUnitsPerTick: PRICE_UNITS_PER_CENT, counts: newLobsterCounts() };
  return lobsterFlow(readLines(file), options);
}

export function newLobsterCounts(): LobsterCounts {
  return { rows: 0, ignored: 0, unknown: 0 };
}

interface Row {
  readonly seconds: number;
  readonly type: number;
  readonly orderKey: number;
  readonly size: number;
  readonly price: number;
  readonly side: FlowSide;
}

/** Executions of one taker, summed up. */
interface Taker {
  readonly seconds: number;
  readonly makerSide: FlowSide;
  size: number;
  worstPrice: number;
}

/** Rows to actions. Pure: nothing but the lines decides. @throws FlowUnreadable */
export function* lobsterFlow(
  lines: Iterable<string>,
  options: LobsterOptions,
): Generator<FlowAction> {
  const { counts } = options;
  const leftOf = new Map<number, number>();
  let taker: Taker | undefined;
  let startSeconds: number | undefined;
  let lastSeconds = 0;
  let line = 0;
  for (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    const row = parseRow(text, options.file, line);
    if (row.seconds < lastSeconds) throw new FlowUnreadable("time falls", options.file, line);
    lastSeconds = row.seconds;
    startSeconds ??= row.seconds;
    counts.rows += 1;
    if (taker !== undefined && !continues(taker, row)) {
      yield take(taker, startSeconds, options);
      taker = undefined;
    }
    if (row.type >= 5) {
      counts.ignored += 1;
    } else if (row.type === 1) {
      leftOf.set(row.orderKey, row.size);
      yield { kind: "add", ...place(row, startSeconds, options), orderKey: row.orderKey };
    } else if (!leftOf.has(row.orderKey)) {
      counts.unknown += 1;
    } else {
      const left = (leftOf.get(row.orderKey) as number) - row.size;
      if (row.type === 3 || left <= 0) leftOf.delete(row.orderKey);
      else leftOf.set(row.orderKey, left);
      if (row.type === 4) taker = extend(taker, row);
      else yield withdrawal(row, startSeconds);
    }
  }
  if (taker !== undefined && startSeconds !== undefined) yield take(taker, startSeconds, options);
}

function parseRow(text: string, file: string, line: number): Row {
  const fields = text.split(",").map((field) => (field.trim() === "" ? Number.NaN : Number(field)));
  if (fields.length !== 6) throw new FlowUnreadable(`${fields.length} fields, not 6`, file, line);
  const [seconds, type, orderKey, size, price, direction] = fields as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!(seconds >= 0 && seconds < 2 * 86_400)) throw new FlowUnreadable("no time", file, line);
  if (!(Number.isInteger(type) && type >= 1 && type <= 7))
    throw new FlowUnreadable(`type ${type} is none of 1 to 7`, file, line);
  // Rows of ignored types have no such order: halts carry -1 for most fields.
  if (type < 5) {
    if (!Number.isSafeInteger(orderKey) || orderKey < 0)
      throw new FlowUnreadable("no order id", file, line);
    if (!Number.isSafeInteger(size) || size < 1) throw new FlowUnreadable("no size", file, line);
    if (!Number.isSafeInteger(price) || price < 1) throw new FlowUnreadable("no price", file, line);
    if (direction !== 1 && direction !== -1)
      throw new FlowUnreadable("direction is neither 1 nor -1", file, line);
  }
  return { seconds, type, orderKey, size, price, side: direction === 1 ? "buy" : "sell" };
}

/** Whether a row is one more execution of the same taker. */
function continues(taker: Taker, row: Row): boolean {
  return row.type === 4 && row.seconds === taker.seconds && row.side === taker.makerSide;
}

function extend(taker: Taker | undefined, row: Row): Taker {
  if (taker === undefined)
    return { seconds: row.seconds, makerSide: row.side, size: row.size, worstPrice: row.price };
  taker.size += row.size;
  // A taker that sells meets bids from the highest down, one that buys asks from the lowest up.
  taker.worstPrice = (taker.makerSide === "buy" ? Math.min : Math.max)(taker.worstPrice, row.price);
  return taker;
}

function take(taker: Taker, startSeconds: number, options: LobsterOptions): FlowAction {
  const side = taker.makerSide === "buy" ? "sell" : "buy";
  const row = { seconds: taker.seconds, side, price: taker.worstPrice, size: taker.size } as const;
  return { kind: "take", ...place(row, startSeconds, options) };
}

function place(
  row: Pick<Row, "seconds" | "side" | "price" | "size">,
  startSeconds: number,
  options: LobsterOptions,
) {
  const ticks = row.price / options.priceUnitsPerTick;
  return {
    atMs: atMs(row.seconds, startSeconds),
    instrument: 0,
    side: row.side,
    priceTicks: Math.max(1, row.side === "buy" ? Math.floor(ticks) : Math.ceil(ticks)),
    quantityLots: row.size,
  };
}

function withdrawal(row: Row, startSeconds: number): FlowAction {
  const of = { atMs: atMs(row.seconds, startSeconds), instrument: 0, orderKey: row.orderKey };
  return row.type === 3
    ? { kind: "cancel", ...of }
    : { kind: "reduce", ...of, reduceLots: row.size };
}

/** Nanoseconds of the file survive: rounding removes the subtraction's noise. */
function atMs(seconds: number, startSeconds: number): number {
  return Math.round((seconds - startSeconds) * 1e9) / 1e6;
}
