// The engine's metrics, read when they are scraped (docs/metrics.md lists them; a test compares).

import { statfsSync } from "node:fs";
import { Counter, Gauge, type Registry } from "prom-client";
import type { EngineNode } from "./engine-node.ts";
import { promotionSteps } from "./promotion-steps.ts";

type Read = (engine: EngineNode) => number;

const state = (engine: EngineNode) => engine.replica.state;
const region = (engine: EngineNode) => engine.region?.status();

const gauges: readonly (readonly [string, string, Read])[] = [
  ["serving", "1 on the engine that serves as primary", (e) => Number(e.replica.isServing)],
  ["epoch", "Epoch this engine is in", (e) => state(e).epoch],
  ["appended_position", "Last position in the log", (e) => state(e).log.lastPosition],
  ["committed_position", "Last committed position", (e) => state(e).committed],
  ["applied_position", "Last position applied to the core", (e) => e.core.position],
  [
    "uncommitted_entries",
    "Entries in the log that are not committed",
    (e) => state(e).log.lastPosition - state(e).committed,
  ],
  [
    "log_entries",
    "Entries of the log in memory, behind the last checkpoint",
    (e) => state(e).log.lastPosition - state(e).log.base.position,
  ],
  [
    "in_sync_members",
    "Other members that hold all that is committed, of 2; on the primary",
    (e) => e.replica.inSync().length,
  ],
  ["peer_connected", "1 while the other engine is connected", (e) => +e.replica.peer.isConnected],
  [
    "peer_lag_entries",
    "Committed entries that the other engine has not answered for; on the primary",
    (e) => (e.replica.isServing ? Math.max(0, state(e).committed - e.replica.peerPosition) : 0),
  ],
  ["peer_buffered_bytes", "Bytes that wait for the other engine", (e) => e.peer.bufferedBytes],
  ["redis_reachable", "1 while Redis answers", (e) => Number(state(e).redis.isReachable)],
  [
    "redis_agreed",
    "1 while Redis counts as a member: both engines have agreed upon it",
    (e) => Number(state(e).redis.isReachable && state(e).counts(state(e).redis)),
  ],
  ["redis_under_way_bytes", "Bytes sent to Redis and not answered", (e) => e.redis.underWayBytes],
  [
    "snapshot_lag_entries",
    "Committed entries since the newest snapshot in Redis; on the primary",
    (e) =>
      e.replica.isServing ? Math.max(0, state(e).committed - state(e).redis.snapshotPosition) : 0,
  ],
  [
    "snapshot_age_seconds",
    "Since this engine last wrote a snapshot to Redis; 0 where it does not",
    (e) => (e.replica.isServing ? e.redis.snapshotAgeMs / 1_000 : 0),
  ],
  ["journal_bytes", "Log files on this engine's disk", (e) => e.storage.logBytes],
  ["disk_free_bytes", "Free space on this engine's disk", (e) => diskOf(e).free],
  ["disk_size_bytes", "Size of this engine's disk", (e) => diskOf(e).size],
  ["followers", "Connected gateways and followers", (e) => e.followers.count],
  [
    "follower_buffered_bytes",
    "Bytes that wait for followers, all together",
    (e) => e.followers.bufferedBytes,
  ],
  ["paused", "1 while automatic promotion is off", (e) => Number(state(e).control.isPaused)],
  ["fenced", "1 while told to serve nobody", (e) => Number(state(e).control.isFenced)],
  [
    "replaced",
    "1 once a newer incarnation has its seat: it takes part in nothing any more",
    (e) => Number(e.replica.role === "replaced"),
  ],
  [
    "alone",
    "1 while forced: it commits with its own copy alone",
    (e) => Number(state(e).isAlone ?? false),
  ],
  ["region_active", "1 in the active region, 0 in the other one; 1 without regions", isActive],
  ["region_term", "Leadership between regions; 0 without regions", (e) => region(e)?.term ?? 0],
  [
    "region_confirmed",
    "1 where the term was confirmed since the start; 1 without regions",
    (e) => Number(region(e)?.isConfirmed ?? true),
  ],
  [
    "region_lag_entries",
    "Entries that the other region lacks, or this one where it follows; 0 where unknown",
    (e) => region(e)?.lag?.entries ?? 0,
  ],
  [
    "region_lag_seconds",
    "The same as time, and at least as long as nothing was heard of the other region",
    lagSecondsOf,
  ],
  [
    "region_lag_known",
    "1 where this engine knows how far the regions are apart, and where there is one region",
    (e) => Number(region(e)?.lag !== null),
  ],
  [
    "region_diverged",
    "1 where this region's journal does not continue the other one's",
    (e) => Number(region(e)?.isDiverged ?? false),
  ],
];

const counters: readonly (readonly [string, string, Read])[] = [
  ["commands_taken_total", "Commands sequenced", (e) => e.submissions.counts.taken],
  [
    "commands_refused_total",
    "Batches of commands turned away",
    (e) => e.submissions.counts.refused,
  ],
  ["slow_followers_total", "Followers dropped: they did not read", (e) => e.followers.slowCount],
  ["beats_sent_total", "Datagrams that say that this primary lives", (e) => e.beats.counts.sent],
  ["beats_taken_total", "Such datagrams of the other engine", (e) => e.beats.counts.taken],
  ["beats_ignored_total", "Other datagrams on that port", (e) => e.beats.counts.ignored],
];

function isActive(engine: EngineNode): number {
  return Number((region(engine)?.role ?? "active") === "active");
}

/** What is counted stands still when the link is silent. */
function lagSecondsOf(engine: EngineNode): number {
  const said = region(engine);
  if (said === undefined || said.lag === null) return 0;
  return Math.max(said.lag.ms, said.heardAgoMs ?? 0) / 1_000;
}

function diskOf(engine: EngineNode): { free: number; size: number } {
  const { bavail, blocks, bsize } = statfsSync(engine.directory);
  return { free: bavail * bsize, size: blocks * bsize };
}

export function registerEngineMetrics(registry: Registry, engine: EngineNode): void {
  const registers = [registry];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: `castle_engine_${name}`,
      help,
      registers,
      collect() {
        this.set(read(engine));
      },
    });
  }
  for (const [name, help, read] of counters) {
    new Counter({
      name: `castle_engine_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(engine));
      },
    });
  }
  registerByLabel(registry, engine);
}

function registerByLabel(registry: Registry, engine: EngineNode): void {
  const registers = [registry];
  new Counter({
    name: "castle_engine_decisions_total",
    help: "Steps of the protocol since the start, by code",
    labelNames: ["code"],
    registers,
    collect() {
      this.reset();
      for (const [code, count] of engine.decisions.counts) this.inc({ code }, count);
    },
  });
  new Counter({
    name: "castle_engine_redis_failures_total",
    help: "Calls to a connected Redis that failed, by code",
    labelNames: ["code"],
    registers,
    collect() {
      this.reset();
      for (const [code, count] of engine.redis.faultCounts) this.inc({ code }, count);
    },
  });
  new Gauge({
    name: "castle_engine_promotion_step_seconds",
    help: "How long each step of this engine's last promotion took",
    labelNames: ["step"],
    registers,
    collect() {
      this.reset();
      for (const { step, ms } of promotionSteps(engine.decisions.recent)) {
        this.set({ step }, ms / 1_000);
      }
    },
  });
}
