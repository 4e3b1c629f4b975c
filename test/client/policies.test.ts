import { expect } from "chai";
import fc from "fast-check";
import { classify } from "../../client/api-errors.ts";
import { backoffMs } from "../../client/backoff.ts";
import { EndpointPool } from "../../client/endpoints.ts";
import { HedgeBudget } from "../../client/hedge-budget.ts";
import { LatencyEstimate } from "../../client/latency-estimate.ts";
import { Signer, signedText } from "../../client/signer.ts";
import { silent } from "../../client/silence.ts";

describe("classify", () => {
  const rows: [number, number, string, string][] = [
    [400, -2010, "Duplicate order sent.", "duplicate"],
    [400, -2010, "Account has insufficient balance for requested action.", "rejected"],
    [400, -1013, "Filter failure: LOT_SIZE", "rejected"],
    [400, -2011, "Unknown order sent.", "unknownOrder"],
    [400, -2013, "Order does not exist.", "absent"],
    [500, -1007, "Timeout waiting for response from backend server.", "unclear"],
    [503, -9999, "anything of the server's own", "unclear"],
    [400, -1021, "Timestamp for this request is outside of the recvWindow.", "retryable"],
  ];
  for (const [status, code, message, kind] of rows) {
    it(`calls ${code} "${message}" ${kind}`, () => {
      expect(classify(status, code, message).kind).to.equal(kind);
    });
  }
});

describe("Signer", () => {
  it("signs the sorted parameters as the API's own example does", () => {
    // The published example of the WebSocket API for HMAC keys.
    const text = signedText({
      symbol: "BTCUSDT",
      side: "SELL",
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: "0.01000000",
      price: "52000.00",
      newOrderRespType: "ACK",
      recvWindow: 100,
      timestamp: 1645423376532,
      apiKey: "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    });
    expect(text).to.equal(
      "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A" +
        "&newOrderRespType=ACK&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL" +
        "&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT",
    );
    const signer = new Signer({
      apiKey: "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
      secretKey: "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
      recvWindowMs: 100,
    });
    const { signature } = signer.sign(
      {
        symbol: "BTCUSDT",
        side: "SELL",
        type: "LIMIT",
        timeInForce: "GTC",
        quantity: "0.01000000",
        price: "52000.00",
        newOrderRespType: "ACK",
      },
      1645423376532.75,
    );
    expect(signature).to.equal("cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a");
  });
});

describe("backoffMs", () => {
  it("grows, stays within its bound, and never falls below half of it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, chance) => {
          const ceilingMs = Math.min(2000, 100 * 2 ** (n - 1));
          const waitMs = backoffMs({ firstMs: 100, mostMs: 2000 }, n, chance);
          expect(waitMs).to.be.within(ceilingMs / 2, ceilingMs);
        },
      ),
    );
  });
});

describe("LatencyEstimate", () => {
  it("stays at its least on a fast path, rises with the path, and is bounded in an outage", () => {
    const estimate = new LatencyEstimate({ leastMs: 150, mostMs: 1000 });
    for (let i = 0; i < 100; i += 1) estimate.observe(2 + (i % 3));
    expect(estimate.hedgeAfterMs).to.equal(150);
    for (let i = 0; i < 100; i += 1) estimate.observe(300);
    expect(estimate.hedgeAfterMs).to.be.within(300, 400);
    for (let i = 0; i < 100; i += 1) estimate.observe(60_000);
    expect(estimate.hedgeAfterMs).to.equal(1000);
  });
});

describe("HedgeBudget", () => {
  const options = { share: 0.5, perS: 2, stock: 2 };
  const spent = () => {
    const budget = new HedgeBudget(options, 0);
    budget.spend();
    budget.spend();
    return budget;
  };

  it("is spent by its stock and earned back by requests", () => {
    const budget = spent();
    expect(budget.isSpent(0)).to.equal(true);
    budget.earn(0);
    budget.earn(0);
    expect(budget.isSpent(0)).to.equal(false);
  });

  it("is earned back by time, up to the stock", () => {
    const budget = spent();
    expect(budget.isSpent(499)).to.equal(true);
    expect(budget.isSpent(100_000)).to.equal(false);
    budget.spend();
    budget.spend();
    expect(budget.isSpent(100_000)).to.equal(true);
  });
});

describe("silent", () => {
  const limits = { silentAfterMs: 400, missedMax: 20 };
  /** Last heard, missed in a row, since when. */
  const rows: [string, [number, number, number][], [number, string][]][] = [
    [
      "trusts what was heard",
      [
        [900, 0, 900],
        [950, 0, 950],
      ],
      [],
    ],
    [
      "drops the silent one while the other answers",
      [
        [500, 0, 500],
        [950, 0, 950],
      ],
      [[0, "silent"]],
    ],
    [
      "waits three times as long when all are silent",
      [
        [500, 0, 500],
        [550, 0, 550],
      ],
      [],
    ],
    [
      "drops all when all are silent for long",
      [
        [-300, 0, -300],
        [-300, 0, -300],
      ],
      [
        [0, "silent"],
        [1, "silent"],
      ],
    ],
    [
      "drops one that pings but has answered nothing for long",
      [
        [950, 20, 200],
        [960, 0, 960],
      ],
      [[0, "answers pings only"]],
    ],
    [
      "keeps one that has missed many in a short time",
      [
        [950, 500, 201],
        [960, 0, 960],
      ],
      [],
    ],
  ];
  for (const [name, heard, dropped] of rows) {
    it(name, () => {
      const seen = heard.map(([lastHeardMs, missedInARow, missedSinceMs]) => ({
        lastHeardMs,
        missedInARow,
        missedSinceMs,
      }));
      const found = silent(seen, limits, 1000).map(({ index, reason }) => [index, reason]);
      expect(found).to.deep.equal(dropped);
    });
  }
});

describe("EndpointPool", () => {
  const endpoints = ["a", "b", "c"].map((name) => ({ name, url: `ws://${name}` }));
  const pool = () => new EndpointPool(endpoints, { firstMs: 100, mostMs: 1000 }, () => 0);

  it("gives each gateway out once", () => {
    const some = pool();
    const taken = [some.take(0), some.take(0), some.take(0), some.take(0)];
    expect(taken.map((one) => one?.name)).to.deep.equal(["a", "b", "c", undefined]);
  });

  it("prefers one that did not fail to one that did, and lets that one rest", () => {
    const some = pool();
    const first = some.take(0);
    if (first === undefined) throw new Error("nothing to take");
    some.failed(first, 0);
    expect(some.take(200)?.name).to.equal("b");
    expect(some.take(10)?.name).to.equal("c");
    expect(some.take(10)).to.equal(undefined);
    expect(some.take(200)?.name).to.equal("a");
  });
});
