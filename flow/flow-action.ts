// One step of an order flow, recorded or synthetic, before it meets an exchange. Prices are whole
// ticks and sizes whole lots of an instrument named by its index; whoever drives the flow maps them
// to symbols, decimals and accounts. Actions come in order of `atMs`, which counts from the flow's
// start.

export type FlowSide = "buy" | "sell";

/** A limit order that rests as far as it does not take. */
export interface FlowAdd {
  readonly kind: "add";
  readonly atMs: number;
  readonly instrument: number;
  /** Names the order for later actions; unique while it rests. */
  readonly orderKey: number;
  readonly side: FlowSide;
  readonly priceTicks: number;
  readonly quantityLots: number;
}

/** Takes lots off a resting order, which keeps its place. */
export interface FlowReduce {
  readonly kind: "reduce";
  readonly atMs: number;
  readonly instrument: number;
  readonly orderKey: number;
  readonly reduceLots: number;
}

export interface FlowCancel {
  readonly kind: "cancel";
  readonly atMs: number;
  readonly instrument: number;
  readonly orderKey: number;
}

/** An immediate-or-cancel order limited at `priceTicks`. */
export interface FlowTake {
  readonly kind: "take";
  readonly atMs: number;
  readonly instrument: number;
  readonly side: FlowSide;
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export type FlowAction = FlowAdd | FlowReduce | FlowCancel | FlowTake;
