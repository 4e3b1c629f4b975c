// What the load is to do on a given exchange: which gateways, accounts and symbols, how many
// clients.

import type { Exchange } from "../../failover/index.ts";
import type { DrillOptions } from "../drill-options.ts";
import { ChaosError } from "../errors.ts";
import type { LoadOptions } from "./load-protocol.ts";

/** Where the generator's prices begin: near the real ones, so that figures look familiar. */
const MID_PRICES: Readonly<Record<string, number>> = {
  BTCUSDT: 60_000,
  ETHUSDT: 3000,
  ETHBTC: 0.05,
};
/** Eleven processes compile their hot paths in it. */
const RAMP_MS = 4000;
const CLIENTS_MOST = 8;
/** A client with fewer orders a second is given steady ones besides: see flow/beats.ts. */
const ORDERS_PER_CLIENT_LEAST = 50;
const BEATS_PER_CLIENT = 20;

export function loadPlan(
  exchange: Exchange,
  options: Pick<DrillOptions, "flow" | "speed" | "rate" | "seed" | "durationMs">,
  { ledgerFile, historyFile }: { readonly ledgerFile: string; readonly historyFile: string },
): LoadOptions {
  const { flow, speed, rate, seed, durationMs } = options;
  // Those with deep pockets come last; the first ones are people to play with.
  const accounts = exchange.keys.accounts.slice(-CLIENTS_MOST);
  const symbols = exchange.config.genesis.symbols.filter(({ name }) => name in MID_PRICES);
  const markets = symbols.map(({ name }) => ({ symbol: name, midPrice: MID_PRICES[name] ?? 1 }));
  if (markets.length === 0 || accounts.length === 0) {
    throw new ChaosError("LOAD_FAILED", "this exchange has no symbol or no account to trade with");
  }
  const isSparse = flow !== undefined || rate < ORDERS_PER_CLIENT_LEAST * accounts.length;
  return {
    kind: "options",
    endpoints: exchange.gatewayUrls.map(({ zone, ws }) => ({
      name: `gateway-${zone}`,
      // Counters in each answer are for people; at this rate they are half of all bytes.
      url: `${ws}/ws-api/v3?returnRateLimits=false`,
    })),
    accounts: accounts.map(({ accountId, apiKey, secretKey }) => ({
      accountId,
      apiKey,
      secretKey,
    })),
    // A recorded flow is that of one share.
    markets: flow === undefined ? markets : markets.slice(0, 1),
    flow:
      flow === undefined
        ? { kind: "synthetic", ratePerS: rate }
        : { kind: "file", file: flow, speed },
    beatsPerS: isSparse ? BEATS_PER_CLIENT * accounts.length : 0,
    rampMs: RAMP_MS,
    durationMs,
    seed,
    ledgerFile,
    historyFile,
  };
}
