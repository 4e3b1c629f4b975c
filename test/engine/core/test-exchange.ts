// TestExchange: a small core with accounts and a market, driven by commands with sensible defaults.
// Invariants are checked after every command.

import { decodeCommand, encodeCommand } from "../../../engine/codec/command-codec.ts";
import type { Command, PlaceOrder, RequestId } from "../../../engine/core/command.ts";
import { Core } from "../../../engine/core/core.ts";
import type { Event } from "../../../engine/core/event.ts";
import type { Capacity } from "../../../engine/core/instrument.ts";

export const BTC = 1;
export const USDT = 2;
export const MARKET = 1;
export const ALICE = 1;
export const BOB = 2;
export const SYSTEM: RequestId = { sessionId: 0, requestSeq: 0 };

export const smallCapacity: Capacity = {
  orders: 400,
  rememberedOrders: 100,
  accounts: 4,
  assets: 3,
  symbols: 2,
  levels: 100,
  sessions: 2,
};

export interface ExchangeOptions {
  readonly capacity?: Partial<Capacity>;
  readonly units?: number;
  readonly makerFeePpm?: number;
  readonly takerFeePpm?: number;
}

export class TestExchange {
  readonly core: Core;
  readonly journal: Uint8Array[] = [];
  private clientIds = 0;

  /** Two rich accounts; one lot is 10 units of base, one tick 2 units of quote a lot. */
  constructor(options: ExchangeOptions = {}) {
    const { units = 1_000_000, makerFeePpm = 0, takerFeePpm = 0 } = options;
    this.core = new Core({ ...smallCapacity, ...options.capacity });
    this.do({ kind: "addAsset", assetId: BTC, name: "BTC", decimals: 8 });
    this.do({ kind: "addAsset", assetId: USDT, name: "USDT", decimals: 6 });
    this.do({
      kind: "addSymbol",
      symbolId: MARKET,
      name: "BTCUSDT",
      baseAssetId: BTC,
      quoteAssetId: USDT,
      lotUnits: 10,
      tickUnitsPerLot: 2,
      priceTicksMax: 1_000_000,
      makerFeePpm,
      takerFeePpm,
    });
    for (const accountId of [ALICE, BOB]) {
      this.do({ kind: "openAccount", accountId });
      if (units === 0) continue;
      this.do({ kind: "deposit", accountId, assetId: BTC, units });
      this.do({ kind: "deposit", accountId, assetId: USDT, units });
    }
  }

  do(command: Command, request: RequestId = SYSTEM): Event[] {
    const timestampUs = 1_000_000 + this.core.position * 10;
    return this.apply(encodeCommand({ request, timestampUs, command }));
  }

  apply(bytes: Uint8Array): Event[] {
    // Everything that stands in a journal passed the edge's check.
    decodeCommand(bytes);
    const events: Event[] = [];
    this.journal.push(bytes);
    this.core.apply(this.core.position + 1, bytes, events);
    this.core.checkInvariants();
    return events;
  }

  /** A limit buy of one lot at 100 by Alice, with whatever is said otherwise. */
  order(order: Partial<PlaceOrder> = {}): PlaceOrder {
    this.clientIds += 1;
    return {
      kind: "placeOrder",
      accountId: ALICE,
      symbolId: MARKET,
      side: "buy",
      type: "limit",
      timeInForce: "gtc",
      priceTicks: 100,
      quantityLots: 1,
      quoteUnits: 0,
      clientOrderId: `test-${this.clientIds}`,
      ...order,
    };
  }

  place(order: Partial<PlaceOrder> = {}): Event[] {
    return this.do(this.order(order));
  }
}

/** Events in short: what a reader of a table wants to see. */
export function brief(events: readonly Event[]): string[] {
  return events.flatMap((event) => {
    switch (event.kind) {
      case "orderAccepted":
        return ["accepted"];
      case "orderRejected":
      case "cancelRejected":
      case "commandRejected":
        return [`${event.kind} ${event.reason}`];
      case "trade":
        return [`trade ${event.maker.orderId} ${event.quantityLots}@${event.priceTicks}`];
      case "orderExpired":
        return [`expired ${event.reason}`];
      case "orderCanceled":
        return [`canceled ${event.order.orderId}`];
      case "orderReduced":
        return [`reduced ${event.order.orderId} by ${event.reducedLots}`];
      case "balanceChanged":
        return [];
      default:
        return [event.kind];
    }
  });
}
