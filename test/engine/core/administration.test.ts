import { expect } from "chai";
import type { AddSymbol, Command } from "../../../engine/core/command.ts";
import { ALICE, BTC, brief, MARKET, TestExchange, USDT } from "./test-exchange.ts";

const ETH = 3;
const addEth: Command = { kind: "addAsset", assetId: ETH, name: "ETH", decimals: 8 };

function symbol(of: Partial<AddSymbol> = {}): AddSymbol {
  return {
    kind: "addSymbol",
    symbolId: 2,
    name: "ETHUSDT",
    baseAssetId: BTC,
    quoteAssetId: USDT,
    lotUnits: 1,
    tickUnitsPerLot: 1,
    priceTicksMax: 1000,
    makerFeePpm: 0,
    takerFeePpm: 0,
    ...of,
  };
}

const money = (kind: "deposit" | "withdraw", units: number, accountId = ALICE, assetId = BTC) =>
  ({ kind, accountId, assetId, units }) as const;

const rejections: readonly (readonly [string, Command, string])[] = [
  ["a deposit of nothing", money("deposit", 0), "INVALID_QUANTITY"],
  [
    "a deposit of more than can be counted",
    money("deposit", Number.MAX_SAFE_INTEGER),
    "CAPACITY_EXHAUSTED",
  ],
  ["a deposit to an account that is not open", money("deposit", 1, 3), "UNKNOWN_ACCOUNT"],
  ["a deposit of an unknown asset", money("deposit", 1, ALICE, 3), "UNKNOWN_ASSET"],
  ["a withdrawal of more than is free", money("withdraw", 1_000_001), "INSUFFICIENT_BALANCE"],
  ["an asset out of turn", { ...addEth, assetId: 4 } as Command, "INVALID_COMMAND"],
  ["an asset id again", { ...addEth, assetId: 1 } as Command, "ALREADY_EXISTS"],
  ["an asset name again", { ...addEth, name: "BTC" } as Command, "ALREADY_EXISTS"],
  ["more decimals than eight", { ...addEth, decimals: 9 } as Command, "INVALID_COMMAND"],
  ["a symbol id again", symbol({ symbolId: 1 }), "ALREADY_EXISTS"],
  ["a symbol name again", symbol({ name: "BTCUSDT" }), "ALREADY_EXISTS"],
  ["a symbol of an unknown asset", symbol({ baseAssetId: 3 }), "UNKNOWN_ASSET"],
  ["a symbol of one asset", symbol({ quoteAssetId: BTC }), "INVALID_COMMAND"],
  ["a lot of nothing", symbol({ lotUnits: 0 }), "INVALID_COMMAND"],
  ["a highest price of nothing", symbol({ priceTicksMax: 0 }), "INVALID_PRICE"],
  ["a highest price beyond 31 bits", symbol({ priceTicksMax: 2 ** 31 }), "INVALID_PRICE"],
  ["a lot that nobody could pay", symbol({ tickUnitsPerLot: 2 ** 45 }), "NOTIONAL_TOO_LARGE"],
  ["a fee of more than all", symbol({ makerFeePpm: 1_000_001 }), "INVALID_COMMAND"],
  ["an account again", { kind: "openAccount", accountId: ALICE }, "ALREADY_EXISTS"],
  ["an account beyond the capacity", { kind: "openAccount", accountId: 5 }, "CAPACITY_EXHAUSTED"],
  ["the house as a new account", { kind: "openAccount", accountId: 0 }, "CAPACITY_EXHAUSTED"],
  [
    "the status of an unknown symbol",
    { kind: "setTradingStatus", symbolId: 2, status: "halt" },
    "UNKNOWN_SYMBOL",
  ],
];

describe("Administration", () => {
  for (const [what, command, reason] of rejections)
    it(`rejects ${what}`, () => {
      const exchange = new TestExchange();
      expect(brief(exchange.do(command))).to.deep.equal([`commandRejected ${reason}`]);
    });

  it("rejects assets and symbols beyond the capacity", () => {
    const exchange = new TestExchange({ capacity: { assets: 2, symbols: 1 } });
    const full = ["commandRejected CAPACITY_EXHAUSTED"];
    expect(brief(exchange.do(addEth))).to.deep.equal(full);
    expect(brief(exchange.do(symbol()))).to.deep.equal(full);
  });

  it("adds assets and symbols that are found by id and by name", () => {
    const exchange = new TestExchange();
    exchange.do(addEth);
    exchange.do(symbol({ baseAssetId: ETH }));
    const { core } = exchange;
    expect(core.assetByName("ETH")).to.deep.equal({ assetId: ETH, name: "ETH", decimals: 8 });
    const { kind: _, ...expected } = symbol({ baseAssetId: ETH });
    expect(core.instrumentByName("ETHUSDT")).to.deep.equal({ ...expected, status: "trading" });
    expect(core.instruments().map((instrument) => instrument.symbolId)).to.deep.equal([1, 2]);
  });

  it("moves money in and out and reports both", () => {
    const exchange = new TestExchange({ units: 0 });
    exchange.do(money("deposit", 100));
    const events = exchange.do(money("withdraw", 30));
    expect(events[0]).to.include({ kind: "fundsMoved", units: -30, accountId: ALICE });
    expect(events[1]).to.include({ kind: "balanceChanged", freeUnits: 70, lockedUnits: 0 });
    expect(exchange.core.balance(ALICE, BTC).freeUnits).to.equal(70);
  });

  it("holds up to the largest safe integer of an asset, all accounts together", () => {
    const exchange = new TestExchange({ units: 0 });
    exchange.do(money("deposit", Number.MAX_SAFE_INTEGER - 1));
    expect(brief(exchange.do(money("deposit", 1, 2)))).to.deep.equal(["fundsMoved"]);
    const full = ["commandRejected CAPACITY_EXHAUSTED"];
    expect(brief(exchange.do(money("deposit", 1, 2)))).to.deep.equal(full);
  });

  it("lets the house take its fees out", () => {
    const exchange = new TestExchange({ takerFeePpm: 1_000_000 });
    exchange.place({ side: "sell" });
    exchange.place();
    expect(brief(exchange.do(money("withdraw", 10, 0)))).to.deep.equal(["fundsMoved"]);
  });

  it("rejects an order once all slots hold open or remembered orders", () => {
    const exchange = new TestExchange({ capacity: { orders: 3, rememberedOrders: 1 } });
    for (let count = 0; count < 3; count += 1) exchange.place();
    expect(brief(exchange.place())).to.deep.equal(["orderRejected CAPACITY_EXHAUSTED"]);
    const target = { orderId: 1, clientOrderId: "" };
    const of = { accountId: ALICE, symbolId: MARKET, target } as const;
    exchange.do({ kind: "cancelOrder", ...of, onlyIf: "any" });
    expect(brief(exchange.place())).to.deep.equal(["orderRejected CAPACITY_EXHAUSTED"]);
    exchange.do({ kind: "cancelOrder", ...of, target: { ...target, orderId: 2 }, onlyIf: "any" });
    expect(brief(exchange.place())).to.deep.equal(["accepted"]);
  });

  it("rejects an order at a new price once all levels are in use", () => {
    const exchange = new TestExchange({ capacity: { levels: 2 } });
    for (const priceTicks of [10, 20]) exchange.place({ priceTicks });
    const full = ["orderRejected CAPACITY_EXHAUSTED"];
    expect(brief(exchange.place({ priceTicks: 30 }))).to.deep.equal(full);
    expect(brief(exchange.place({ priceTicks: 20 }))).to.deep.equal(["accepted"]);
  });
});
