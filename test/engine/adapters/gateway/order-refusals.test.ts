// Each thing that can be wrong with an order, and the code and text that clients branch on.

import { expect } from "chai";
import {
  alice,
  bob,
  type Harness,
  limit,
  place,
  SOCKET_TIMEOUT_MS,
  signed,
  startHarness,
} from "./harness.ts";

type Change = Record<string, string | number | undefined>;

function changed(change: Change): Record<string, string | number> {
  const params: Change = { ...limit("BUY", "50000", "0.1"), ...change };
  for (const [name, value] of Object.entries(params)) if (value === undefined) delete params[name];
  return params as Record<string, string | number>;
}

describe("Refused orders", function () {
  // Real sockets: seconds on a machine that is busy with other things.
  this.timeout(SOCKET_TIMEOUT_MS);

  let harness: Harness;

  before(async () => {
    harness = await startHarness();
    await place(harness, bob, limit("SELL", "60000", "1"));
  });

  after(() => harness.close());

  const market = { type: "MARKET", price: undefined, timeInForce: undefined };
  const refusals: [why: string, change: Change, code: number, msg: string, detail?: RegExp][] = [
    [
      "no symbol",
      { symbol: undefined },
      -1102,
      "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
    ],
    [
      "an empty side",
      { side: "" },
      -1102,
      "Mandatory parameter 'side' was not sent, was empty/null, or malformed.",
    ],
    ["an unknown symbol", { symbol: "NOSUCH" }, -1121, "Invalid symbol."],
    [
      "a symbol in lower case",
      { symbol: "btcusdt" },
      -1100,
      "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
    ],
    ["a side in lower case", { side: "buy" }, -1117, "Invalid side."],
    ["an unknown type", { type: "FANCY" }, -1116, "Invalid orderType."],
    [
      "a type that is not offered",
      { type: "STOP_LOSS_LIMIT", stopPrice: "1" },
      -1116,
      "Invalid orderType.",
      /not offered/,
    ],
    ["an unknown time in force", { timeInForce: "GTX" }, -1115, "Invalid timeInForce."],
    [
      "no time in force",
      { timeInForce: undefined },
      -1102,
      "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.",
    ],
    [
      "no price",
      { price: undefined },
      -1102,
      "Mandatory parameter 'price' was not sent, was empty/null, or malformed.",
    ],
    [
      "no quantity",
      { quantity: undefined },
      -1102,
      "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed.",
    ],
    ["a stop price", { stopPrice: "1" }, -1106, "Parameter 'stopPrice' sent when not required."],
    [
      "a quote amount",
      { quoteOrderQty: "1" },
      -1106,
      "Parameter 'quoteOrderQty' sent when not required.",
    ],
    [
      "a market order with a price",
      { ...market, price: "1" },
      -1106,
      "Parameter 'price' sent when not required.",
    ],
    [
      "a market order with a time in force",
      { ...market, timeInForce: "GTC" },
      -1106,
      "Parameter 'timeInForce' sent when not required.",
    ],
    [
      "a market order of nothing",
      { ...market, quantity: undefined },
      -1102,
      "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
    ],
    [
      "a market order by both amounts",
      { ...market, quoteOrderQty: "10" },
      -1106,
      "Parameter 'quoteOrderQty' sent when not required.",
    ],
    [
      "a price that is no number",
      { price: "cheap" },
      -1100,
      "Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    ],
    [
      "a negative quantity",
      { quantity: "-1" },
      -1100,
      "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    ],
    [
      "a price with nine digits",
      { price: "50000.000000001" },
      -1111,
      "Parameter 'price' has too much precision.",
    ],
    [
      "a price off the tick",
      { price: "50000.001" },
      -1013,
      "Filter failure: PRICE_FILTER",
      /50000\.001 is not a multiple of 0\.01/,
    ],
    [
      "a price of nothing",
      { price: "0" },
      -1013,
      "Filter failure: PRICE_FILTER",
      /below the minimum 0\.01/,
    ],
    [
      "a price above the maximum",
      { price: "1000000.01" },
      -1013,
      "Filter failure: PRICE_FILTER",
      /above the maximum 1000000/,
    ],
    [
      "a quantity off the lot",
      { quantity: "0.00015" },
      -1013,
      "Filter failure: LOT_SIZE",
      /not a multiple of 0\.0001/,
    ],
    [
      "a quantity above the maximum",
      { quantity: "9000.0001" },
      -1013,
      "Filter failure: LOT_SIZE",
      /maximum 9000/,
    ],
    [
      "too little value",
      { price: "10", quantity: "0.4999" },
      -1013,
      "Filter failure: NOTIONAL",
      /4\.99900000 USDT is below the minimum 5/,
    ],
    [
      "too little quote amount",
      { ...market, quantity: undefined, quoteOrderQty: "4.99" },
      -1013,
      "Filter failure: NOTIONAL",
    ],
    [
      "a client id with a blank",
      { newClientOrderId: "a b" },
      -1100,
      "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ],
    [
      "a client id too long",
      { newClientOrderId: "a".repeat(37) },
      -1100,
      "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ],
    [
      "self-trade prevention",
      { selfTradePreventionMode: "EXPIRE_MAKER" },
      -1013,
      "This symbol does not allow the specified self-trade prevention mode.",
    ],
    [
      "an unknown kind of answer",
      { newOrderRespType: "ALL" },
      -1130,
      "Data sent for parameter 'newOrderRespType' is not valid.",
    ],
    [
      "more than the account has",
      { quantity: "9000", price: "900000" },
      -2010,
      "Account has insufficient balance for requested action.",
    ],
    [
      "a maker order that would take",
      { type: "LIMIT_MAKER", timeInForce: undefined, price: "60000" },
      -2010,
      "Order would immediately match and take.",
    ],
  ];
  for (const [why, change, code, msg, detail] of refusals)
    it(`refuses ${why} with ${code}`, async () => {
      const reply = await place(harness, alice, changed(change));
      expect(reply.status).to.equal(400);
      expect(reply.body).to.include({ code, msg });
      if (detail !== undefined) expect(reply.body.detail).to.match(detail);
    });

  it("changes nothing where it refused", async () => {
    const { body } = await signed(harness, alice, { path: "/api/v3/openOrders" });
    expect(body).to.deep.equal([]);
    const account = await signed(harness, alice, {
      path: "/api/v3/account",
      params: { omitZeroBalances: "true" },
    });
    for (const { locked } of account.body.balances) expect(locked).to.equal("0.00000000");
  });
});
