// The history follower as a process: the journal into PostgreSQL. `--config FILE --node history`.

import { setTimeout as sleep } from "node:timers/promises";
import { collectDefaultMetrics, Registry } from "prom-client";
import { systemClock } from "./adapters/clock.ts";
import { CoreMachine } from "./adapters/core-machine.ts";
import { registerFollowerMetrics } from "./adapters/follower/follower-metrics.ts";
import { JournalFollower } from "./adapters/follower/journal-follower.ts";
import { SinkPump } from "./adapters/follower/sink-pump.ts";
import { PostgresSink } from "./adapters/history/postgres-sink.ts";
import { RedisJournal } from "./adapters/redis/redis-journal.ts";
import { serveStatus } from "./adapters/status-server.ts";
import { decodeLines } from "./codec/lines-codec.ts";
import { assert } from "./core/assert.ts";
import { COMMAND_VERSION } from "./core/command-layout.ts";
import { passUnreachable, runNode } from "./node-main.ts";
import type { FollowerStatus } from "./status.ts";
import { castleVersion } from "./version.ts";

/** How often Redis learns what this follower still needs. */
const retainIntervalMs = 500;

/** A follower can wait: Redis is its second source. */
const redisTimeoutMs = 1_000;

await runNode(async ({ config, name, log, onFatal }) => {
  const startedMs = systemClock.nowMs();
  const journal = new RedisJournal({
    url: config.redis.url,
    shard: config.shard,
    timeoutMs: redisTimeoutMs,
    log,
  });
  await journal.connect().catch((error: unknown) => passUnreachable(error));
  const sink = new PostgresSink({
    url: config.postgres.url,
    capacity: config.capacity,
    onOutage: (error, attempt) =>
      log.warn(
        { code: "HISTORY_UNAVAILABLE", attempt, reason: error.message },
        "PostgreSQL is away",
      ),
  });
  const { checkpoint, durablePosition } = await sink.open();
  const machine = new CoreMachine(config.capacity);
  if (checkpoint !== null) {
    machine.core.load(checkpoint.runs.flatMap((runs) => decodeLines(runs)));
    assert(machine.core.mark().hash === checkpoint.hash, "a checkpoint's state has its hash");
  }
  const pump = new SinkPump(sink, durablePosition, onFatal);
  const follower = new JournalFollower(machine, {
    config,
    name,
    journal,
    clock: systemClock,
    log,
    mayJump: false,
    silentUpTo: durablePosition,
    onApplied: (applied) => pump.add(applied),
    onCaughtUp: () => pump.pump(),
  });
  pump.attach(follower);
  const ending = new AbortController();
  const retain = async () => {
    while (!ending.signal.aborted) {
      await journal.follow(name, sink.retainPosition).catch((error: Error) => {
        log.debug({ code: "REDIS_UNREACHABLE", reason: error.message }, "retain position not told");
      });
      await sleep(retainIntervalMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  void retain();
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const lagEntries = () => Math.max(0, follower.committed - pump.durablePosition);
  registerFollowerMetrics(metrics, "history", {
    isServing: () => follower.links.isServing,
    epoch: () => follower.links.epoch,
    position: () => pump.durablePosition,
    lagEntries,
  });
  const status = await serveStatus(config.history.host, config.history.statusPort, {
    status: (): FollowerStatus => ({
      node: name,
      zone: config.history.zone,
      kind: "history",
      pid: process.pid,
      uptimeMs: Math.round(systemClock.nowMs() - startedMs),
      isServing: follower.links.isServing,
      epoch: follower.links.epoch,
      position: pump.durablePosition,
      lagEntries: lagEntries(),
      mark: follower.lastMark,
      version: { castle: castleVersion, commandVersion: COMMAND_VERSION },
    }),
    isHealthy: () => follower.links.isServing,
    metrics,
  });
  return async () => {
    ending.abort();
    status.close();
    follower.close();
    await pump.drain();
    journal.close();
    await sink.close();
  };
});
