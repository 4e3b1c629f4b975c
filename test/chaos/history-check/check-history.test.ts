// Tiny histories whose verdicts anybody can check by hand.

import { expect } from "chai";
import {
  checkHistory,
  type Fill,
  type Operation,
} from "../../../chaos/history-check/check-history.ts";
import { cancel, listed, orderIdOf, place, query, reduce, refused } from "./history-notation.ts";

const NEW = { status: "NEW", executed: 0 };
const PARTIAL = { status: "PARTIALLY_FILLED", executed: 4 };
const FILLED = { status: "FILLED", executed: 10 };
const CANCELED = { status: "CANCELED", executed: 0 };

const passing: [string, Operation[]][] = [
  ["nothing", []],
  [
    "an order that is placed, seen and canceled",
    [place("x", [0, 1]), query("x", [2, 3], NEW), cancel("x", [4, 5])],
  ],
  [
    "fills that happen by themselves",
    [place("x", [0, 1]), query("x", [2, 3], PARTIAL), query("x", [4, 5], FILLED)],
  ],
  [
    "a query beside the placement that does not see it yet",
    [place("x", [0, 5]), query("x", [1, 2], "absent")],
  ],
  [
    "a query beside the placement that sees it already",
    [place("x", [0, 5]), query("x", [1, 2], NEW)],
  ],
  [
    "a query beside a cancel, before",
    [place("x", [0, 1]), cancel("x", [2, 9]), query("x", [3, 4], NEW)],
  ],
  [
    "a query beside a cancel, after",
    [place("x", [0, 1]), cancel("x", [2, 9]), query("x", [3, 4], CANCELED)],
  ],
  [
    "a cancel too late for a fill",
    [place("x", [0, 1]), refused("cancel", "x", [2, 3], "notOpen"), query("x", [4, 5], FILLED)],
  ],
  [
    "a cancel after a part was filled",
    [
      place("x", [0, 1]),
      cancel("x", [2, 3], { executed: 4 }),
      query("x", [4, 5], { status: "CANCELED", executed: 4 }),
    ],
  ],
  [
    "a placement without an answer that never happened",
    [place("x", [0, null], null), query("x", [5, 6], "absent")],
  ],
  [
    "a placement without an answer that happened",
    [place("x", [0, null], null), query("x", [5, 6], NEW)],
  ],
  [
    "a placement without an answer that happened late",
    [place("x", [0, null], null), query("x", [5, 6], "absent"), query("x", [7, 8], NEW)],
  ],
  [
    "a cancel without an answer that happened",
    [
      place("x", [0, 1]),
      cancel("x", [2, null], null),
      query("x", [3, 4], NEW),
      query("x", [5, 6], CANCELED),
    ],
  ],
  [
    "a second cancel that finds the first one done",
    [
      place("x", [0, 1]),
      cancel("x", [2, null], null),
      refused("cancel", "x", [4, 5], "notOpen"),
      query("x", [6, 7], CANCELED),
    ],
  ],
  ["a placement told by a later word", [place("x", [0, 9], PARTIAL, false)]],
  [
    "a placement that was sent twice and refused the second time",
    [place("x", [0, 1]), refused("place", "x", [2, 3], "duplicate")],
  ],
  ["a refused placement", [refused("place", "x", [0, 1], "refused"), query("x", [2, 3], "absent")]],
  ["a taker that is filled at once", [place("x", [0, 1], FILLED), query("x", [2, 3], FILLED)]],
  ["a taker that expires", [place("x", [0, 1], { status: "EXPIRED", executed: 4 })]],
  [
    "a reduction",
    [place("x", [0, 1]), reduce("x", [2, 3], 6), query("x", [4, 5], { ...NEW, quantity: 6 })],
  ],
  [
    "a reduction without an answer",
    [
      place("x", [0, 1]),
      reduce("x", [2, null], 6, null),
      query("x", [4, 5], { ...NEW, quantity: 6 }),
    ],
  ],
  [
    "lists that follow the orders",
    [
      place("x", [0, 1]),
      listed([2, 3], ["x"]),
      place("y", [4, 5]),
      listed([6, 7], ["x", "y"]),
      cancel("x", [8, 9]),
      listed([10, 11], ["y"]),
    ],
  ],
  [
    "a list beside changes of two orders",
    [place("x", [0, 1]), place("y", [2, 9]), cancel("x", [2, 9]), listed([3, 4], ["x", "y"])],
  ],
];

const later = { kind: "accepted", isFirst: false } as const;
passing.push([
  "a reduction learned by a later question, after a cancel beside it",
  [
    place("x", [0, 1]),
    {
      ...reduce("x", [2, 9], 6),
      answer: { ...later, seen: { status: "CANCELED", quantity: 6, executed: 0 } },
    },
    cancel("x", [3, 8], { quantity: 6 }),
  ],
]);

const failing: [string, Operation[]][] = [
  ["an acknowledged order that is gone", [place("x", [0, 1]), query("x", [2, 3], "absent")]],
  [
    "a query that sees the past",
    [place("x", [0, 1]), query("x", [2, 3], PARTIAL), query("x", [4, 5], NEW)],
  ],
  [
    "executed quantity that shrinks",
    [
      place("x", [0, 1]),
      query("x", [2, 3], PARTIAL),
      query("x", [4, 5], { status: "PARTIALLY_FILLED", executed: 3 }),
    ],
  ],
  [
    "more executed than ordered",
    [place("x", [0, 1]), query("x", [2, 3], { status: "PARTIALLY_FILLED", executed: 11 })],
  ],
  [
    "a fill after a cancel",
    [
      place("x", [0, 1]),
      cancel("x", [2, 3]),
      query("x", [4, 5], { status: "CANCELED", executed: 2 }),
    ],
  ],
  [
    "a canceled order that is open",
    [place("x", [0, 1]), cancel("x", [2, 3]), query("x", [4, 5], NEW)],
  ],
  [
    "a canceled order that is filled",
    [place("x", [0, 1]), cancel("x", [2, 3]), query("x", [4, 5], FILLED)],
  ],
  [
    "a filled order that is canceled",
    [place("x", [0, 1], FILLED), cancel("x", [2, 3], { executed: 10 })],
  ],
  ["an order canceled by nobody", [place("x", [0, 1]), query("x", [2, 3], CANCELED)]],
  [
    "an order canceled before the cancel was sent",
    [place("x", [0, 1]), query("x", [2, 3], CANCELED), cancel("x", [4, null], null)],
  ],
  [
    "a cancel refused though the order is open afterwards",
    [place("x", [0, 1]), refused("cancel", "x", [2, 3], "notOpen"), query("x", [4, 5], NEW)],
  ],
  ["two placements of one id, both the first", [place("x", [0, 1]), place("x", [2, 3])]],
  ["one id with two order ids", [place("x", [0, 1]), query("x", [2, 3], { ...NEW, orderId: 1 })]],
  [
    "a refused order that stands",
    [refused("place", "x", [0, 1], "refused"), query("x", [2, 3], NEW)],
  ],
  ["a duplicate of nothing", [refused("place", "x", [0, 1], "duplicate")]],
  [
    "a reduction that is forgotten",
    [place("x", [0, 1]), reduce("x", [2, 3], 6), query("x", [4, 5], { ...NEW, quantity: 10 })],
  ],
  [
    "a reduction that nobody sent",
    [place("x", [0, 1]), query("x", [4, 5], { ...NEW, quantity: 6 })],
  ],
  [
    "a list without an open order",
    [place("x", [0, 1]), listed([2, 3], []), query("x", [4, 5], NEW)],
  ],
  [
    "a list with a canceled order",
    [place("x", [0, 1]), cancel("x", [2, 3]), listed([4, 5], ["x"])],
  ],
  ["a list with an order twice", [place("x", [0, 1]), listed([2, 3], ["x", "x"])]],
  ["a list with an order that nobody sent", [listed([2, 3], ["z"])]],
  // Each order alone is explained; the list's two words are of two moments.
  [
    "a list torn between two moments",
    [place("x", [0, 1]), listed([2, 9], ["x", "y"]), cancel("x", [3, 4]), place("y", [5, 6])],
  ],
  [
    "two lists, each with one of two orders that both stay open",
    [
      place("x", [0, 9]),
      place("y", [0, 9]),
      listed([1, 8], ["x"]),
      listed([1, 8], ["y"]),
      listed([20, 21], ["x", "y"]),
    ],
  ],
];

const fill = (given: Partial<Fill>): Fill => ({
  accountId: 1,
  symbol: "BTCUSDT",
  tradeId: 1,
  orderId: orderIdOf("x"),
  isBuyer: true,
  isMaker: false,
  price: "60000.00",
  quantity: 10,
  ...given,
});
const other = { accountId: 2, orderId: orderIdOf("o"), isBuyer: false, isMaker: true };
const filledOrder = [place("x", [0, 1], FILLED)];

describe("checkHistory", () => {
  for (const [name, operations] of passing) {
    it(`passes ${name}`, () => {
      const { verdict, findings } = checkHistory({ operations });
      expect(findings).to.deep.equal([]);
      expect(verdict).to.equal("pass");
    });
  }
  for (const [name, operations] of failing) {
    it(`fails ${name}`, () => {
      const { verdict, findings } = checkHistory({ operations });
      expect(verdict).to.equal("fail");
      expect(findings).to.have.length.greaterThan(0);
    });
  }

  it("passes fills whose two sides agree", () => {
    const fills = [fill({}), fill(other)];
    expect(checkHistory({ operations: filledOrder, fills }).verdict).to.equal("pass");
  });

  const wrongFills: [string, Fill[]][] = [
    ["a trade with one side", [fill({})]],
    ["two sides of different sizes", [fill({}), fill({ ...other, quantity: 9 })]],
    ["two sides of different prices", [fill({}), fill({ ...other, price: "1.00" })]],
    ["two buyers", [fill({}), fill({ ...other, isBuyer: true })]],
    ["a trade told three times", [fill({}), fill(other), fill(other)]],
    ["fills that do not add up", [fill({ quantity: 6 }), fill({ ...other, quantity: 6 })]],
  ];
  for (const [name, fills] of wrongFills) {
    it(`fails ${name}`, () => {
      expect(checkHistory({ operations: filledOrder, fills }).verdict).to.equal("fail");
    });
  }

  it("does not let one order's faults hide in another account's history", () => {
    const stranger = { ...place("x", [0, 1]), accountId: 2 };
    const operations = [place("x", [0, 1]), stranger];
    expect(checkHistory({ operations }).findings.join()).to.contain("names both");
  });

  it("names the answers that contradict each other, and no others", () => {
    const many = Array.from({ length: 20 }, (_, i) => query("x", [10 + i, 10.5 + i], NEW));
    const operations = [
      place("x", [0, 1]),
      ...many,
      query("x", [90, 91], PARTIAL),
      query("x", [92, 93], NEW),
    ];
    const [finding = ""] = checkHistory({ operations }).findings;
    expect(finding.match(/#\d+/g)).to.have.length(2);
    expect(finding).to.contain("PARTIALLY_FILLED");
  });
});
