// ReplayMarket: one core with one market, driven with the keys, prices and sizes of a recording. One
// account makes, another takes; both are rich enough for any recording, and there are no fees, so
// that nothing but price-time priority decides.

import { encodeCommand } from "../codec/command-codec.ts";
import type { Command, PlaceOrder, Side } from "../core/command.ts";
import { Core } from "../core/core.ts";
import type { Event, RejectReason } from "../core/event.ts";

const BASE = 1;
const QUOTE = 2;
const SYMBOL = 1;
const MAKER = 1;
const TAKER = 2;
const RICH_UNITS = 2 ** 52 - 1;

const capacity = {
  orders: 1_000_000,
  rememberedOrders: 1,
  accounts: 2,
  assets: 2,
  symbols: 1,
  levels: 500_000,
  sessions: 1,
};

export interface ReplayFill {
  /** Key of the order that rested; its id in the core where the recording does not know it. */
  readonly makerKey: string;
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export interface ReplayOrder {
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export class ReplayMarket {
  readonly core = new Core(capacity);
  private readonly orderIds = new Map<string, number>();
  private readonly keys = new Map<number, string>();
  private timestampUs = 0;
  private orderCount = 0;

  constructor() {
    const symbol = { symbolId: SYMBOL, name: "REPLAY", baseAssetId: BASE, quoteAssetId: QUOTE };
    const sizes = { lotUnits: 1, tickUnitsPerLot: 1, priceTicksMax: 2 ** 31 - 1 };
    this.apply({ kind: "addAsset", assetId: BASE, name: "BASE", decimals: 0 });
    this.apply({ kind: "addAsset", assetId: QUOTE, name: "QUOTE", decimals: 0 });
    this.apply({ kind: "addSymbol", ...symbol, ...sizes, makerFeePpm: 0, takerFeePpm: 0 });
    for (const accountId of [MAKER, TAKER]) {
      this.apply({ kind: "openAccount", accountId });
      this.apply({ kind: "deposit", accountId, assetId: BASE, units: RICH_UNITS });
      this.apply({ kind: "deposit", accountId, assetId: QUOTE, units: RICH_UNITS });
    }
  }

  /** Time of the recording, for the orders' time stamps. */
  setClock(seconds: number): void {
    this.timestampUs = Math.max(this.timestampUs, Math.round(seconds * 1e6));
  }

  /** A limit order that rests as far as it does not take. A key may come again once its order ended. */
  add(orderKey: string, order: ReplayOrder): ReplayFill[] | RejectReason {
    const events = this.apply(this.placeOrder(MAKER, "gtc", order));
    const [first] = events;
    if (first?.kind === "orderAccepted") {
      this.orderIds.set(orderKey, first.order.orderId);
      this.keys.set(first.order.orderId, orderKey);
    }
    return this.outcome(events);
  }

  /** An immediate-or-cancel order of a taker. */
  take(order: ReplayOrder): ReplayFill[] | RejectReason {
    return this.outcome(this.apply(this.placeOrder(TAKER, "ioc", order)));
  }

  /** `undefined` when done. */
  reduce(orderKey: string, reduceLots: number): RejectReason | undefined {
    const target = this.target(orderKey);
    if (target === undefined) return "UNKNOWN_ORDER";
    const order = this.core.order(target.orderId);
    const quantityLots = (order?.quantityLots ?? 0) - reduceLots;
    // Recordings name a difference, and take all that is left by it too.
    if (order !== undefined && quantityLots === order.executedLots) return this.cancel(orderKey);
    const of = { accountId: MAKER, symbolId: SYMBOL, target };
    return rejection(
      this.apply({ kind: "reduceOrder", ...of, quantityLots: Math.max(0, quantityLots) }),
    );
  }

  cancel(orderKey: string): RejectReason | undefined {
    const target = this.target(orderKey);
    if (target === undefined) return "UNKNOWN_ORDER";
    const of = { accountId: MAKER, symbolId: SYMBOL, target };
    return rejection(this.apply({ kind: "cancelOrder", ...of, onlyIf: "any" }));
  }

  depth(levelsMax: number): ReturnType<Core["depth"]> {
    return this.core.depth(SYMBOL, levelsMax);
  }

  private target(orderKey: string): { orderId: number; clientOrderId: string } | undefined {
    const orderId = this.orderIds.get(orderKey);
    return orderId === undefined ? undefined : { orderId, clientOrderId: "" };
  }

  private placeOrder(
    accountId: number,
    timeInForce: PlaceOrder["timeInForce"],
    order: ReplayOrder,
  ): PlaceOrder {
    this.orderCount += 1;
    return {
      kind: "placeOrder",
      accountId,
      symbolId: SYMBOL,
      type: "limit",
      timeInForce,
      ...order,
      quoteUnits: 0,
      clientOrderId: `r${this.orderCount}`,
    };
  }

  private outcome(events: readonly Event[]): ReplayFill[] | RejectReason {
    const reason = rejection(events);
    if (reason !== undefined) return reason;
    return events.flatMap((event) => {
      if (event.kind !== "trade") return [];
      const { orderId } = event.maker;
      const makerKey = this.keys.get(orderId) ?? `order ${orderId}`;
      if (event.maker.status === "filled") this.keys.delete(orderId);
      return [{ makerKey, priceTicks: event.priceTicks, quantityLots: event.quantityLots }];
    });
  }

  private apply(command: Command): Event[] {
    const events: Event[] = [];
    const request = { sessionId: 0, requestSeq: 0 };
    const bytes = encodeCommand({ request, timestampUs: this.timestampUs, command });
    this.core.apply(this.core.position + 1, bytes, events);
    return events;
  }
}

function rejection(events: readonly Event[]): RejectReason | undefined {
  const [first] = events;
  return first !== undefined && "reason" in first && first.kind !== "orderExpired"
    ? first.reason
    : undefined;
}
