// How many orders does the gateway take by itself? A gateway over an in-process exchange that commits at
// once (no replication), driven over the WebSocket API by a second process with orders signed
// beforehand. Open loop: each order has its time, and its latency counts from then, so a slow
// gateway cannot hide by slowing its clients. Prints one JSON object.
// Run: node bench/gateway.ts [--rate ORDERS_PER_SECOND] [--seconds N] [--connections N]
// With --rate 0 each connection keeps `--window` orders under way instead: the most that is possible.

import { execFileSync, fork } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pino from "pino";
import { Registry } from "prom-client";
import { startGateway } from "../engine/adapters/gateway/gateway.ts";
import { keysSchema } from "../engine/config.ts";
import { openMarkets, testConfig, traders } from "../test/engine/adapters/gateway/harness.ts";
import { LoopbackExchange } from "../test/engine/adapters/gateway/loopback-exchange.ts";
import { MemoryHistory } from "../test/engine/adapters/gateway/memory-history.ts";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "20000" },
    seconds: { type: "string", default: "10" },
    connections: { type: "string", default: "8" },
    window: { type: "string", default: "500" },
  },
});

const clock = { nowMs: () => performance.timeOrigin + performance.now() };
const unlimited = {
  requestWeightPerMinute: 1_000_000_000,
  rawRequestsPer5Minutes: 1_000_000_000,
  ordersPer10Seconds: 1_000_000_000,
  ordersPerDay: 1_000_000_000,
};
const config = testConfig(unlimited);
const capacity = {
  ...config.capacity,
  orders: 1_000_000,
  rememberedOrders: 200_000,
  levels: 100_000,
};
const exchange = new LoopbackExchange(capacity, clock);
openMarkets(exchange);
const history = new MemoryHistory(new LoopbackExchange(config.capacity, clock));
const gateway = await startGateway({
  node: { id: "gateway-a", host: "127.0.0.1", httpPort: 0 },
  port: exchange,
  keys: keysSchema.parse({
    accounts: traders.map((trader) => ({ ...trader, name: "bench", deposits: {} })),
  }),
  ...{ config, history, clock },
  metrics: new Registry(),
  log: pino({ level: "silent" }),
});

const child = fork(fileURLToPath(new URL("gateway-load.ts", import.meta.url)), {
  execArgv: [],
});
child.send({
  name: "o",
  traders,
  url: `ws://127.0.0.1:${gateway.httpPort}/ws-api/v3`,
  rate: Number(values.rate),
  seconds: Number(values.seconds),
  connections: Number(values.connections),
  window: Number(values.window),
});
let usageAtStart = process.cpuUsage();
child.on("message", (message: { kind: string; result?: unknown }) => {
  if (message.kind === "started") {
    usageAtStart = process.cpuUsage();
    return;
  }
  const used = process.cpuUsage(usageAtStart);
  const report = {
    bench: "gateway",
    command: `node bench/gateway.ts ${process.argv.slice(2).join(" ")}`.trim(),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"]).toString().trim(),
    machine: `${cpus()[0]?.model ?? "unknown"} x ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    ...(message.result as object),
    gatewayCpuSeconds: (used.user + used.system) / 1e6,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  child.kill();
  void gateway.close().then(() => process.exit(0));
});
