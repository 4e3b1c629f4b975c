// Kill -9 of any one process, at a random moment, again and again, under orders without a pause:
//   node test/failover/kill-any-process.ts [--times 100] [--seed 1] [--port-base 17000]
// After each kill the exchange must acknowledge an order created after it within 2 s, without a hand.
// At the end every acknowledged order must rest in the book, once. Exit 0 when all of it held, else 1.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Acknowledgement, Trader, TradingClient } from "../../client/index.ts";
import { type Exchange, portsFrom, startExchange } from "../../failover/index.ts";
import { Random } from "../../flow/random.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    "port-base": { type: "string", default: "17000" },
  },
});
const times = Number(values.times);
const random = new Random(Number(values.seed));

/** What the issue promises. */
const servesWithinMs = 2_000;
const symbol = "BTCUSDT";
const betweenOrdersMs = 10;
/** Far below every other price: the orders rest, and can be counted at the end. */
const order = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC" } as const;

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));
const say = (line: string) => process.stderr.write(`${line}\n`);

class Flow {
  readonly acknowledgements: Acknowledgement[] = [];
  readonly #traders: readonly Trader[];
  #isWanted = true;
  #underWay = 0;

  constructor(traders: readonly Trader[]) {
    this.#traders = traders;
  }

  /** Open loop: an order every few milliseconds, whatever became of those before. */
  async run(): Promise<void> {
    for (let count = 0; this.#isWanted; count++) {
      const trader = this.#traders[count % this.#traders.length] as Trader;
      this.#underWay += 1;
      void trader.place({ ...order, price: "1000.00", quantity: "0.0100" }).then((answer) => {
        this.#underWay -= 1;
        this.acknowledgements.push(answer);
      });
      await pause(betweenOrdersMs);
    }
    while (this.#underWay > 0) await pause(10);
  }

  stop(): void {
    this.#isWanted = false;
  }

  /** How long until an order created after `sinceMs` was accepted; infinite where none was. */
  gapMs(sinceMs: number): number {
    const after = this.acknowledgements.filter(
      ({ outcome, intendedMs }) => outcome === "accepted" && intendedMs >= sinceMs,
    );
    return Math.min(...after.map(({ acknowledgedMs }) => acknowledgedMs - sinceMs));
  }
}

/** One victim after the other, each from a full crew: one fault at a time is what is promised. */
async function killAll(exchange: Exchange, flow: Flow): Promise<Map<string, number[]>> {
  const gaps = new Map<string, number[]>();
  for (let kill = 1; kill <= times; kill++) {
    await wholeAgain(exchange);
    await pause(random.fraction() * 500);
    const processes = exchange.processes();
    const victim = processes[Math.floor(random.fraction() * processes.length)]?.name ?? "";
    const killedMs = client.now();
    exchange.killProcess(victim, "SIGKILL");
    while (flow.gapMs(killedMs) === Number.POSITIVE_INFINITY) await pause(10);
    const gapMs = Math.round(flow.gapMs(killedMs));
    say(
      `${kill}/${times} at ${Math.round(killedMs)}  ${victim.padEnd(10)} an order is accepted after ${gapMs} ms`,
    );
    gaps.set(victim, [...(gaps.get(victim) ?? []), gapMs]);
  }
  return gaps;
}

/** Each node answers, the standby follows, Redis is agreed: what the last kill took is back. */
async function wholeAgain(exchange: Exchange): Promise<void> {
  for (;;) {
    const { nodes, processes } = await exchange.status();
    const isUp = processes.every(({ pid }) => pid !== undefined);
    const isWhole = nodes.every(({ status }) => {
      if (status === undefined) return false;
      if (status.kind !== "engine") return status.isServing;
      if (status.role === "standby") return status.peer.isConnected && status.redis.isAgreed;
      return status.role === "primary" && status.inSync.length === 2;
    });
    if (isUp && isWhole) return;
    await pause(20);
  }
}

/** Acknowledged orders that do not rest, and client ids that rest twice. */
async function verify(flow: Flow, traders: readonly Trader[]) {
  const resting = new Map<string, number>();
  for (const trader of traders) {
    const open = await trader.openOrders(symbol);
    if (open === undefined) throw new Error("nobody could tell the open orders");
    for (const { clientOrderId } of open) {
      resting.set(clientOrderId, (resting.get(clientOrderId) ?? 0) + 1);
    }
  }
  const accepted = flow.acknowledgements.filter(({ outcome }) => outcome === "accepted");
  return {
    acknowledged: accepted.length,
    rejected: flow.acknowledgements.filter(({ outcome }) => outcome === "rejected").length,
    unknown: flow.acknowledgements.filter(({ outcome }) => outcome === "unknown").length,
    lost: accepted.filter(({ clientOrderId }) => !resting.has(clientOrderId)).length,
    duplicated: [...resting.values()].filter((count) => count > 1).length,
  };
}

const dataDir = mkdtempSync(join(tmpdir(), "castle-kill-"));
const exchange = await startExchange({
  dataDir,
  ports: portsFrom(Number(values["port-base"])),
  // A few accounts trade here for many.
  limits: { requestWeightPerMinute: 1_000_000, ordersPer10Seconds: 100_000 },
  tell: say,
});
const client = new TradingClient({
  endpoints: exchange.gatewayUrls.map(({ zone, ws }) => ({
    name: `gateway-${zone}`,
    url: `${ws}/ws-api/v3`,
  })),
});
const traders = exchange.keys.accounts.slice(2).map((keys) => new Trader(client, keys));
const flow = new Flow(traders);
const flowing = flow.run();
const gaps = await killAll(exchange, flow);
flow.stop();
await flowing;
await wholeAgain(exchange);
const verdict = await verify(flow, traders);
const gapMsMax = Math.max(...[...gaps.values()].flat());
const held = verdict.lost === 0 && verdict.duplicated === 0 && gapMsMax <= servesWithinMs;
client.close();
await exchange.stop();
// Its logs and decisions say why.
if (held) rmSync(dataDir, { recursive: true, force: true });
else say(`kept for a look: ${dataDir}`);
const byProcess = Object.fromEntries(
  [...gaps].map(([name, list]) => [name, { kills: list.length, gapMsMax: Math.max(...list) }]),
);
const summary = { held, seed: Number(values.seed), kills: times, gapMsMax, ...verdict, byProcess };
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
process.exit(held ? 0 : 1);
