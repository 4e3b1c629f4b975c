// Harness: a gateway over a loopback exchange on a free port, with accounts, keys and signed requests.

import { createHmac } from "node:crypto";
import pino from "pino";
import { Registry } from "prom-client";
import { type Gateway, startGateway } from "../../../../engine/adapters/gateway/gateway.ts";
import { type ExchangeConfig, exchangeSchema, keysSchema } from "../../../../engine/config.ts";
import { LoopbackExchange } from "./loopback-exchange.ts";
import { MemoryHistory } from "./memory-history.ts";

export const alice = {
  accountId: 1,
  apiKey: "aliceKey00000000aliceKey00000000",
  secretKey: "alice-secret-0123456789",
};
export const bob = {
  accountId: 2,
  apiKey: "bobKey0000000000bobKey0000000000",
  secretKey: "bob-secret-0123456789abc",
};

/** For tests over real sockets. */
export const SOCKET_TIMEOUT_MS = 20_000;

export type Trader = typeof alice;

export const traders: readonly Trader[] = [alice, bob];

/** Wall time, which a test may move. */
export class TestClock {
  offsetMs = 0;
  /** Fixed instead of running, where set. */
  fixedMs: number | undefined;

  nowMs(): number {
    return (this.fixedMs ?? performance.timeOrigin + performance.now()) + this.offsetMs;
  }
}

export function testConfig(limits: Partial<ExchangeConfig["limits"]> = {}): ExchangeConfig {
  const engine = { zone: "a", host: "127.0.0.1", linkPort: 1, statusPort: 1 };
  return exchangeSchema.parse({
    shard: "test",
    engines: [
      { id: 1, ...engine },
      { id: 2, ...engine },
    ],
    gateways: [{ id: "gateway-a", zone: "a", host: "127.0.0.1", httpPort: 1, statusPort: 1 }],
    history: { zone: "c", host: "127.0.0.1", statusPort: 1 },
    redis: { zone: "c", url: "redis://127.0.0.1" },
    postgres: { zone: "c", url: "postgres://127.0.0.1" },
    dataDir: "unused",
    keysFile: "unused",
    capacity: {
      orders: 20_000,
      rememberedOrders: 5000,
      accounts: 16,
      levels: 20_000,
      sessions: 16,
    },
    limits,
    genesis: {
      assets: [
        { name: "BTC", decimals: 8 },
        { name: "USDT", decimals: 6 },
        { name: "ETH", decimals: 8 },
      ],
      symbols: [
        symbol("BTCUSDT", "BTC", "USDT", "0.01", "0.0001"),
        symbol("ETHBTC", "ETH", "BTC", "0.00001", "0.001"),
      ],
    },
  });
}

function symbol(name: string, base: string, quote: string, tickSize: string, lotSize: string) {
  const isUsdt = quote === "USDT";
  return {
    ...{ name, base, quote, tickSize, lotSize },
    priceMax: isUsdt ? "1000000" : "10",
    quantityMax: "9000",
    notionalMin: isUsdt ? "5" : "0.0001",
    makerFeePpm: 200,
    takerFeePpm: 400,
  };
}

export interface Harness {
  readonly exchange: LoopbackExchange;
  readonly history: MemoryHistory;
  readonly gateway: Gateway;
  readonly clock: TestClock;
  readonly metrics: Registry;
  readonly config: ExchangeConfig;
  readonly log: pino.Logger;
  readonly url: string;
  readonly wsUrl: string;
  close(): Promise<void>;
}

export function openMarkets(exchange: Pick<LoopbackExchange, "execute">): void {
  exchange.execute({ kind: "addAsset", assetId: 1, name: "BTC", decimals: 8 });
  exchange.execute({ kind: "addAsset", assetId: 2, name: "USDT", decimals: 6 });
  exchange.execute({ kind: "addAsset", assetId: 3, name: "ETH", decimals: 8 });
  const fees = { makerFeePpm: 200, takerFeePpm: 400 };
  exchange.execute({
    ...{ kind: "addSymbol", symbolId: 1, name: "BTCUSDT", baseAssetId: 1, quoteAssetId: 2 },
    ...{ lotUnits: 10_000, tickUnitsPerLot: 1, priceTicksMax: 100_000_000, ...fees },
  });
  exchange.execute({
    ...{ kind: "addSymbol", symbolId: 2, name: "ETHBTC", baseAssetId: 3, quoteAssetId: 1 },
    ...{ lotUnits: 100_000, tickUnitsPerLot: 1, priceTicksMax: 1_000_000, ...fees },
  });
  for (const { accountId } of [alice, bob]) {
    exchange.execute({ kind: "openAccount", accountId });
    exchange.execute({ kind: "deposit", accountId, assetId: 1, units: 100_000_000_000 });
    exchange.execute({ kind: "deposit", accountId, assetId: 2, units: 10_000_000_000_000 });
    exchange.execute({ kind: "deposit", accountId, assetId: 3, units: 100_000_000_000 });
  }
}

export async function startHarness(
  options: {
    limits?: Partial<ExchangeConfig["limits"]>;
    clock?: TestClock;
    tls?: { keyFile: string; certFile: string };
    trustedProxyCidrs?: string[];
  } = {},
): Promise<Harness> {
  const clock = options.clock ?? new TestClock();
  const config = testConfig(
    options.limits ?? {
      ordersPer10Seconds: 1_000_000,
      ordersPerDay: 10_000_000,
      requestWeightPerMinute: 1_000_000,
    },
  );
  const exchange = new LoopbackExchange(config.capacity, clock);
  const history = new MemoryHistory(exchange);
  openMarkets(exchange);
  const metrics = new Registry();
  const log = pino({ level: "silent" });
  const gateway = await startGateway({
    node: {
      id: "gateway-a",
      host: "127.0.0.1",
      httpPort: 0,
      trustedProxyCidrs: options.trustedProxyCidrs,
    },
    port: exchange,
    keys: keysSchema.parse({
      accounts: [alice, bob].map((trader) => ({ ...trader, name: "test", deposits: {} })),
    }),
    ...{ config, history, clock, metrics },
    log,
    tls: options.tls,
  });
  const secure = options.tls === undefined ? "" : "s";
  return {
    ...{ exchange, history, gateway, clock, metrics, config, log },
    url: `http${secure}://127.0.0.1:${gateway.httpPort}`,
    wsUrl: `ws${secure}://127.0.0.1:${gateway.httpPort}`,
    close: () => gateway.close(),
  };
}

export function sign(payload: string, trader: Trader): string {
  return createHmac("sha256", trader.secretKey).update(payload).digest("hex");
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever JSON the gateway sent
  readonly body: any;
}

/** An unsigned request. */
export async function get(harness: Harness, path: string): Promise<Reply> {
  return read(await fetch(harness.url + path));
}

/** A signed request with all parameters in the query. */
export async function signed(
  harness: Harness,
  trader: Trader,
  request: { method?: string; path: string; params?: Record<string, string | number> },
): Promise<Reply> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.params ?? {})) query.set(name, String(value));
  if (!query.has("timestamp")) query.set("timestamp", String(Math.floor(harness.clock.nowMs())));
  const payload = query.toString();
  const url = `${harness.url}${request.path}?${payload}&signature=${sign(payload, trader)}`;
  const headers = { "X-MBX-APIKEY": trader.apiKey };
  return read(await fetch(url, { method: request.method ?? "GET", headers }));
}

export async function read(response: Response): Promise<Reply> {
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** `limit("BUY", "60000", "0.1")`: parameters of a limit order on BTCUSDT. */
export function limit(side: "BUY" | "SELL", price: string, quantity: string) {
  return { symbol: "BTCUSDT", side, type: "LIMIT", timeInForce: "GTC", price, quantity };
}

export function place(harness: Harness, trader: Trader, params: Record<string, string | number>) {
  return signed(harness, trader, { method: "POST", path: "/api/v3/order", params });
}
