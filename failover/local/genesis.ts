// Genesis: the assets and symbols that a new local exchange opens with.
// Law: the largest price times the largest quantity of a symbol stays below 2^53 of quote units, and
// one tick times one lot is a whole number of quote units, so the core never rounds a price.

import type { ExchangeConfig } from "../../engine/index.ts";

type Genesis = ExchangeConfig["genesis"];

// 0.1 % each way, what the best-known spot exchanges charge without discounts.
const fees = { makerFeePpm: 1_000, takerFeePpm: 1_000 };

export const genesis: Genesis = {
  assets: [
    { name: "BTC", decimals: 8 },
    { name: "ETH", decimals: 8 },
    { name: "USDT", decimals: 6 },
  ],
  symbols: [
    {
      // 0.01 USDT x 0.0001 BTC = 1 unit of USDT.
      name: "BTCUSDT",
      base: "BTC",
      quote: "USDT",
      tickSize: "0.01",
      lotSize: "0.0001",
      priceMax: "200000",
      quantityMax: "9000",
      notionalMin: "5",
      ...fees,
    },
    {
      name: "ETHUSDT",
      base: "ETH",
      quote: "USDT",
      tickSize: "0.01",
      lotSize: "0.0001",
      priceMax: "50000",
      quantityMax: "100000",
      notionalMin: "5",
      ...fees,
    },
    {
      // 0.00001 BTC x 0.001 ETH = 1 unit of BTC.
      name: "ETHBTC",
      base: "ETH",
      quote: "BTC",
      tickSize: "0.00001",
      lotSize: "0.001",
      priceMax: "10",
      quantityMax: "100000",
      notionalMin: "0.0001",
      ...fees,
    },
  ],
};
