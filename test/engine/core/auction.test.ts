// Auctions in the core: what collects, what trades when trading begins, and who pays what.

import { expect } from "chai";
import fc from "fast-check";
import { encodeCommand } from "../../../engine/codec/command-codec.ts";
import { UNCROSS_TRADES_MAX } from "../../../engine/core/auction.ts";
import type { Command, PlaceOrder, TradingStatus } from "../../../engine/core/command.ts";
import { Core } from "../../../engine/core/core.ts";
import type { Event } from "../../../engine/core/event.ts";
import { property } from "../../support/property.ts";
import { naiveClearing, naiveTrades } from "./naive-auction.ts";
import { randomCommands } from "./random-commands.ts";
import { ALICE, BOB, BTC, brief, MARKET, TestExchange, USDT } from "./test-exchange.ts";

function inAuction(options: ConstructorParameters<typeof TestExchange>[0] = {}): TestExchange {
  const exchange = new TestExchange(options);
  setStatus(exchange, "auction");
  return exchange;
}

function setStatus(exchange: TestExchange, status: TradingStatus): Event[] {
  return exchange.do({ kind: "setTradingStatus", symbolId: MARKET, status });
}

function sell(order: Partial<PlaceOrder> = {}): Partial<PlaceOrder> {
  return { accountId: BOB, side: "sell", ...order };
}

/** Of one auction: "buy sell lots@price" for each trade. */
function tradesOf(events: readonly Event[]): string[] {
  return events.flatMap((event) => {
    if (event.kind !== "trade") return [];
    const { maker, taker, quantityLots, priceTicks } = event;
    const [buy, other] = maker.side === "buy" ? [maker, taker] : [taker, maker];
    return [`${buy.orderId} ${other.orderId} ${quantityLots}@${priceTicks}`];
  });
}

describe("Auction", () => {
  it("collects orders that meet, and shows what they would trade at", () => {
    const exchange = inAuction();
    expect(brief(exchange.place({ priceTicks: 110, quantityLots: 5 }))).to.deep.equal(["accepted"]);
    expect(exchange.core.clearing(MARKET)).to.equal(null);
    const events = exchange.place(sell({ priceTicks: 100, quantityLots: 3 }));
    expect(brief(events)).to.deep.equal(["accepted"]);
    expect(exchange.core.top(MARKET).bid.priceTicks).to.equal(110);
    expect(exchange.core.top(MARKET).ask.priceTicks).to.equal(100);
    const expected = { priceTicks: 110, quantityLots: 3, surplusLots: 2 };
    expect(exchange.core.clearing(MARKET)).to.deep.equal(expected);
  });

  for (const order of [
    { type: "market", priceTicks: 0 },
    { type: "limitMaker" },
    { timeInForce: "ioc" },
    { timeInForce: "fok" },
  ] as const) {
    it(`refuses ${JSON.stringify(order)}: it could neither trade nor promise not to`, () => {
      expect(brief(inAuction().place(order))).to.deep.equal(["orderRejected NOT_IN_AUCTION"]);
    });
  }

  it("lets orders be canceled and reduced, which changes the price", () => {
    const exchange = inAuction();
    exchange.place({ priceTicks: 110, quantityLots: 5 });
    exchange.place({ priceTicks: 105, quantityLots: 5 });
    exchange.place(sell({ priceTicks: 100, quantityLots: 5 }));
    const of = { accountId: ALICE, symbolId: MARKET } as const;
    const target = { orderId: 1, clientOrderId: "" };
    exchange.do({ kind: "reduceOrder", ...of, target, quantityLots: 1 });
    exchange.do({ kind: "cancelOrder", ...of, target, onlyIf: "any" });
    const events = setStatus(exchange, "trading");
    expect(tradesOf(events)).to.deep.equal(["2 3 5@102"]);
  });

  it("trades at one price, best price first and oldest first at the margin", () => {
    const exchange = inAuction();
    exchange.place({ priceTicks: 100, quantityLots: 4 });
    exchange.place({ priceTicks: 100, quantityLots: 4 });
    exchange.place({ priceTicks: 103, quantityLots: 2 });
    exchange.place(sell({ priceTicks: 99, quantityLots: 5 }));
    exchange.place(sell({ priceTicks: 97, quantityLots: 2 }));
    const events = setStatus(exchange, "trading");
    expect(tradesOf(events)).to.deep.equal(["3 5 2@100", "1 4 4@100", "2 4 1@100"]);
    expect(exchange.core.order(2)).to.include({ status: "partiallyFilled", executedLots: 1 });
    expect(exchange.core.lastTrade(MARKET)).to.deep.equal({ tradeId: 3, priceTicks: 100 });
    expect(exchange.core.instrument(MARKET)?.status).to.equal("trading");
  });

  it("takes the last trade as the reference", () => {
    const exchange = new TestExchange();
    exchange.place({ priceTicks: 107 });
    exchange.place(sell({ priceTicks: 107 }));
    setStatus(exchange, "auction");
    exchange.place({ priceTicks: 110 });
    exchange.place(sell({ priceTicks: 100 }));
    expect(tradesOf(setStatus(exchange, "trading"))).to.deep.equal(["3 4 1@107"]);
  });

  it("gives back what a buyer locked above the price, and takes the later one's fee as taker", () => {
    const exchange = inAuction({ makerFeePpm: 10_000, takerFeePpm: 100_000 });
    exchange.place(sell({ priceTicks: 90, quantityLots: 10 }));
    exchange.place({ priceTicks: 110, quantityLots: 20 });
    const [trade] = setStatus(exchange, "trading").filter((event) => event.kind === "trade");
    // Ten lots at 110: 100 units of base against 2200 of quote.
    expect(trade).to.include({ priceTicks: 110, makerFeeUnits: 22, takerFeeUnits: 10 });
    expect(trade?.kind === "trade" && trade.taker.side).to.equal("buy");
    const { core } = exchange;
    const balance = (account: number, asset: number) => core.balance(account, asset);
    expect(balance(ALICE, BTC)).to.deep.equal({ freeUnits: 1_000_090, lockedUnits: 0 });
    // Ten lots are left: 2200 units stay locked.
    expect(balance(ALICE, USDT)).to.deep.equal({ freeUnits: 995_600, lockedUnits: 2200 });
    expect(balance(BOB, USDT)).to.deep.equal({ freeUnits: 1_002_178, lockedUnits: 0 });
    expect(balance(BOB, BTC)).to.deep.equal({ freeUnits: 999_900, lockedUnits: 0 });
    expect(balance(0, BTC).freeUnits).to.equal(10);
    expect(balance(0, USDT).freeUnits).to.equal(22);
  });

  it("frees a buyer's difference to a lower price", () => {
    const exchange = inAuction();
    exchange.place({ priceTicks: 110, quantityLots: 10 });
    exchange.place(sell({ priceTicks: 90, quantityLots: 20 }));
    expect(tradesOf(setStatus(exchange, "trading"))).to.deep.equal(["1 2 10@90"]);
    const expected = { freeUnits: 998_200, lockedUnits: 0 };
    expect(exchange.core.balance(ALICE, USDT)).to.deep.equal(expected);
  });

  it("lets an account trade with itself, as at any time", () => {
    const exchange = inAuction();
    exchange.place({ priceTicks: 100 });
    exchange.place(sell({ accountId: ALICE, priceTicks: 100 }));
    expect(tradesOf(setStatus(exchange, "trading"))).to.deep.equal(["1 2 1@100"]);
    const expected = { freeUnits: 1_000_000, lockedUnits: 0 };
    expect(exchange.core.balance(ALICE, USDT)).to.deep.equal(expected);
    expect(exchange.core.balance(ALICE, BTC)).to.deep.equal(expected);
  });

  it("uncrosses once, also where the auction was halted on the way", () => {
    const exchange = inAuction();
    exchange.place({ priceTicks: 101 });
    exchange.place(sell({ priceTicks: 100 }));
    expect(tradesOf(setStatus(exchange, "halt"))).to.deep.equal([]);
    expect(tradesOf(setStatus(exchange, "cancelOnly"))).to.deep.equal([]);
    expect(tradesOf(setStatus(exchange, "trading"))).to.have.length(1);
    expect(tradesOf(setStatus(exchange, "trading"))).to.deep.equal([]);
  });

  it("tells of the trades, then of the status, then of the balances", () => {
    const exchange = inAuction();
    exchange.place({ priceTicks: 100 });
    exchange.place(sell({ priceTicks: 100 }));
    const kinds = setStatus(exchange, "trading").map((event) => event.kind);
    expect(kinds.slice(0, 2)).to.deep.equal(["trade", "configured"]);
    expect(new Set(kinds.slice(2))).to.deep.equal(new Set(["balanceChanged"]));
  });
});

describe("An auction of many orders", () => {
  const count = UNCROSS_TRADES_MAX + 5;
  const capacity = { orders: 3 * count, rememberedOrders: 100 };

  /** One seller whose order meets those of `count` buyers, in an exchange that checks less often. */
  function crowded(): { core: Core; apply: (command: Command) => Event[]; order: PlaceOrder } {
    const exchange = inAuction({ capacity, units: 1_000_000_000 });
    const { core } = exchange;
    const request = { sessionId: 0, requestSeq: 0 };
    const apply = (command: Command): Event[] => {
      const events: Event[] = [];
      const timestampUs = core.timestampUs + 1;
      core.apply(core.position + 1, encodeCommand({ request, timestampUs, command }), events);
      return events;
    };
    for (let index = 0; index < count; index += 1) apply(exchange.order());
    const all = { side: "sell", quantityLots: count, clientOrderId: "all" } as const;
    apply(exchange.order({ accountId: BOB, ...all }));
    return { core, apply, order: exchange.order() };
  }

  const status = (wanted: TradingStatus): Command => ({
    kind: "setTradingStatus",
    symbolId: MARKET,
    status: wanted,
  });

  it("is closed until all of them have traded, at the price that was found first", () => {
    const { core, apply } = crowded();
    expect(tradesOf(apply(status("trading")))).to.have.length(UNCROSS_TRADES_MAX);
    core.checkInvariants();
    expect(core.instrument(MARKET)?.status).to.equal("uncrossing");
    expect(core.clearing(MARKET)).to.equal(null);
    for (const other of ["halt", "auction", "cancelOnly"] as const)
      expect(brief(apply(status(other)))).to.deep.equal(["commandRejected MARKET_CLOSED"]);
    const rest = tradesOf(apply(status("trading")));
    expect(rest).to.have.length(count - UNCROSS_TRADES_MAX);
    expect(rest.every((trade) => trade.endsWith("@100"))).to.equal(true);
    expect(core.instrument(MARKET)?.status).to.equal("trading");
    core.checkInvariants();
  });

  it("lets nobody place or cancel in between", () => {
    const { apply, order } = crowded();
    apply(status("trading"));
    expect(brief(apply(order))).to.deep.equal(["orderRejected MARKET_CLOSED"]);
    const of = { accountId: BOB, symbolId: MARKET } as const;
    const target = { orderId: 0, clientOrderId: "all" };
    const events = apply({ kind: "cancelOrder", ...of, target, onlyIf: "any" });
    expect(brief(events)).to.deep.equal(["cancelRejected MARKET_CLOSED"]);
  });

  it("is no status to ask for", () => {
    const events = setStatus(new TestExchange(), "uncrossing");
    expect(brief(events)).to.deep.equal(["commandRejected INVALID_COMMAND"]);
  });
});

describe("Any auction", function () {
  // Hundreds of journals: more than a unit test has time for on a machine that is busy.
  this.timeout(20_000);
  const options = { capacity: { rememberedOrders: 8, orders: 60, levels: 24 }, units: 60_000 };
  const fees = { ...options, makerFeePpm: 1234, takerFeePpm: 56_789 };

  it("does what the rules say, order by order, and leaves nothing that meets", () => {
    let auctions = 0;
    property(
      fc.property(randomCommands(60), randomCommands(60), (before, during) => {
        const exchange = new TestExchange(fees);
        const { core } = exchange;
        for (const { command, request } of before) exchange.do(command, request);
        setStatus(exchange, "auction");
        for (const { command, request } of during)
          if (command.kind !== "setTradingStatus") exchange.do(command, request);
        const resting = [1, 2, 3]
          .flatMap((accountId) => core.openOrders(accountId, MARKET))
          .sort((a, b) => a.orderId - b.orderId);
        const { bids, asks } = core.depth(MARKET, 1000);
        const clearing = naiveClearing(bids, asks, core.lastTrade(MARKET).priceTicks);
        expect(core.clearing(MARKET)).to.deep.equal(clearing);
        // `do` checks the invariants: money conserved, locks add up, the book not crossed any more.
        const trades = tradesOf(setStatus(exchange, "trading"));
        const price = clearing?.priceTicks;
        const expected = naiveTrades(resting, clearing).map((trade) => `${trade}@${price}`);
        expect(trades).to.deep.equal(expected);
        if (trades.length > 0) auctions += 1;
        expect(core.clearing(MARKET)).to.equal(null);
        const replayed = new Core(core.capacity);
        exchange.journal.forEach((bytes, index) => {
          replayed.apply(index + 1, bytes, null);
        });
        expect(Buffer.compare(core.memory, replayed.memory)).to.equal(0);
      }),
      150,
    );
    expect(auctions).to.be.above(20);
  });
});
