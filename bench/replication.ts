// What does replication cost? One engine that commits alone against the real two engines and Redis, all
// processes of their own, driven over the link: (a) the most orders a second, as a ratio in one run;
// (b) the latency with an emulated round trip between zones, which is to rise by one round trip.
// The kinds take turns, several rounds each, so that a machine that changes its speed changes all.
// Run: node bench/replication.ts [--seconds N] [--rounds N] [--rate N] [--rtt 0.7,7] [--json]

import { parseArgs } from "node:util";
import { provenance } from "./core/machine.ts";
import { type Cluster, type ClusterOptions, startCluster } from "./replication/cluster.ts";
import { Driver, type Latency } from "./replication/driver.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    rate: { type: "string", default: "500" },
    window: { type: "string", default: "4000" },
    rtt: { type: "string", default: "0.7,7" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const rate = Number(values.rate);
const window = Number(values.window);
const rttsMs = values.rtt.split(",").map(Number);
const costMax = 0.25;
/** The first seconds of a process are its compiler's. */
const warmSeconds = 4;
const attemptsMax = 3;

interface Measured {
  readonly perSecond: number;
  readonly latencyMs: Latency;
  readonly cpuUsPerOrder: Record<string, number>;
}

const say = (line: string) => (values.json ? process.stderr : process.stdout).write(`${line}\n`);

/** A run that a switch of the primary came into says nothing: it is told, and made again. */
async function measure(options: ClusterOptions, hasThroughput: boolean): Promise<Measured> {
  for (let attempt = 1; ; attempt++) {
    const cluster = await startCluster(options);
    const driver = new Driver(cluster.links, cluster.layoutShard);
    try {
      return await Promise.race([measureOn(cluster, driver, hasThroughput), driver.failure]);
    } catch (error) {
      if (attempt === attemptsMax) throw error;
      say(`again, as ${(error as Error).message}`);
    } finally {
      driver.close();
      await cluster.stop();
    }
  }
}

async function measureOn(
  cluster: Cluster,
  driver: Driver,
  hasThroughput: boolean,
): Promise<Measured> {
  await driver.ready();
  await driver.throughput(window, hasThroughput ? warmSeconds : 1);
  const before = await usage(cluster, driver);
  const perSecond = hasThroughput ? await driver.throughput(window, seconds) : 0;
  const after = await usage(cluster, driver);
  await driver.latency(rate, 1);
  const latencyMs = await driver.latency(rate, seconds);
  const orders = Math.max(1, after.answered - before.answered);
  const cpuUsPerOrder = Object.fromEntries(
    Object.entries(after.cpu).map(([name, cpuS]) => {
      return [name, (1e6 * (cpuS - (before.cpu[name] ?? 0))) / orders];
    }),
  );
  return { perSecond, latencyMs, cpuUsPerOrder };
}

async function usage(cluster: Cluster, driver: Driver) {
  const own = process.cpuUsage();
  const cpu: Record<string, number> = {
    ...(await cluster.cpuSeconds()),
    driver: (own.user + own.system) / 1e6,
  };
  return { answered: driver.answered, cpu };
}

function describe(name: string, { perSecond, latencyMs, cpuUsPerOrder }: Measured): void {
  const { p50, p99, max } = latencyMs;
  const speed = perSecond > 0 ? `${Math.round(perSecond).toLocaleString("en")}/s at most, ` : "";
  const cpu = Object.entries(cpuUsPerOrder).map(([who, us]) => `${who} ${us.toFixed(1)}`);
  const cost = perSecond > 0 ? `; processor us an order: ${cpu.join(", ")}` : "";
  say(
    `${name.padEnd(24)} ${speed}at ${rate}/s p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, ` +
      `max ${max.toFixed(1)} ms${cost}`,
  );
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

for (const [name, value] of Object.entries(provenance())) say(`${name.padEnd(8)} ${value}`);
const single: Measured[] = [];
const replicated: Measured[] = [];
const distant = new Map<number, Measured[]>(rttsMs.map((rttMs) => [rttMs, []]));
for (let round = 1; round <= rounds; round++) {
  single.push(await measure({ isSingle: true, rttMs: 0 }, true));
  describe("one engine alone", single.at(-1) as Measured);
  replicated.push(await measure({ isSingle: false, rttMs: 0 }, true));
  describe("replicated", replicated.at(-1) as Measured);
  for (const [rttMs, measured] of distant) {
    measured.push(await measure({ isSingle: false, rttMs }, false));
    describe(`replicated, rtt ${rttMs} ms`, measured.at(-1) as Measured);
  }
}
const speedOf = (all: readonly Measured[]) => median(all.map(({ perSecond }) => perSecond));
const p50Of = (all: readonly Measured[]) => median(all.map(({ latencyMs }) => latencyMs.p50));
const cost = 1 - speedOf(replicated) / speedOf(single);
const prices = [...distant].map(([rttMs, measured]) => {
  const priceMs = p50Of(measured) - p50Of(single);
  return { rttMs, priceMs, roundTrips: priceMs / rttMs };
});
say(`throughput: replication costs ${(100 * cost).toFixed(1)} % (promised: at most 25 %)`);
for (const { rttMs, priceMs, roundTrips } of prices) {
  say(
    `latency: rtt ${rttMs} ms adds ${priceMs.toFixed(2)} ms at p50: ${roundTrips.toFixed(2)} round trips`,
  );
}
if (values.json) {
  const all = { single, replicated, distant: Object.fromEntries(distant) };
  process.stdout.write(`${JSON.stringify({ ...provenance(), cost, costMax, prices, ...all })}\n`);
}
process.exitCode = cost <= costMax ? 0 : 1;
