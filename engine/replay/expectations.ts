// Expectations: one step of a command file at a time, done and compared with what it says must come
// of it. Differences are collected, not thrown: one failure often explains the next.

import type { BookLevel, ExpectedFill, RecordedStep } from "../../flow/command-file.ts";
import type { DepthLevel } from "../core/core-reader.ts";
import type { ReplayFill, ReplayMarket } from "./replay-market.ts";

export interface ReplayFailure {
  readonly line: number;
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

export class Expectations {
  takers = 0;
  fills = 0;
  bookChecks = 0;
  failureCount = 0;
  readonly failures: ReplayFailure[] = [];
  private readonly market: ReplayMarket;
  private readonly failuresMax: number;

  /** Keeps the first `failuresMax` failures and counts all. */
  constructor(market: ReplayMarket, failuresMax: number) {
    this.market = market;
    this.failuresMax = failuresMax;
  }

  check(step: RecordedStep, line: number): void {
    switch (step.kind) {
      case "place":
        this.checkPlace(step, line);
        break;
      case "reduce":
        this.checkFound(this.market.reduce(step.orderKey, step.reduceLots), step.orderKey, line);
        break;
      case "cancel":
        this.checkFound(this.market.cancel(step.orderKey), step.orderKey, line);
        break;
      case "book":
        this.checkBook(step, line);
        break;
      case "clock":
        this.market.setClock(step.seconds);
        break;
    }
  }

  private checkPlace(step: Extract<RecordedStep, { kind: "place" }>, line: number): void {
    const { side, priceTicks, quantityLots } = step;
    const order = { side, priceTicks, quantityLots };
    const fills = step.rests ? this.market.add(step.orderKey, order) : this.market.take(order);
    if (typeof fills === "string") {
      this.compare(line, "order", "accepted", fills);
      return;
    }
    this.compare(line, "fills", fillsText(step.fills), fillsText(fills));
    this.fills += fills.length;
    if (fills.length > 0 || !step.rests) this.takers += 1;
  }

  private checkFound(reason: string | undefined, orderKey: string, line: number): void {
    this.compare(line, `order ${orderKey}`, "found", reason ?? "found");
  }

  private checkBook(step: Extract<RecordedStep, { kind: "book" }>, line: number): void {
    const { asks, bids } = this.market.depth(step.asks.length);
    this.bookChecks += 1;
    this.compare(line, "asks", levelsText(step.asks), levelsText(asks, step.asks.length));
    this.compare(line, "bids", levelsText(step.bids), levelsText(bids, step.bids.length));
  }

  private compare(line: number, what: string, expected: string, actual: string): void {
    if (expected === actual) return;
    this.failureCount += 1;
    if (this.failures.length < this.failuresMax)
      this.failures.push({ line, what, expected, actual });
  }
}

function fillsText(fills: readonly (ExpectedFill | ReplayFill)[]): string {
  if (fills.length === 0) return "none";
  return fills.map((fill) => `${fill.makerKey}:${fill.priceTicks}:${fill.quantityLots}`).join("|");
}

/** Where a side ends, the recording has zeros. */
function levelsText(levels: readonly (BookLevel | DepthLevel)[], count = levels.length): string {
  const named = Array.from({ length: count }, (_, index) => levels[index]);
  return named.map((level) => `${level?.priceTicks ?? 0}x${level?.quantityLots ?? 0}`).join(" ");
}
