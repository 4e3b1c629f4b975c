// Traffic: clients that trade a little through gateways that may vanish. A client without an answer
// sends its order again, with the same client order id, through another gateway.

import type { Command, PlaceOrder } from "../../engine/core/command.ts";
import type { Event } from "../../engine/core/event.ts";
import type { SimEngine } from "./sim-engine.ts";
import type { World } from "./world.ts";

export const accountIds = [1, 2, 3] as const;
const symbolId = 1;
const patienceMs = 250;

const genesis: readonly Command[] = [
  { kind: "addAsset", assetId: 1, name: "BTC", decimals: 8 },
  { kind: "addAsset", assetId: 2, name: "USDT", decimals: 6 },
  {
    kind: "addSymbol",
    symbolId,
    name: "BTCUSDT",
    baseAssetId: 1,
    quoteAssetId: 2,
    lotUnits: 1000,
    tickUnitsPerLot: 10,
    priceTicksMax: 1000,
    makerFeePpm: 1000,
    takerFeePpm: 2000,
  },
  ...accountIds.flatMap((accountId): Command[] => [
    { kind: "openAccount", accountId },
    { kind: "deposit", accountId, assetId: 1, units: 1_000_000 },
    { kind: "deposit", accountId, assetId: 2, units: 100_000_000 },
  ]),
];

export class Traffic {
  private readonly world: World;
  private orders = 0;
  /** Client order ids without an answer. */
  readonly waiting = new Set<string>();

  constructor(world: World) {
    this.world = world;
  }

  open(): void {
    for (const command of genesis) this.world.gateways[0]?.request(command, () => {});
  }

  /** Something at random: mostly orders. */
  act(): void {
    const { prng } = this.world;
    prng.weighted<() => void>([
      [10, () => this.place()],
      [3, () => this.cancel()],
      [1, () => this.move()],
      [5, () => this.read()],
    ])();
  }

  place(): void {
    const { prng } = this.world;
    this.orders++;
    const order: PlaceOrder = {
      kind: "placeOrder",
      accountId: prng.pick(accountIds),
      symbolId,
      side: prng.pick(["buy", "sell"]),
      type: prng.weighted([
        [8, "limit"],
        [1, "limitMaker"],
      ]),
      timeInForce: "gtc",
      priceTicks: prng.integer(95, 105),
      quantityLots: prng.integer(1, 9),
      quoteUnits: 0,
      clientOrderId: `order-${this.orders}`,
    };
    this.waiting.add(order.clientOrderId);
    this.attempt(order);
  }

  private attempt(order: PlaceOrder): void {
    const { world } = this;
    const id = order.clientOrderId;
    if (!this.waiting.has(id)) return;
    const gateway = world.prng.pick(world.gateways);
    gateway.request(order, (events) => {
      if (!events.some((event) => answers(event, id))) return;
      this.waiting.delete(id);
      world.oracle.orderAnswered(gateway.forcedEpoch, id);
    });
    world.schedule.after(patienceMs, () => this.attempt(order));
  }

  private cancel(): void {
    const { prng, gateways } = this.world;
    const clientOrderId = `order-${prng.integer(1, Math.max(1, this.orders))}`;
    const accountId = prng.pick(accountIds);
    const target = { orderId: 0, clientOrderId };
    prng
      .pick(gateways)
      .request({ kind: "cancelOrder", accountId, symbolId, target, onlyIf: "any" }, () => {});
  }

  private move(): void {
    const { prng, gateways } = this.world;
    const kind = prng.pick(["deposit", "withdraw"] as const);
    const accountId = prng.pick(accountIds);
    const assetId = prng.integer(1, 2);
    const units = prng.integer(1, 100_000);
    prng.pick(gateways).request({ kind, accountId, assetId, units }, () => {});
  }

  /** Of whoever believes to be primary. */
  private read(): void {
    this.readFrom(this.world.prng.pick(this.world.engines));
  }

  /** One that does not serve must turn the query away. */
  readFrom(engine: SimEngine): void {
    const { oracle } = this.world;
    engine.run(null, ({ replica }) => {
      if (replica.requestRead(oracle.readBegun(engine.name))) replica.flush(engine.nowMs);
    });
  }
}

/** A repeated request was carried out before; that its order is known is the oracle's to check. */
function answers(event: Event, clientOrderId: string): boolean {
  if (event.kind === "requestRepeated") return true;
  if (event.kind === "orderRejected") return event.clientOrderId === clientOrderId;
  return event.kind === "orderAccepted" && event.order.clientOrderId === clientOrderId;
}
