// One gateway as a process: `--config FILE --node gateway-a`.

import { collectDefaultMetrics, Registry } from "prom-client";
import { systemClock } from "./adapters/clock.ts";
import { CoreMachine } from "./adapters/core-machine.ts";
import { registerFollowerMetrics } from "./adapters/follower/follower-metrics.ts";
import { GatewayExchange } from "./adapters/follower/gateway-exchange.ts";
import { JournalFollower } from "./adapters/follower/journal-follower.ts";
import { checkCertificate, registerCertificate } from "./adapters/gateway/certificate.ts";
import { startGateway } from "./adapters/gateway/gateway.ts";
import { PostgresHistoryReader } from "./adapters/history/postgres-reader.ts";
import { RedisJournal } from "./adapters/redis/redis-journal.ts";
import { serveStatus } from "./adapters/status-server.ts";
import { COMMAND_VERSION } from "./core/command-layout.ts";
import { CastleError } from "./errors.ts";
import { passUnreachable, runNode } from "./node-main.ts";
import type { FollowerStatus } from "./status.ts";
import { castleVersion } from "./version.ts";

/** A follower can wait: Redis is its second source. */
const redisTimeoutMs = 1_000;

await runNode(async ({ config, keys, name, log }) => {
  const node = config.gateways.find((gateway) => gateway.id === name);
  if (node === undefined) {
    const known = config.gateways.map((gateway) => gateway.id).join(", ");
    throw new CastleError("CONFIG_INVALID", `--node ${name}: write one of ${known}`);
  }
  const startedMs = systemClock.nowMs();
  const journal = new RedisJournal({
    url: config.redis.url,
    shard: config.shard,
    timeoutMs: redisTimeoutMs,
    log,
  });
  const machine = new CoreMachine(config.capacity);
  // A quick start where Redis answers; without it the engines give the journal from their memory.
  const snapshot = await journal
    .connect()
    .then(() => journal.loadSnapshot())
    .catch((error: unknown) => passUnreachable(error));
  if (snapshot !== null) machine.restore(snapshot.lines);
  const exchange = new GatewayExchange();
  const follower = new JournalFollower(machine, {
    config,
    name,
    journal,
    clock: systemClock,
    log,
    mayJump: true,
    isAcrossRegions: true,
    silentUpTo: 0,
    onApplied: (applied) => exchange.onApplied(applied),
    onCaughtUp: () => exchange.answerReads(),
    onPrimary: () => exchange.resend(),
    onMessage: (message) => exchange.onMessage(message),
  });
  exchange.attach(follower);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const { tls } = node;
  const certificateExpiresMs = tls && checkCertificate(tls);
  if (certificateExpiresMs !== undefined) {
    registerCertificate(metrics, () => (certificateExpiresMs - systemClock.wallMs()) / 1000);
  }
  const history = new PostgresHistoryReader({ url: config.postgres.url });
  const gateway = await startGateway({
    node,
    port: exchange,
    keys,
    config,
    history,
    clock: { nowMs: systemClock.wallMs },
    log,
    metrics,
    tls,
  });
  registerFollowerMetrics(metrics, "gateway", {
    isServing: () => exchange.isServing,
    epoch: () => exchange.epoch,
    position: () => follower.core.position,
    lagEntries: () => follower.lagEntries,
  });
  const status = await serveStatus(node.host, node.statusPort, {
    status: (): FollowerStatus => ({
      node: name,
      zone: node.zone,
      kind: "gateway",
      pid: process.pid,
      uptimeMs: Math.round(systemClock.nowMs() - startedMs),
      isServing: exchange.isServing,
      epoch: exchange.epoch,
      position: follower.core.position,
      lagEntries: follower.lagEntries,
      mark: follower.lastMark,
      version: { castle: castleVersion, commandVersion: COMMAND_VERSION },
      pending: exchange.pendingCount,
      isPrimaryHere: exchange.isPrimaryHere,
      ...(certificateExpiresMs === undefined ? {} : { certificateExpiresMs }),
    }),
    isHealthy: () => exchange.isServing,
    isPrimaryHere: () => exchange.isPrimaryHere,
    metrics,
  });
  return async () => {
    status.close();
    await gateway.close();
    follower.close();
    journal.close();
    await history.close();
  };
});
