// Recipes: how each process of a cluster is started, and asked to end.

import type { LogFile } from "./log-file.ts";
import type { Mains, NodePlan } from "./nodes.ts";
import { startPostgres } from "./postgres.ts";
import { redisArguments } from "./redis-server.ts";
import { running, spawnBound } from "./spawn.ts";
import type { Substrate } from "./substrate.ts";
import type { Recipe } from "./supervised.ts";

/** Lower goes first: the members of the quorum, then what answers clients, then what follows. */
const niceness = { engine: -10, redis: -10, gateway: -5, history: 5 } as const;

export function nodeRecipe(
  substrate: Substrate,
  { name, kind, zone }: NodePlan,
  { mains, configFile, log }: { mains: Mains; configFile: string; log: LogFile },
): Recipe {
  const args = [mains[kind], "--config", configFile, "--node", name];
  return {
    name,
    zone,
    stopSignal: "SIGTERM",
    launch: () =>
      running(
        spawnBound(substrate, zone, process.execPath, args, { stdio: ["ignore", log.fd, log.fd] }),
        niceness[kind],
      ),
  };
}

export function redisRecipe(
  substrate: Substrate,
  { command, port, dir, log }: { command: string; port: number; dir: string; log: LogFile },
): Recipe {
  const args = redisArguments({ host: substrate.hostOf("c"), port, dir });
  return {
    name: "redis",
    zone: "c",
    // Redis writes out its log and ends.
    stopSignal: "SIGTERM",
    launch: () =>
      running(
        spawnBound(substrate, "c", command, args, { stdio: ["ignore", log.fd, log.fd] }),
        niceness.redis,
      ),
  };
}

export function postgresRecipe(
  substrate: Substrate,
  {
    port,
    dir,
    log,
    onUrl,
  }: { port: number; dir: string; log: LogFile; onUrl: (url: string) => void },
): Recipe {
  return {
    name: "postgres",
    zone: "c",
    // Fast: sessions are ended, a checkpoint is written.
    stopSignal: "SIGINT",
    launch: async () => {
      const server = await startPostgres({
        dataDir: dir,
        host: substrate.hostOf("c"),
        port,
        log: (line) => log.write(line),
        spawn: (command, args, options) => spawnBound(substrate, "c", command, args, options),
      });
      onUrl(server.url);
      const exited = server.exited.then(() => ({ code: null, signal: null }));
      return { pid: server.pid, exited };
    },
  };
}
