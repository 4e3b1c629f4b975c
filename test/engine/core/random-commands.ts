// Random commands over a small exchange: few accounts, near prices, small windows, so that orders
// meet, ids repeat, capacities run out and sessions are evicted.

import fc from "fast-check";
import type { Command, RequestId } from "../../../engine/core/command.ts";
import { MARKET } from "./test-exchange.ts";

export interface Asked {
  readonly command: Command;
  readonly request: RequestId;
}

const accountId = fc.constantFrom(1, 1, 1, 2, 2, 2, 3, 0);
const side = fc.constantFrom("buy" as const, "sell" as const);
const lots = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 40, Number.MAX_SAFE_INTEGER) },
);
const price = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 95, max: 105 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 1_000_000, 1_000_001) },
);
const clientOrderId = fc.integer({ min: 1, max: 60 }).map((number) => `id-${number}`);
const target = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((orderId) => ({ orderId, clientOrderId: "" })),
  clientOrderId.map((id) => ({ orderId: 0, clientOrderId: id })),
);

const limit = fc.record({
  accountId,
  symbolId: fc.constantFrom(MARKET, MARKET, MARKET, 2),
  side,
  type: fc.constantFrom("limit" as const, "limit" as const, "limitMaker" as const),
  timeInForce: fc.constantFrom("gtc" as const, "gtc" as const, "ioc" as const, "fok" as const),
  priceTicks: price,
  quantityLots: lots,
  quoteUnits: fc.constant(0),
  clientOrderId,
});

const market = fc
  .record({ accountId, side, amount: lots, byQuote: fc.boolean(), clientOrderId })
  .map(({ amount, byQuote, ...of }) => ({
    ...of,
    symbolId: MARKET,
    type: "market" as const,
    timeInForce: "gtc" as const,
    priceTicks: 0,
    quantityLots: byQuote ? 0 : amount,
    quoteUnits: byQuote ? Math.min(amount * 150, Number.MAX_SAFE_INTEGER) : 0,
  }));

const place = fc.oneof({ weight: 5, arbitrary: limit }, { weight: 1, arbitrary: market });
const onlyIf = fc.constantFrom(
  "any" as const,
  "any" as const,
  "new" as const,
  "partiallyFilled" as const,
);
const ofOrder = { accountId, symbolId: fc.constant(MARKET), target };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: place.map((order) => ({ kind: "placeOrder" as const, ...order })) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("cancelOrder" as const), ...ofOrder, onlyIf }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("reduceOrder" as const),
      ...ofOrder,
      quantityLots: lots,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("cancelReplaceOrder" as const),
      stopOnFailure: fc.boolean(),
      cancel: fc.record({ target, onlyIf }),
      place,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("deposit" as const, "withdraw" as const),
      accountId,
      assetId: fc.integer({ min: 1, max: 3 }),
      units: fc.integer({ min: 0, max: 5000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Command>(
      { kind: "cancelAllOrders", accountId: 1, symbolId: MARKET },
      { kind: "openAccount", accountId: 3 },
      { kind: "tick" },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        ...(["trading", "trading", "trading", "auction", "auction", "halt", "cancelOnly"] as const),
      )
      .map((status) => ({ kind: "setTradingStatus" as const, symbolId: MARKET, status })),
  },
);

const request = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ sessionId: 0, requestSeq: 0 }) },
  {
    weight: 1,
    arbitrary: fc.record({
      sessionId: fc.integer({ min: 1, max: 4 }),
      requestSeq: fc.integer({ min: 1, max: 6 }),
    }),
  },
);

export const randomCommands = (maxLength: number): fc.Arbitrary<Asked[]> =>
  fc.array(fc.record({ command, request }), { minLength: 1, maxLength, size: "max" });
