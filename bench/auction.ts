// How long an auction of many orders holds an engine up, and a gateway, which is told of each trade: the
// indicative price, and each command of the way back to trading.
// node bench/auction.ts [orders]

import { encodeCommand } from "../engine/codec/command-codec.ts";
import type { Command } from "../engine/core/command.ts";
import { Core } from "../engine/core/core.ts";
import type { Event } from "../engine/core/event.ts";
import { provenance } from "./core/machine.ts";
import { Random } from "./core/random.ts";

const orders = Number(process.argv[2] ?? 100_000);
const accounts = 1000;
const symbolId = 1;
/** Prices on each side of the middle: all of them meet the other side's. */
const bandTicks = 5000;

function collected(): { core: Core; apply: (command: Command, events: Event[] | null) => void } {
  const core = new Core({
    ...{ orders: 2 * orders, rememberedOrders: orders, accounts, assets: 2, symbols: 1 },
    ...{ levels: 4 * bandTicks, sessions: 1 },
  });
  const request = { sessionId: 0, requestSeq: 0 };
  const apply = (command: Command, events: Event[] | null = null) => {
    const timestampUs = core.position + 1;
    core.apply(core.position + 1, encodeCommand({ request, timestampUs, command }), events);
  };
  apply({ kind: "addAsset", assetId: 1, name: "BTC", decimals: 8 });
  apply({ kind: "addAsset", assetId: 2, name: "USDT", decimals: 8 });
  const symbol = { symbolId, name: "BTCUSDT", baseAssetId: 1, quoteAssetId: 2 };
  const sizes = { lotUnits: 10, tickUnitsPerLot: 2, priceTicksMax: 1_000_000 };
  apply({ kind: "addSymbol", ...symbol, ...sizes, makerFeePpm: 100, takerFeePpm: 300 });
  for (let accountId = 1; accountId <= accounts; accountId += 1) {
    apply({ kind: "openAccount", accountId });
    for (const assetId of [1, 2]) apply({ kind: "deposit", accountId, assetId, units: 1e12 });
  }
  apply({ kind: "setTradingStatus", symbolId, status: "auction" });
  const random = new Random(1);
  for (let index = 0; index < orders; index += 1) {
    const isBuy = random.below(2) === 0;
    const behindTicks = random.below(bandTicks);
    apply({
      ...{ kind: "placeOrder", accountId: 1 + random.below(accounts), symbolId },
      ...{ side: isBuy ? "buy" : "sell", type: "limit", timeInForce: "gtc", quoteUnits: 0 },
      priceTicks: 50_000 + (isBuy ? behindTicks : -behindTicks),
      quantityLots: 1 + random.below(20),
      clientOrderId: `o${index}`,
    });
  }
  return { core, apply };
}

function run(who: string, isTold: boolean): void {
  const { core, apply } = collected();
  const beforeMs = performance.now();
  core.clearing(symbolId);
  const priceMs = performance.now() - beforeMs;
  const parts: number[] = [];
  while (core.instrument(symbolId)?.status !== "trading") {
    const startMs = performance.now();
    apply({ kind: "setTradingStatus", symbolId, status: "trading" }, isTold ? [] : null);
    parts.push(performance.now() - startMs);
  }
  const [first = 0] = parts;
  const sorted = [...parts].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const all = parts.reduce((sum, ms) => sum + ms, 0);
  const { tradeId: trades } = core.lastTrade(symbolId);
  process.stdout.write(
    `${who}: ${trades} trades in ${parts.length} commands, ${all.toFixed(0)} ms together; the first ${first.toFixed(1)} ms, the median ${median.toFixed(1)} ms; the price alone ${priceMs.toFixed(1)} ms\n`,
  );
}

process.stdout.write(
  `${JSON.stringify(provenance())}\n${orders} orders that meet, at ${2 * bandTicks} prices\n`,
);
run("engine ", false);
run("gateway", true);
