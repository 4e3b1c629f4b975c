import { expect } from "chai";
import fc from "fast-check";
import { depthJson } from "../../../../engine/adapters/gateway/depth-feed.ts";
import { Markets } from "../../../../engine/adapters/gateway/market.ts";
import { MarketData } from "../../../../engine/adapters/gateway/market-data.ts";
import { openMarkets, testConfig } from "./harness.ts";
import { LoopbackExchange } from "./loopback-exchange.ts";

interface DepthEvent {
  readonly U: number;
  readonly u: number;
  readonly b: [string, string][];
  readonly a: [string, string][];
}

interface Snapshot {
  readonly lastUpdateId: number;
  readonly bids: [string, string][];
  readonly asks: [string, string][];
}

/** What the API tells clients to do: buffer, take a snapshot, drop the old, demand no gap. */
class BookClient {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  #buffered: DepthEvent[] = [];
  #lastId: number | undefined;
  #isFirst = true;

  receive(event: DepthEvent): void {
    if (this.#lastId === undefined) this.#buffered.push(event);
    else this.#apply(event);
  }

  takeSnapshot(snapshot: Snapshot): void {
    this.#lastId = snapshot.lastUpdateId;
    for (const [price, quantity] of snapshot.bids) this.bids.set(price, quantity);
    for (const [price, quantity] of snapshot.asks) this.asks.set(price, quantity);
    const [first] = this.#buffered;
    if (first !== undefined)
      expect(snapshot.lastUpdateId, "the snapshot is not older than the stream").to.be.at.least(
        first.U - 1,
      );
    for (const event of this.#buffered) this.#apply(event);
  }

  #apply(event: DepthEvent): void {
    const lastId = this.#lastId as number;
    if (event.u <= lastId) return;
    if (this.#isFirst) expect(event.U).to.be.at.most(lastId + 1);
    else expect(event.U).to.equal(lastId + 1);
    this.#isFirst = false;
    this.#lastId = event.u;
    update(this.bids, event.b);
    update(this.asks, event.a);
  }

  get hasSnapshot(): boolean {
    return this.#lastId !== undefined;
  }
}

function update(side: Map<string, string>, levels: [string, string][]): void {
  for (const [price, quantity] of levels)
    if (quantity === "0.00000000") side.delete(price);
    else side.set(price, quantity);
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("place" as const),
      accountId: fc.constantFrom(1, 2),
      side: fc.constantFrom("buy" as const, "sell" as const),
      priceTicks: fc.integer({ min: 1000, max: 1010 }),
      quantityLots: fc.integer({ min: 1, max: 5 }),
      timeInForce: fc.constantFrom("gtc" as const, "gtc" as const, "ioc" as const, "fok" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), nth: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("reduce" as const), nth: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "cancelAll" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "flush" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "join" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "snapshot" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "tick" as const }) },
);

describe("DepthFeed", () => {
  it("lets every client rebuild the book, whenever it joins and takes its snapshot", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const config = testConfig();
        const clock = { nowMs: () => 1_700_000_000_000 };
        const exchange = new LoopbackExchange(config.capacity, clock);
        openMarkets(exchange);
        const { core } = exchange;
        const markets = new Markets(core, config);
        const marketData = new MarketData(core, markets);
        exchange.subscribe((applied) => marketData.observe(applied));
        const market = markets.named("BTCUSDT");
        if (market === undefined) throw new Error("BTCUSDT is open");
        const { depth } = marketData.feedOf(market);
        const clients: BookClient[] = [];
        let flushedPosition: number | undefined;
        let count = 0;

        const flush = () => {
          const json = depth.fast.flush(market, core, depth.position, 0);
          if (json === undefined) return;
          const event: DepthEvent = JSON.parse(json);
          if (flushedPosition !== undefined) expect(event.U).to.equal(flushedPosition + 1);
          expect(event.u).to.be.at.least(event.U);
          flushedPosition = event.u;
          for (const client of clients) client.receive(event);
        };

        for (const action of steps) {
          switch (action.kind) {
            case "place": {
              const { kind: _kind, ...order } = action;
              const clientOrderId = `c${count++}`;
              const rest = { type: "limit", symbolId: 1, quoteUnits: 0, clientOrderId } as const;
              exchange.execute({ kind: "placeOrder", ...order, ...rest });
              break;
            }
            case "cancel":
            case "reduce": {
              const open = [...core.openOrders(1, 1), ...core.openOrders(2, 1)];
              const order = open[action.nth % Math.max(1, open.length)];
              if (order === undefined) break;
              const target = { orderId: order.orderId, clientOrderId: "" };
              const { accountId } = order;
              const meant = { accountId, symbolId: 1, target };
              if (action.kind === "reduce")
                exchange.execute({
                  kind: "reduceOrder",
                  ...meant,
                  quantityLots: order.quantityLots - 1,
                });
              else exchange.execute({ kind: "cancelOrder", ...meant, onlyIf: "any" });
              break;
            }
            case "cancelAll":
              exchange.execute({ kind: "cancelAllOrders", accountId: 1, symbolId: 1 });
              break;
            case "flush":
              flush();
              break;
            case "join":
              depth.fast.follow(depth.position);
              clients.push(new BookClient());
              break;
            case "snapshot": {
              const client = clients.find((candidate) => !candidate.hasSnapshot);
              client?.takeSnapshot(JSON.parse(depthJson(market, core, depth, 5000)));
              break;
            }
            default:
              exchange.execute({ kind: "tick" });
          }
        }
        flush();
        const book: Snapshot = JSON.parse(depthJson(market, core, depth, 5000));
        for (const client of clients) {
          if (!client.hasSnapshot) continue;
          expect([...client.bids].sort()).to.deep.equal([...book.bids].sort());
          expect([...client.asks].sort()).to.deep.equal([...book.asks].sort());
        }
      }),
      { numRuns: 60 },
    );
  }).timeout(20_000);
});
