// How many orders does the whole exchange acknowledge? Real processes on the loopback network: clients
// over the WebSocket API, a gateway, two engines and Redis (every acknowledgement is committed on
// two of three), history into PostgreSQL, all on this machine. Open loop: latency counts from when
// an order was due. After the two fixed rates, the rate rises until the exchange no longer holds it:
// 99 % within 100 ms, all answered.
// Run: node bench/end-to-end.ts [--seconds N] [--rates 500,20000] [--step N]

import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { portsFrom, startExchange } from "../failover/index.ts";
import { provenance } from "./core/machine.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    rates: { type: "string", default: "500,20000" },
    step: { type: "string", default: "2500" },
    connections: { type: "string", default: "8" },
  },
});
/** Away from the ports of an exchange that may be running. */
const portBase = 26_000;
const heldP99Ms = 100;
const unlimited = 1_000_000_000;

interface Result {
  readonly ratePerSecond: number;
  readonly orders: number;
  readonly refused: number;
  readonly ordersPerSecond: number;
  readonly latencyMs: { p50: number; p99: number; p999: number; max: number };
}

const dataDir = mkdtempSync(join(tmpdir(), "castle-bench-"));
const exchange = await startExchange({
  dataDir,
  ports: portsFrom(portBase),
  limits: {
    requestWeightPerMinute: unlimited,
    rawRequestsPer5Minutes: unlimited,
    ordersPer10Seconds: unlimited,
    ordersPerDay: unlimited,
  },
  tell: (line) => process.stderr.write(`${line}\n`),
});

let loads = 0;

function run(rate: number, seconds: number): Promise<Result> {
  const program = fileURLToPath(new URL("gateway-load.ts", import.meta.url));
  const child = fork(program, { execArgv: [] });
  child.send({
    name: `l${loads++}`,
    traders: exchange.keys.accounts.filter((account) => account.accountId > 100),
    url: `${exchange.gatewayUrls[0]?.ws}/ws-api/v3`,
    rate,
    seconds,
    connections: Number(values.connections),
    window: 100,
  });
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error("the load ended without a result")));
    child.on("message", (message: { kind: string; result?: Result }) => {
      if (message.kind !== "result" || message.result === undefined) return;
      resolve(message.result);
      child.kill();
    });
  });
}

function isHeld({ orders, refused, ratePerSecond, latencyMs }: Result, seconds: number): boolean {
  return orders === ratePerSecond * seconds && refused === 0 && latencyMs.p99 <= heldP99Ms;
}

function print(name: string, { ordersPerSecond, refused, latencyMs }: Result): void {
  const { p50, p99, p999, max } = latencyMs;
  console.log(
    `${name.padEnd(22)} ${String(ordersPerSecond).padStart(7)}/s  p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(2)}  p99.9 ${p999.toFixed(2)}  max ${max.toFixed(1)} ms  refused ${refused}`,
  );
}

try {
  const { machine, node, commit, command } = provenance();
  console.log(`${machine}, node ${node}, commit ${commit}\n${command}`);
  const seconds = Number(values.seconds);
  await run(2_000, 5); // Warm: the first seconds of a process are its compiler's.
  for (const rate of values.rates.split(",").map(Number)) {
    print(`${rate} orders/s`, await run(rate, seconds));
  }
  let held: Result | null = null;
  for (let rate = Number(values.step); ; rate += Number(values.step)) {
    const result = await run(rate, 5);
    print(`rising: ${rate}`, result);
    if (!isHeld(result, 5)) break;
    held = result;
  }
  if (held !== null) print("the most that holds", held);
} finally {
  await exchange.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
