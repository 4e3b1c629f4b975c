import { expect } from "chai";
import type { Command } from "../../../engine/core/command.ts";
import { ALICE, BOB, brief, MARKET, TestExchange } from "./test-exchange.ts";

type Cancel = Extract<Command, { kind: "cancelOrder" }>;

function cancel(of: Partial<Cancel> & { orderId?: number; clientOrderId?: string }): Cancel {
  const { orderId = 0, clientOrderId = "", ...more } = of;
  const target = { orderId, clientOrderId };
  return {
    kind: "cancelOrder",
    accountId: ALICE,
    symbolId: MARKET,
    target,
    onlyIf: "any",
    ...more,
  };
}

/** Alice's buy of 10 at 100 is order 1, `mine`; 4 of it are filled. Bob's sell is order 2. */
function exchangeWithOrder(): TestExchange {
  const exchange = new TestExchange();
  exchange.place({ quantityLots: 10, clientOrderId: "mine" });
  exchange.place({ accountId: BOB, side: "sell", quantityLots: 4 });
  return exchange;
}

const cases: readonly (readonly [string, Cancel, string])[] = [
  ["by order id", cancel({ orderId: 1 }), "canceled 1"],
  ["by client order id", cancel({ clientOrderId: "mine" }), "canceled 1"],
  ["when both ids agree", cancel({ orderId: 1, clientOrderId: "mine" }), "canceled 1"],
  [
    "when it must be partially filled and is",
    cancel({ orderId: 1, onlyIf: "partiallyFilled" }),
    "canceled 1",
  ],
];

const refusals: readonly (readonly [string, Cancel, string])[] = [
  ["ids that disagree", cancel({ orderId: 1, clientOrderId: "other" }), "UNKNOWN_ORDER"],
  ["an id that never was", cancel({ orderId: 99 }), "UNKNOWN_ORDER"],
  ["an order that has ended", cancel({ accountId: BOB, orderId: 2 }), "UNKNOWN_ORDER"],
  ["another account's order", cancel({ accountId: BOB, orderId: 1 }), "UNKNOWN_ORDER"],
  ["an account that is not open", cancel({ accountId: 3, orderId: 1 }), "UNKNOWN_ACCOUNT"],
  ["a symbol that does not exist", cancel({ symbolId: 2, orderId: 1 }), "UNKNOWN_SYMBOL"],
  ["a filled part when it must be new", cancel({ orderId: 1, onlyIf: "new" }), "CANCEL_RESTRICTED"],
];

describe("Canceling", () => {
  for (const [how, command, expected] of cases)
    it(`cancels an order ${how}`, () => {
      const exchange = exchangeWithOrder();
      expect(brief(exchange.do(command))).to.deep.equal([expected]);
      expect(exchange.core.openOrders(ALICE, 0)).to.deep.equal([]);
    });

  for (const [what, command, reason] of refusals)
    it(`refuses ${what}`, () => {
      const events = exchangeWithOrder().do(command);
      expect(brief(events)).to.deep.equal([`cancelRejected ${reason}`]);
    });

  it("keeps what was executed and what was left of a canceled order", () => {
    const exchange = exchangeWithOrder();
    exchange.do(cancel({ orderId: 1 }));
    expect(exchange.core.orderByClientId(ALICE, "mine")).to.include({
      status: "canceled",
      quantityLots: 10,
      executedLots: 4,
      executedQuoteUnits: 800,
    });
  });

  it("cancels all open orders of an account on a symbol, oldest first", () => {
    const exchange = exchangeWithOrder();
    exchange.place({ priceTicks: 50 });
    exchange.place({ accountId: BOB, priceTicks: 50 });
    const all = { kind: "cancelAllOrders", accountId: ALICE, symbolId: MARKET } as const;
    expect(brief(exchange.do(all))).to.deep.equal(["canceled 1", "canceled 3"]);
    expect(brief(exchange.do(all))).to.deep.equal(["cancelRejected UNKNOWN_ORDER"]);
    expect(exchange.core.openOrders(BOB, MARKET)).to.have.length(1);
  });

  describe("of a part", () => {
    // Ten lots were ordered, four are executed.
    const reduce = (quantityLots: number, orderId = 1): Command => ({
      kind: "reduceOrder",
      accountId: ALICE,
      symbolId: MARKET,
      target: { orderId, clientOrderId: "" },
      quantityLots,
    });

    it("takes lots off an order, which keeps its place", () => {
      const exchange = exchangeWithOrder();
      exchange.place({ accountId: BOB, quantityLots: 5 });
      expect(brief(exchange.do(reduce(5)))).to.deep.equal(["reduced 1 by 5"]);
      expect(exchange.core.order(1)).to.include({ quantityLots: 5, executedLots: 4 });
      const events = exchange.place({ accountId: BOB, side: "sell", quantityLots: 2 });
      expect(brief(events)).to.deep.equal(["accepted", "trade 1 1@100", "trade 3 1@100"]);
    });

    it("takes off no more when it is asked again", () => {
      const exchange = exchangeWithOrder();
      expect(brief(exchange.do(reduce(7)))).to.deep.equal(["reduced 1 by 3"]);
      const before = exchange.core.order(1);
      expect(brief(exchange.do(reduce(7)))).to.deep.equal(["reduced 1 by 0"]);
      expect(exchange.core.order(1)).to.deep.equal(before);
      expect(brief(exchange.do(reduce(5)))).to.deep.equal(["reduced 1 by 2"]);
    });

    it("refuses a quantity above the order's, and one that is executed already", () => {
      const exchange = exchangeWithOrder();
      const refused = ["commandRejected INVALID_QUANTITY"];
      for (const lots of [11, 4, 3, 0]) {
        expect(brief(exchange.do(reduce(lots)))).to.deep.equal(refused);
      }
      expect(exchange.core.order(1)).to.include({ quantityLots: 10, executedLots: 4 });
      expect(brief(exchange.do(reduce(1, 2)))).to.deep.equal(["commandRejected UNKNOWN_ORDER"]);
    });
  });

  describe("and replacing", () => {
    const replace = (exchange: TestExchange, orderId: number, stopOnFailure: boolean): Command => {
      const { kind: _, ...place } = exchange.order({ priceTicks: 90, quantityLots: 2 });
      const target = { orderId, clientOrderId: "" };
      return {
        kind: "cancelReplaceOrder",
        stopOnFailure,
        cancel: { target, onlyIf: "any" },
        place,
      };
    };

    it("cancels, then places, with what the cancel set free", () => {
      const exchange = exchangeWithOrder();
      const events = exchange.do(replace(exchange, 1, true));
      expect(brief(events)).to.deep.equal(["canceled 1", "accepted"]);
      expect(exchange.core.top(MARKET).bid).to.deep.equal({ priceTicks: 90, quantityLots: 2 });
    });

    it("places nothing where the cancel fails and it is to stop then", () => {
      const exchange = exchangeWithOrder();
      const events = exchange.do(replace(exchange, 9, true));
      expect(brief(events)).to.deep.equal(["cancelRejected UNKNOWN_ORDER"]);
    });

    it("places even where the cancel fails if it is to go on", () => {
      const exchange = exchangeWithOrder();
      const events = exchange.do(replace(exchange, 9, false));
      expect(brief(events)).to.deep.equal(["cancelRejected UNKNOWN_ORDER", "accepted"]);
    });
  });
});
