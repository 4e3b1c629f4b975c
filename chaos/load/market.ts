// One instrument of a flow as a symbol of the exchange: ticks and lots become the API's decimals.

import { approximate, parseStepSize, type StepSize, toDecimal, toSteps } from "./step-size.ts";

interface SymbolFilter {
  readonly filterType: string;
  readonly tickSize?: string;
  readonly stepSize?: string;
  readonly minNotional?: string;
}

/** The part of exchangeInfo's answer that a market needs. */
export interface SymbolInfo {
  readonly symbol: string;
  readonly filters: readonly SymbolFilter[];
}

export class Market {
  readonly symbol: string;
  readonly midTicks: number;
  readonly #tick: StepSize;
  readonly #lot: StepSize;
  /** Lots of the exchange in one lot of the flow: the smallest order must pass the notional filter. */
  readonly #lotsPerFlowLot: number;

  /** `mid`: where the flow's prices lie, as a price of the exchange or in ticks. */
  constructor(info: SymbolInfo, mid: { readonly price: number } | { readonly ticks: number }) {
    this.symbol = info.symbol;
    const filter = (name: string) => info.filters.find((one) => one.filterType === name);
    this.#tick = parseStepSize(filter("PRICE_FILTER")?.tickSize ?? "");
    this.#lot = parseStepSize(filter("LOT_SIZE")?.stepSize ?? "");
    this.midTicks = "ticks" in mid ? mid.ticks : toSteps(mid.price, this.#tick);
    const notionalMin = Number((filter("NOTIONAL") ?? filter("MIN_NOTIONAL"))?.minNotional ?? "0");
    const lotNotional = approximate(this.#lot) * approximate(this.#tick) * this.midTicks;
    // A tenth more: the price moves below the middle.
    this.#lotsPerFlowLot = Math.max(1, Math.ceil((1.1 * notionalMin) / lotNotional));
  }

  price(ticks: number): string {
    return toDecimal(ticks, this.#tick);
  }

  quantity(flowLots: number): string {
    return toDecimal(flowLots * this.#lotsPerFlowLot, this.#lot);
  }
}
