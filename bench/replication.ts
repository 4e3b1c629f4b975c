// What does replication cost? One engine that commits alone against the real two engines and Redis, all
// processes of their own, driven over the link: (a) the most orders a second, as a ratio in one run;
// (b) the latency with an emulated round trip between zones, which is to rise by one round trip.
// The kinds take turns, several rounds each, so that a machine that changes its speed changes all.
// Driver, both engines and Redis share the cores here, which are three machines otherwise: so the
// processor time of an order is told for each, and what replication costs the primary itself.
// Run: node bench/replication.ts [--seconds N] [--rounds N] [--rate N] [--window N] [--rtt 0.7,7] [--json]

import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { provenance } from "./core/machine.ts";
import { type Cluster, type ClusterOptions, startCluster } from "./replication/cluster.ts";
import { Driver, type Latency } from "./replication/driver.ts";
import { costOf, pricesOf, speedOf } from "./replication/price.ts";

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
/** The first orders of a process are its compiler's: so many for all kinds, or as long as it may take. */
const warmOrders = 300_000;
const warmSeconds = 4;
const warmSecondsMax = 12;
const attemptsMax = 2;
/** Ends within, whatever the machine does: rounds that would not fit are left out. */
const limitMs = 240_000;

interface Measured {
  readonly perSecond: number;
  readonly latencyMs: Latency;
  readonly cpuUsPerOrder: Readonly<Record<string, number>>;
}

const say = (line: string) => (values.json ? process.stderr : process.stdout).write(`${line}\n`);
let running: Cluster | undefined;

/** A run that a switch of the primary came into says nothing: it is told, and made again. */
async function measure(options: ClusterOptions, hasThroughput: boolean): Promise<Measured> {
  for (let attempt = 1; ; attempt++) {
    const cluster = await startCluster(options);
    running = cluster;
    const { links, layoutShard: shard } = cluster;
    const driver = new Driver({ links, shard, enginesMin: links.length });
    try {
      return await measureOn(cluster, driver, hasThroughput);
    } catch (error) {
      if (attempt === attemptsMax) throw error;
      say(`again, as ${(error as Error).message}`);
    } finally {
      driver.close();
      await cluster.stop();
      running = undefined;
    }
  }
}

async function measureOn(
  cluster: Cluster,
  driver: Driver,
  hasThroughput: boolean,
): Promise<Measured> {
  await driver.ready();
  if (hasThroughput) await warm(driver);
  else await driver.throughput(window, 1);
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

async function warm(driver: Driver): Promise<void> {
  for (let warmed = 0; warmed < warmSecondsMax; warmed += warmSeconds) {
    await driver.throughput(window, warmSeconds);
    if (driver.answered >= warmOrders) return;
  }
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

const startMs = performance.now();
const loadBefore = loadavg()[0] ?? 0;
/** Others take so much of the cores that the figures are theirs. */
const isBusy = loadBefore > availableParallelism() / 2;
setTimeout(async () => {
  say(`given up: the rounds took longer than ${limitMs / 1000} s`);
  await running?.stop();
  process.exit(2);
}, limitMs).unref();

for (const [name, value] of Object.entries(provenance())) say(`${name.padEnd(8)} ${value}`);
const single: Measured[] = [];
const replicated: Measured[] = [];
const distant = new Map<number, Measured[]>(rttsMs.map((rttMs) => [rttMs, []]));
for (let round = 1; round <= rounds; round++) {
  const spentMs = performance.now() - startMs;
  if ((spentMs * round) / Math.max(1, round - 1) > limitMs) {
    say(`${round - 1} rounds only: a further one would not end within ${limitMs / 1000} s`);
    break;
  }
  say(`round ${round}, load average ${loadavg()[0]?.toFixed(1)}`);
  single.push(await measure({ isSingle: true, rttMs: 0 }, true));
  describe("one engine alone", single.at(-1) as Measured);
  replicated.push(await measure({ isSingle: false, rttMs: 0 }, true));
  describe("replicated", replicated.at(-1) as Measured);
  for (const [rttMs, measured] of distant) {
    measured.push(await measure({ isSingle: false, rttMs }, false));
    describe(`replicated, rtt ${rttMs} ms`, measured.at(-1) as Measured);
  }
}

const cost = costOf(single, replicated);
const prices = pricesOf(single, distant);
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
say(
  `throughput, all on these cores: ${Math.round(speedOf(single)).toLocaleString("en")}/s alone, ` +
    `${Math.round(speedOf(replicated)).toLocaleString("en")}/s replicated: costs ${percent(cost.shared)}`,
);
say(
  `throughput, each member on a machine of its own: the busiest member takes ` +
    `${cost.busiestUs.toFixed(2)} us of its processor an order, one engine alone ${cost.aloneUs.toFixed(2)}: costs ` +
    `${percent(cost.apart)} (promised: at most ${percent(costMax)})`,
);
for (const { rttMs, priceMs } of prices.each) {
  say(`latency, p50: a round trip of ${rttMs} ms between zones adds ${priceMs.toFixed(2)} ms`);
}
if (prices.slope !== null) {
  say(`latency, p50: a millisecond of distance costs ${prices.slope.toFixed(2)} ms`);
}
if (values.json) {
  const all = { single, replicated, distant: Object.fromEntries(distant) };
  process.stdout.write(`${JSON.stringify({ ...provenance(), cost, costMax, prices, ...all })}\n`);
}
if (isBusy) {
  say(`unknown: load average ${loadBefore.toFixed(1)} before the run; no figure here is a verdict`);
}
process.exitCode = isBusy ? 2 : Number(cost.apart > costMax);
