// The gap that a planned switchover leaves at a gateway: a command a millisecond, two engines with
// their disks and a Redis, real sockets; from the last command executed by the old primary to the
// first one executed by the new. node bench/switchover.ts [switchovers]

import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { systemClock } from "../engine/adapters/clock.ts";
import { CoreMachine } from "../engine/adapters/core-machine.ts";
import { GatewayExchange } from "../engine/adapters/follower/gateway-exchange.ts";
import { JournalFollower } from "../engine/adapters/follower/journal-follower.ts";
import { RedisJournal } from "../engine/adapters/redis/redis-journal.ts";
import { EnginePair } from "../test/support/engine-pair.ts";
import { provenance } from "./core/machine.ts";

const times = Number(process.argv[2] ?? 50);
const log = pino({ level: "silent" });
const pair = await EnginePair.start();
const { config } = pair;
const journal = new RedisJournal({
  url: config.redis.url,
  shard: config.shard,
  timeoutMs: 2_000,
  log,
});
await journal.connect();
const exchange = new GatewayExchange();
let appliedMs = 0;
let gapMs = 0;
let count = 0;
const follower = new JournalFollower(new CoreMachine(config.capacity), {
  config,
  name: "gateway-a",
  journal,
  clock: systemClock,
  log,
  mayJump: true,
  isAcrossRegions: true,
  silentUpTo: 0,
  onApplied: (applied) => {
    exchange.onApplied(applied);
    if (applied.command === undefined) return;
    const nowMs = performance.now();
    gapMs = Math.max(gapMs, nowMs - appliedMs);
    appliedMs = nowMs;
    count++;
  },
  onCaughtUp: () => exchange.answerReads(),
  onPrimary: () => exchange.resend(),
  onMessage: (message) => exchange.onMessage(message),
});
exchange.attach(follower);
const load = setInterval(() => exchange.submit({ kind: "tick" }), 1);

async function gapOver(act: () => Promise<void>): Promise<number> {
  await sleep(150);
  gapMs = 0;
  appliedMs = performance.now();
  await act();
  await sleep(100);
  return gapMs;
}

const calm: number[] = [];
const gaps: number[] = [];
let refused = 0;
while (gaps.length < times && refused < times) {
  const primary = await pair.primary(2);
  calm.push(await gapOver(() => sleep(20)));
  let isDone = false;
  const ms = await gapOver(async () => {
    isDone = (await pair.ask(primary, "switchover")).answer.isDone;
    await pair.primary();
  });
  if (isDone) gaps.push(ms);
  else refused++;
}
clearInterval(load);
await pair.until(() => exchange.pendingCount === 0);
const text = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)} ms`;
};
console.log(`${gaps.length} switchovers, ${refused} refused`);
console.log(`${count} commands executed, none left unanswered`);
console.log(`gap at the gateway: ${text(gaps)}; without a switchover: ${text(calm)}`);
const { machine, node, commit } = provenance();
console.log(`${machine}, Node ${node}, commit ${commit}`);
follower.close();
journal.close();
await pair.stop();
process.exit(0);
