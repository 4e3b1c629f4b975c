// How an engine that is far behind, or new, gets in sync while trading goes on: real engines and a
// real Redis, a client that keeps commands under way. Prints the acknowledged rate before and
// meanwhile, the primary's memory and queues, and how long it took.
//   node bench/catch-up.ts [entries]      default 600000: more than one checkpoint

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineCluster, type EngineNumber } from "../test/support/engine-cluster.ts";
import { LedgerClient } from "../test/support/ledger-client.ts";
import { provenance } from "./core/machine.ts";

const entries = Number(process.argv[2] ?? 600_000);
const pendingMax = 5_000;
const sampleMs = 200;

interface Sample {
  readonly atMs: number;
  readonly acknowledged: number;
  readonly rssBytes: number;
  readonly peerBufferedBytes: number;
  readonly redisBytes: number;
  readonly logEntries: number;
}

const cluster = await EngineCluster.start();
const client = await LedgerClient.connect(cluster.config);

async function metric(id: EngineNumber, name: string): Promise<number> {
  const port = cluster.config.engines.find((engine) => engine.id === id)?.statusPort;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

const rssOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

async function sample(id: EngineNumber): Promise<Sample> {
  return {
    atMs: performance.now(),
    acknowledged: client.acknowledged,
    rssBytes: rssOf(cluster.pidOf(id)),
    peerBufferedBytes: await metric(id, "castle_engine_peer_buffered_bytes"),
    redisBytes: await metric(id, "castle_engine_redis_under_way_bytes"),
    logEntries: await metric(id, "castle_engine_log_entries"),
  };
}

async function watch(id: EngineNumber, isOver: () => Promise<boolean>): Promise<Sample[]> {
  const samples = [await sample(id)];
  while (!(await isOver())) {
    await sleep(sampleMs);
    samples.push(await sample(id));
  }
  return samples;
}

function say(what: string, samples: readonly Sample[]): void {
  const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
  const seconds = (last.atMs - first.atMs) / 1_000;
  const rate = Math.round((last.acknowledged - first.acknowledged) / seconds);
  const most = (read: (one: Sample) => number) => Math.max(...samples.map(read));
  const mib = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  const facts = [
    `${seconds.toFixed(1)} s`,
    `${rate} acknowledged/s`,
    `RSS ${mib(most((one) => one.rssBytes))}`,
    `to peer ${mib(most((one) => one.peerBufferedBytes))}`,
    `to Redis ${mib(most((one) => one.redisBytes))}`,
    `log ${most((one) => one.logEntries)} entries`,
  ];
  process.stdout.write(`${what.padEnd(34)} ${facts.join("  ")}\n`);
}

const isFurther = (count: number) => {
  const goal = client.acknowledged + count;
  return async () => client.acknowledged >= goal;
};
const isWhole = (away: EngineNumber) => async () => {
  const [primary, other] = [await cluster.primary(), await cluster.status(away)];
  return primary?.inSync.length === 2 && other?.role === "standby";
};

process.stdout.write(`${JSON.stringify(provenance())}\n`);
client.load(pendingMax);
const leader: EngineNumber = (await cluster.whole()).node === "engine-1" ? 1 : 2;
const other: EngineNumber = leader === 1 ? 2 : 1;
say("both in sync", await watch(leader, isFurther(entries)));

await cluster.end(other, "SIGKILL");
say("the standby is down", await watch(leader, isFurther(entries)));
cluster.run(other);
say("it catches up with its log", await watch(leader, isWhole(other)));

await cluster.end(other, "SIGKILL");
cluster.wipe(other);
await watch(leader, isFurther(entries / 10));
cluster.run(other);
say("a new one comes, empty", await watch(leader, isWhole(other)));

client.stopLoad();
await client.settled();
const reader = await LedgerClient.connect(cluster.config);
await reader.current();
const isRight = reader.balance === client.submitted && client.acknowledged === client.submitted;
process.stdout.write(
  `${client.submitted} submitted, ${client.acknowledged} acknowledged, balance ${reader.balance}: ${isRight ? "right" : "WRONG"}\n`,
);
reader.close();
client.close();
await cluster.remove();
process.exit(isRight ? 0 : 1);
