// What does replication cost? One engine that commits alone against the real two engines and Redis, all
// processes of their own, driven over the link: (a) the most orders a second, as a ratio in one run;
// (b) the latency with an emulated round trip between zones, which is to rise by one round trip.
// The kinds take turns, several rounds each, so that a machine that changes its speed changes all.
// In production each member has a machine of its own, and the busiest of them, the primary, sets the
// pace: so it gets a core here that it shares with a brake alone, in both kinds, and is the bottleneck
// in both, which is checked (bench/replication/cores.ts). That ratio is the verdict.
// Run: node bench/replication.ts [--rounds N] [--warm N] [--orders N] [--seconds N] [--rate N]
//      [--window N] [--rtt 0.7,7] [--json]; exit code 0 = within the promise, 1 = beyond it, 2 = not known

import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { provenance } from "./core/machine.ts";
import { Bench, type Measured } from "./replication/measure.ts";
import { costOf, isBound, pricesOf, type Spread, spreadOf } from "./replication/price.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    warm: { type: "string", default: "550000" },
    orders: { type: "string", default: "500000" },
    seconds: { type: "string", default: "4" },
    rate: { type: "string", default: "500" },
    window: { type: "string", default: "4000" },
    rtt: { type: "string", default: "0.7,7" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const rate = Number(values.rate);
const load = {
  window: Number(values.window),
  warmOrders: Number(values.warm),
  orders: Number(values.orders),
  seconds: Number(values.seconds),
  rate,
};
const rttsMs = values.rtt.split(",").filter(Boolean).map(Number);
const costMax = 0.25;
/** Ends within, whatever the machine does: rounds that would not fit are left out. */
const limitMs = 600_000;

const say = (line: string) => (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const count = (perSecond: number) => Math.round(perSecond).toLocaleString("en");
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
const percents = ({ min, median, max }: Spread) =>
  `${percent(median)} (rounds from ${percent(min)} to ${percent(max)})`;

function describe(name: string, { sharedPerSecond, split, latencyMs, distance }: Measured): void {
  const { p50, p99, max } = latencyMs;
  say(
    `${name.padEnd(24)} at ${rate}/s p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, max ${max.toFixed(1)} ms`,
  );
  if (sharedPerSecond > 0) say(`    all on the same cores: ${count(sharedPerSecond)}/s`);
  if (split !== null) {
    const cpu = Object.entries(split.cpuUsPerOrder).map(([who, us]) => `${who} ${us.toFixed(2)}`);
    say(
      `    primary on its own core: ${count(split.perSecond)}/s; it used ${percent(split.primaryUse)} of it, ` +
        `all others ${percent(split.othersUse)} of theirs; processor us an order: ${cpu.join(", ")}`,
    );
  }
  if (distance !== null) {
    const { nearMs, farMs } = distance;
    say(
      `    the way there and back itself, by echo: median ${farMs.median.toFixed(2)} ms, at least ` +
        `${farMs.min.toFixed(2)}; without the distance ${nearMs.median.toFixed(2)}`,
    );
  }
}

const startMs = performance.now();
const loadBefore = loadavg()[0] ?? 0;
/** Others take so much of the cores that the figures are theirs. */
const isBusy = loadBefore > availableParallelism() / 2;
const bench = new Bench(load, say);
setTimeout(async () => {
  say(`given up: the rounds took longer than ${limitMs / 1000} s`);
  await bench.stop();
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
  single.push(await bench.measure({ isSingle: true, rttMs: 0 }));
  describe("one engine alone", single.at(-1) as Measured);
  replicated.push(await bench.measure({ isSingle: false, rttMs: 0 }));
  describe("replicated", replicated.at(-1) as Measured);
  for (const [rttMs, measured] of distant) {
    measured.push(await bench.measure({ isSingle: false, rttMs }));
    describe(`replicated, rtt ${rttMs} ms`, measured.at(-1) as Measured);
  }
}

const cost = costOf(single, replicated);
const prices = pricesOf(single, replicated, distant);
const speed = (of: (round: Measured) => number) =>
  `${count(spreadOf(single.map(of)).median)}/s alone, ${count(spreadOf(replicated.map(of)).median)}/s replicated`;
say(
  `throughput, the primary on a core of its own: ${speed((round) => round.split?.perSecond ?? 0)}: ` +
    `costs ${percents(cost.split)}, promised: at most ${percent(costMax)}`,
);
say(`throughput, by processor time of the busiest member: costs ${percents(cost.busiest)}`);
say(
  `throughput, all members and the driver on the same cores: ${speed((round) => round.sharedPerSecond)}: ` +
    `costs ${percents(cost.shared)}`,
);
for (const { rttMs, overSingleMs, overNearMs } of prices.each) {
  say(
    `latency, p50: a round trip of ${rttMs} ms between zones adds ${overNearMs.toFixed(2)} ms to replication ` +
      `without a distance, ${overSingleMs.toFixed(2)} ms to one engine alone`,
  );
}
if (rttsMs.length > 0) {
  say(`latency, p50: a millisecond of distance costs ${prices.slope.toFixed(2)} ms`);
}
if (values.json) {
  const all = { single, replicated, distant: Object.fromEntries(distant) };
  process.stdout.write(`${JSON.stringify({ ...provenance(), cost, costMax, prices, ...all })}\n`);
}
const isKnown = !isBusy && [...single, ...replicated].every(isBound);
if (isBusy) {
  say(`unknown: load average ${loadBefore.toFixed(1)} before the run; no figure here is a verdict`);
} else if (!isKnown) {
  say("unknown: the primary's core was not the bottleneck in every round");
}
const costSeen = Math.max(cost.split.median, cost.busiest.median);
process.exitCode = isKnown ? Number(costSeen > costMax) : 2;
