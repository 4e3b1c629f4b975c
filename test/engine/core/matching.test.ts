import { expect } from "chai";
import type { PlaceOrder } from "../../../engine/core/command.ts";
import { ALICE, BOB, BTC, brief, MARKET, TestExchange, USDT } from "./test-exchange.ts";

interface Row {
  readonly why: string;
  /** Bob's sells that rest first, [lots, price]; they get the order ids 1, 2, … */
  readonly asks: readonly (readonly [number, number])[];
  readonly order: Partial<PlaceOrder>;
  readonly events: readonly string[];
  /** Price and lots that rest afterwards. */
  readonly bids?: readonly (readonly [number, number])[];
}

const market = { type: "market", timeInForce: "gtc", priceTicks: 0 } as const;

const rows: readonly Row[] = [
  {
    why: "rests what finds nothing to trade with",
    asks: [[5, 101]],
    order: { quantityLots: 3 },
    events: ["accepted"],
    bids: [[100, 3]],
  },
  {
    why: "takes the best price first and rests the remainder at its limit",
    asks: [
      [5, 101],
      [5, 100],
    ],
    order: { priceTicks: 101, quantityLots: 12 },
    events: ["accepted", "trade 2 5@100", "trade 1 5@101"],
    bids: [[101, 2]],
  },
  {
    why: "takes the oldest order first at one price, at the maker's price",
    asks: [
      [2, 100],
      [2, 100],
    ],
    order: { priceTicks: 150, quantityLots: 3 },
    events: ["accepted", "trade 1 2@100", "trade 2 1@100"],
  },
  {
    why: "expires what an IOC cannot fill at once",
    asks: [[2, 100]],
    order: { timeInForce: "ioc", quantityLots: 5 },
    events: ["accepted", "trade 1 2@100", "expired UNFILLED_IOC_QUANTITY"],
  },
  {
    why: "fills a FOK over several prices when all of it can be filled",
    asks: [
      [2, 100],
      [3, 101],
    ],
    order: { timeInForce: "fok", priceTicks: 101, quantityLots: 5 },
    events: ["accepted", "trade 1 2@100", "trade 2 3@101"],
  },
  {
    why: "leaves the book alone when a FOK lacks one lot at its limit",
    asks: [
      [2, 100],
      [3, 102],
    ],
    order: { timeInForce: "fok", priceTicks: 101, quantityLots: 3 },
    events: ["accepted", "expired UNFILLED_FOK_ORDER"],
  },
  {
    why: "rejects a limit maker that would take",
    asks: [[2, 100]],
    order: { type: "limitMaker" },
    events: ["orderRejected WOULD_TAKE"],
  },
  {
    why: "rests a limit maker one tick below the ask",
    asks: [[2, 101]],
    order: { type: "limitMaker" },
    events: ["accepted"],
    bids: [[100, 1]],
  },
  {
    why: "rejects a market buy whose exact cost is not covered",
    asks: [
      [1, 100],
      [1, 900_000],
    ],
    order: { ...market, quantityLots: 2 },
    events: ["orderRejected INSUFFICIENT_BALANCE"],
  },
  {
    why: "fills a market order through several prices",
    asks: [
      [1, 100],
      [1, 9000],
    ],
    order: { ...market, quantityLots: 2 },
    events: ["accepted", "trade 1 1@100", "trade 2 1@9000"],
  },
  {
    why: "expires what a market order finds no liquidity for",
    asks: [[1, 100]],
    order: { ...market, quantityLots: 2 },
    events: ["accepted", "trade 1 1@100", "expired INSUFFICIENT_LIQUIDITY"],
  },
  {
    why: "accepts a market order on an empty book and expires it",
    asks: [],
    order: { ...market, quantityLots: 2 },
    events: ["accepted", "expired INSUFFICIENT_LIQUIDITY"],
  },
  {
    why: "spends at most the quote amount, in whole lots (2 units a tick and lot)",
    asks: [
      [2, 100],
      [5, 110],
    ],
    order: { ...market, quantityLots: 0, quoteUnits: 400 + 3 * 220 + 219 },
    events: ["accepted", "trade 1 2@100", "trade 2 3@110"],
  },
  {
    why: "expires a market order by amount that empties the other side",
    asks: [[2, 100]],
    order: { ...market, quantityLots: 0, quoteUnits: 401 },
    events: ["accepted", "trade 1 2@100", "expired INSUFFICIENT_LIQUIDITY"],
  },
  {
    why: "fills a market order by amount that empties the other side exactly",
    asks: [[2, 100]],
    order: { ...market, quantityLots: 0, quoteUnits: 400 },
    events: ["accepted", "trade 1 2@100"],
  },
  {
    why: "rejects an amount that does not pay for one lot",
    asks: [[2, 100]],
    order: { ...market, quantityLots: 0, quoteUnits: 199 },
    events: ["orderRejected INVALID_QUANTITY"],
  },
  {
    why: "rejects a FOK market order: the kind does not exist",
    asks: [[2, 100]],
    order: { ...market, timeInForce: "fok", quantityLots: 1 },
    events: ["orderRejected INVALID_COMMAND"],
  },
  {
    why: "rejects a price of zero",
    asks: [],
    order: { priceTicks: 0 },
    events: ["orderRejected INVALID_PRICE"],
  },
  {
    why: "rejects a price above the symbol's highest",
    asks: [],
    order: { priceTicks: 1_000_001 },
    events: ["orderRejected INVALID_PRICE"],
  },
  {
    why: "rejects a quantity of zero",
    asks: [],
    order: { quantityLots: 0 },
    events: ["orderRejected INVALID_QUANTITY"],
  },
  {
    why: "rejects what cannot be computed exactly",
    asks: [],
    order: { priceTicks: 1_000_000, quantityLots: 2 ** 33 },
    events: ["orderRejected NOTIONAL_TOO_LARGE"],
  },
  {
    why: "rejects a sell whose base amount cannot be computed exactly",
    asks: [],
    order: { side: "sell", priceTicks: 1, quantityLots: 2 ** 50 },
    events: ["orderRejected NOTIONAL_TOO_LARGE"],
  },
  {
    why: "rejects a buy that is not covered",
    asks: [],
    order: { priceTicks: 1000, quantityLots: 501 },
    events: ["orderRejected INSUFFICIENT_BALANCE"],
  },
  {
    why: "accepts a buy that needs the last unit",
    asks: [],
    order: { priceTicks: 1000, quantityLots: 500 },
    events: ["accepted"],
    bids: [[1000, 500]],
  },
  {
    why: "rejects an account that was never opened",
    asks: [],
    order: { accountId: 3 },
    events: ["orderRejected UNKNOWN_ACCOUNT"],
  },
  {
    why: "rejects the house as a trader",
    asks: [],
    order: { accountId: 0 },
    events: ["orderRejected UNKNOWN_ACCOUNT"],
  },
  {
    why: "rejects a symbol that does not exist",
    asks: [],
    order: { symbolId: 2 },
    events: ["orderRejected UNKNOWN_SYMBOL"],
  },
];

describe("Matching", () => {
  for (const { why, asks, order, events, bids = [] } of rows) {
    it(why, () => {
      const exchange = new TestExchange();
      for (const [quantityLots, priceTicks] of asks)
        exchange.place({ accountId: BOB, side: "sell", quantityLots, priceTicks });
      expect(brief(exchange.place(order))).to.deep.equal(events);
      const depth = exchange.core.depth(MARKET, 10);
      const found = depth.bids.map((level) => [level.priceTicks, level.quantityLots]);
      expect(found).to.deep.equal(bids);
    });
  }

  it("sells by amount for at most that much", () => {
    const exchange = new TestExchange();
    exchange.place({ accountId: BOB, priceTicks: 100, quantityLots: 3 });
    const events = exchange.place({ side: "sell", ...market, quantityLots: 0, quoteUnits: 500 });
    expect(brief(events)).to.deep.equal(["accepted", "trade 1 2@100"]);
  });

  it("rejects a sell that better bids could make too large to compute exactly", () => {
    const exchange = new TestExchange({ units: 2_000_000 });
    exchange.place({ accountId: BOB, priceTicks: 1_000_000 });
    const events = exchange.place({ side: "sell", priceTicks: 1, quantityLots: 2 ** 35 });
    expect(brief(events)).to.deep.equal(["orderRejected NOTIONAL_TOO_LARGE"]);
  });

  it("trades an account's orders with each other", () => {
    const exchange = new TestExchange();
    exchange.place({ side: "sell" });
    expect(brief(exchange.place())).to.deep.equal(["accepted", "trade 1 1@100"]);
  });

  it("locks a buy's full price and gives the difference back where it trades better", () => {
    const exchange = new TestExchange();
    exchange.place({ accountId: BOB, side: "sell", priceTicks: 90, quantityLots: 1 });
    exchange.place({ priceTicks: 100, quantityLots: 3 });
    const balance = exchange.core.balance(ALICE, USDT);
    expect(balance).to.deep.equal({ freeUnits: 1_000_000 - 180 - 400, lockedUnits: 400 });
  });

  it("locks a sell's base amount and releases it with the cancel", () => {
    const exchange = new TestExchange();
    exchange.place({ side: "sell", quantityLots: 7 });
    expect(exchange.core.balance(ALICE, BTC).lockedUnits).to.equal(70);
    const target = { orderId: 1, clientOrderId: "" };
    exchange.do({ kind: "cancelOrder", accountId: ALICE, symbolId: MARKET, target, onlyIf: "any" });
    expect(exchange.core.balance(ALICE, BTC)).to.deep.equal({
      freeUnits: 1_000_000,
      lockedUnits: 0,
    });
  });

  it("takes fees from what each side receives, rounded up, for the house", () => {
    const exchange = new TestExchange({ makerFeePpm: 1, takerFeePpm: 100_000 });
    exchange.place({ accountId: BOB, side: "sell", quantityLots: 3 });
    const events = exchange.place({ quantityLots: 3 });
    const trade = events.find((event) => event.kind === "trade");
    expect(trade).to.include({ makerFeeUnits: 1, takerFeeUnits: 3, quoteUnits: 600 });
    const { core } = exchange;
    expect(core.balance(ALICE, BTC).freeUnits).to.equal(1_000_000 + 27);
    expect(core.balance(BOB, USDT).freeUnits).to.equal(1_000_000 + 599);
    expect(core.balance(0, BTC).freeUnits).to.equal(3);
    expect(core.balance(0, USDT).freeUnits).to.equal(1);
  });

  it("tells the state of both orders after each fill", () => {
    const exchange = new TestExchange();
    exchange.place({ accountId: BOB, side: "sell", quantityLots: 1 });
    exchange.place({ accountId: BOB, side: "sell", quantityLots: 5 });
    const trades = exchange
      .place({ quantityLots: 2 })
      .flatMap((event) => (event.kind === "trade" ? [event] : []));
    expect(trades.map((trade) => [trade.maker.status, trade.taker.status])).to.deep.equal([
      ["filled", "partiallyFilled"],
      ["partiallyFilled", "filled"],
    ]);
    expect(trades.map((trade) => trade.tradeId)).to.deep.equal([1, 2]);
    expect(trades[1]?.taker).to.include({ executedLots: 2, executedQuoteUnits: 400 });
    expect(exchange.core.lastTrade(MARKET)).to.deep.equal({ tradeId: 2, priceTicks: 100 });
  });

  it("reports each balance once, after all else", () => {
    const exchange = new TestExchange();
    for (const priceTicks of [100, 101])
      exchange.place({ accountId: BOB, side: "sell", priceTicks });
    const events = exchange.place({ priceTicks: 101, quantityLots: 3 });
    const kinds = events.map((event) => event.kind);
    expect(kinds.lastIndexOf("trade")).to.be.below(kinds.indexOf("balanceChanged"));
    const balances = events.flatMap((event) => (event.kind === "balanceChanged" ? [event] : []));
    expect(
      balances.map(({ accountId, assetId }) => `${accountId}/${assetId}`).sort(),
    ).to.deep.equal(["1/1", "1/2", "2/1", "2/2"]);
    for (const { accountId, assetId, freeUnits, lockedUnits } of balances)
      expect(exchange.core.balance(accountId, assetId)).to.deep.equal({ freeUnits, lockedUnits });
  });
});
