// Replay: feeds a recording through the core. A command file states what must come of each step, and
// every difference is a failure with its line; a LOBSTER message file states nothing, so the report
// tells what was skipped, filled, and the book at the end.

import { parseRecordedStep } from "../../flow/command-file.ts";
import { type LobsterCounts, lobsterFlow, newLobsterCounts } from "../../flow/lobster.ts";
import { readLines } from "../../flow/read-lines.ts";
import type { DepthLevel } from "../core/core-reader.ts";
import { Expectations, type ReplayFailure } from "./expectations.ts";
import { ReplayMarket } from "./replay-market.ts";

/** Of 1/10000 dollar: the recording's own precision. */
const LOBSTER_PRICE_UNITS_PER_TICK = 1;
const FINAL_LEVELS = 5;
const LINES_PER_PROGRESS = 20_000;

export interface ReplayReport {
  readonly file: string;
  readonly format: "commands" | "lobster";
  /** Commands that the core applied. */
  readonly commands: number;
  /** Orders that traded at once. */
  readonly takers: number;
  readonly fills: number;
  /** Books compared with the recording's. */
  readonly bookChecks: number;
  readonly failureCount: number;
  /** The first of them. */
  readonly failures: readonly ReplayFailure[];
  /** LOBSTER only: what of the file was not replayed. */
  readonly skipped?: LobsterCounts & { readonly rejected: number };
  readonly book: { readonly bids: readonly DepthLevel[]; readonly asks: readonly DepthLevel[] };
  /** Of the core at the end: equal wherever the same file is replayed. */
  readonly stateHash: string;
}

export interface ReplayOptions {
  /** Called now and then with the lines read so far. */
  readonly onProgress?: (lines: number) => void;
  readonly failuresMax?: number;
}

/** @throws FlowUnreadable naming file and line. */
export function replayFile(file: string, options: ReplayOptions = {}): ReplayReport {
  const lines = counted(readLines(file), options.onProgress);
  const isCommandFile = /\.cmd(\.gz)?$/.test(file);
  return isCommandFile ? replayCommands(file, lines, options) : replayLobster(file, lines);
}

function replayCommands(
  file: string,
  lines: Iterable<string>,
  options: ReplayOptions,
): ReplayReport {
  const market = new ReplayMarket();
  const expectations = new Expectations(market, options.failuresMax ?? 10);
  const startPosition = market.core.position;
  let line = 0;
  for (const text of lines) {
    line += 1;
    if (text.trim() !== "") expectations.check(parseRecordedStep(text, file, line), line);
  }
  const { takers, fills, bookChecks, failureCount, failures } = expectations;
  const commands = market.core.position - startPosition;
  const counts = { takers, fills, bookChecks, failureCount, failures };
  return { file, format: "commands", commands, ...counts, ...end(market) };
}

function replayLobster(file: string, lines: Iterable<string>): ReplayReport {
  const market = new ReplayMarket();
  const startPosition = market.core.position;
  const counts = newLobsterCounts();
  const options = { file, priceUnitsPerTick: LOBSTER_PRICE_UNITS_PER_TICK, counts };
  const tally = { takers: 0, fills: 0, rejected: 0 };
  for (const action of lobsterFlow(lines, options)) {
    market.setClock(action.atMs / 1000);
    const key = "orderKey" in action ? String(action.orderKey) : "";
    if (action.kind === "cancel") {
      if (market.cancel(key) !== undefined) tally.rejected += 1;
    } else if (action.kind === "reduce") {
      if (market.reduce(key, action.reduceLots) !== undefined) tally.rejected += 1;
    } else {
      const { side, priceTicks, quantityLots } = action;
      const order = { side, priceTicks, quantityLots };
      const fills = action.kind === "add" ? market.add(key, order) : market.take(order);
      if (typeof fills === "string") tally.rejected += 1;
      else {
        tally.fills += fills.length;
        if (fills.length > 0) tally.takers += 1;
      }
    }
  }
  const { takers, fills, rejected } = tally;
  const commands = market.core.position - startPosition;
  const nothing = { bookChecks: 0, failureCount: 0, failures: [] };
  const skipped = { ...counts, rejected };
  return { file, format: "lobster", commands, takers, fills, ...nothing, skipped, ...end(market) };
}

function end(market: ReplayMarket): Pick<ReplayReport, "book" | "stateHash"> {
  market.core.checkInvariants();
  return { book: market.depth(FINAL_LEVELS), stateHash: market.core.mark().hash };
}

function* counted(
  lines: Iterable<string>,
  onProgress: ((lines: number) => void) | undefined,
): Generator<string> {
  let count = 0;
  for (const line of lines) {
    count += 1;
    if (count % LINES_PER_PROGRESS === 0) onProgress?.(count);
    yield line;
  }
}
