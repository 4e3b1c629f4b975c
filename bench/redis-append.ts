// How fast Redis takes the journal: batches of 64 commands of 80 bytes, 4 calls under way, on a real
// Redis of its own. node bench/redis-append.ts [seconds]

import { cpus } from "node:os";
import { buildBatch } from "../engine/replication/log-batch.ts";
import { RedisServer } from "../test/support/redis-server.ts";
import { snapshotAt, VoterSession } from "../test/support/voter-session.ts";

const seconds = Number(process.argv[2] ?? 5);
const batchEntries = 64;
const callsUnderWay = 4;
const entries = Array.from({ length: batchEntries }, () => ({
  kind: "command" as const,
  data: new Uint8Array(80).fill(7),
}));

const server = await RedisServer.start();
const session = await VoterSession.open(server.url, "bench", 10_000);
const instance = await session.fill(snapshotAt(0, {}, 0), []);
const latenciesMs: number[] = [];
const startedMs = performance.now();
let last = 0;

async function keepAppending(): Promise<void> {
  while (performance.now() - startedMs < seconds * 1_000) {
    const previousPosition = last;
    const previousEpoch = last === 0 ? 0 : 1;
    last += batchEntries;
    const sentMs = performance.now();
    const reply = await session.ask({
      kind: "append",
      instance,
      epoch: 1,
      previousPosition,
      previousEpoch,
      batches: [buildBatch(1, previousPosition + 1, entries)],
      committed: Math.max(0, previousPosition - callsUnderWay * batchEntries),
      round: 0,
    });
    if (reply.kind !== "appended") throw new Error(`answered ${reply.kind}`);
    latenciesMs.push(performance.now() - sentMs);
  }
}

await Promise.all(Array.from({ length: callsUnderWay }, keepAppending));
const tookSeconds = (performance.now() - startedMs) / 1_000;
latenciesMs.sort((a, b) => a - b);
const quantile = (share: number): string =>
  (latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0).toFixed(2);
console.log(
  `${Math.round(latenciesMs.length / tookSeconds)} appends/s = ` +
    `${Math.round(last / tookSeconds)} commands/s; ` +
    `p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, p99.9 ${quantile(0.999)} ms ` +
    `(${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version})`,
);
session.voter.close();
await server.remove();
