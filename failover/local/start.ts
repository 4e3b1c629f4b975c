// Start: from nothing, or from yesterday's data, to a serving exchange. What does not depend on each
// other starts at the same time. Where any step fails, everything is stopped again.

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ExchangeConfig, exchangeSchema, loadJson } from "../../engine/index.ts";
import { ClusterError } from "../errors.ts";
import {
  type ClusterFiles,
  formatNewEngines,
  loadOrMakeKeys,
  type Overrides,
  openDataDir,
  planConfig,
  writeWhole,
} from "./cluster-files.ts";
import { openControl } from "./control.ts";
import { Crew } from "./crew.ts";
import { Exchange } from "./exchange.ts";
import { type ExchangeStatus, isAnswering, isHealthy } from "./exchange-status.ts";
import { forward } from "./forward.ts";
import { assertPortsFree } from "./free-ports.ts";
import { loopback } from "./loopback.ts";
import { defaultMains, type Mains, nodesOf } from "./nodes.ts";
import { stopOrphans } from "./orphans.ts";
import { keepTelling, type Tell, until } from "./progress.ts";
import { nodeRecipe, postgresRecipe, redisRecipe } from "./recipes.ts";
import { ensureRedis } from "./redis-binary.ts";
import { answersPing } from "./redis-server.ts";
import type { Substrate } from "./substrate.ts";
import { defaultPortBase, listenersOf, type Ports, portsFrom } from "./zones.ts";

export interface ExchangeOptions extends Overrides {
  /** Everything is kept below it; made where it is missing. */
  readonly dataDir: string;
  /** From `openSubstrate`; loopback where absent. */
  readonly substrate?: Substrate | undefined;
  readonly ports?: Ports | undefined;
  /** Of servers that somebody else runs; own ones are started where absent. */
  readonly redisUrl?: string | undefined;
  readonly postgresUrl?: string | undefined;
  /** Told of whatever takes longer than two seconds. */
  readonly tell?: Tell | undefined;
  readonly startTimeoutMs?: number | undefined;
  /** `following`: a region that follows serves nobody; its engines and followers are up. */
  readonly awaits?: "serving" | "following" | undefined;
  /** Gives up the start; a running exchange is stopped by `stop`. */
  readonly signal?: AbortSignal | undefined;
  /** Programs of the nodes; tests put stand-ins in their place. */
  readonly mains?: Partial<Mains> | undefined;
}

/** A first start makes a database (2 s); recovery after a crash may read a long journal. */
const defaultStartTimeoutMs = 60_000;

/** After an earlier run that was killed, its sockets may outlive it for a moment. */
const portPatienceMs = 3_000;

/** What the steps of a start share. */
interface Start {
  readonly options: ExchangeOptions;
  readonly files: ClusterFiles;
  readonly substrate: Substrate;
  readonly ports: Ports;
  readonly crew: Crew;
  readonly tell: Tell;
}

/**
 * Starts an exchange, or starts it again with every order it had, and resolves when all gateways
 * serve. The caller must call `stop` at the end. Rejects with a ClusterError or CastleError that
 * says what to do; then nothing runs any more.
 */
export async function startExchange(options: ExchangeOptions): Promise<Exchange> {
  const files = openDataDir(resolve(options.dataDir));
  const given = new AbortController();
  const signal = AbortSignal.any([given.signal, ...(options.signal ? [options.signal] : [])]);
  let exchange: Exchange | undefined;
  const substrate = options.substrate ?? loopback(undefined);
  const control = await openControl(files.dataDir, {
    status: async () => exchange?.status() ?? statusBeforeStart(files, substrate),
    stop: () => {
      given.abort();
      void exchange?.stop();
    },
    forward: async (asked) => {
      if (exchange === undefined) throw new ClusterError("NOT_ANSWERING", "it is starting");
      return forward(exchange.nodes, asked);
    },
    process: async (name, what) =>
      (what === "stop" ? exchange?.stopProcess(name) : exchange?.startProcess(name)) ?? false,
  });
  const crew = new Crew(files.dataDir, { mayLeaveOrphans: substrate.kind === "loopback" });
  const start: Start = {
    options,
    files,
    substrate,
    ports: options.ports ?? portsFrom(defaultPortBase),
    crew,
    tell: options.tell ?? (() => {}),
  };
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () =>
      reject(new ClusterError("START_FAILED", "the start was given up")),
    );
  });
  // Observed by the race below alone; a start that is not given up leaves it pending.
  aborted.catch(() => {});
  try {
    const redisBinary = await Promise.race([prepare(start), aborted]);
    const starting = startAll(start, redisBinary, (made) => {
      exchange = made;
      made.once("stopped", () => void control.close());
    });
    starting.catch(() => {});
    return await Promise.race([starting, crew.failure, aborted]);
  } catch (error) {
    await exchange?.stop();
    await crew.stop([]);
    await control.close();
    throw error;
  }
}

function statusBeforeStart({ dataDir }: ClusterFiles, { kind, reason }: Substrate): ExchangeStatus {
  return {
    substrate: kind,
    substrateReason: reason,
    dataDir,
    isServing: false,
    isolatedZones: [],
    nodes: [],
    processes: [],
  };
}

/** All that can go wrong before anything runs. Returns the Redis program, where one is needed. */
async function prepare({ options, files, substrate, ports, tell }: Start): Promise<string> {
  if (substrate.kind === "loopback") {
    const stopped = await stopOrphans(files.dataDir);
    if (stopped.length > 0) tell(`stopped what an earlier run left: ${stopped.join(", ")}`);
    const own = { ownRedis: !options.redisUrl, ownPostgres: !options.postgresUrl };
    const patienceMs = files.isNew ? 0 : portPatienceMs;
    await assertPortsFree(listenersOf(ports, own), substrate.hostOf("a"), patienceMs);
  }
  if (options.redisUrl || options.postgresUrl) {
    // Loaded only where asked for: drivers take longer to load than all the rest.
    const { checkPostgres, checkRedis } = await import("./external.ts");
    if (options.redisUrl) await checkRedis(options.redisUrl);
    if (options.postgresUrl) await checkPostgres(options.postgresUrl);
  }
  if (files.isNew) formatNewEngines(files);
  return options.redisUrl ? "" : (await ensureRedis(tell)).command;
}

async function startAll(
  start: Start,
  redisCommand: string,
  onMade: (exchange: Exchange) => void,
): Promise<Exchange> {
  const { options, files, substrate, ports, crew, tell } = start;
  const keys = loadOrMakeKeys(files);
  const timeoutMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
  const redis = options.redisUrl ? undefined : startRedis(start, redisCommand, timeoutMs);
  const postgres = options.postgresUrl ? undefined : startPostgres(start);
  // The password of the last start is the password of this one, so nobody has to wait for it.
  const postgresUrl = options.postgresUrl ?? knownPostgresUrl(start) ?? (await postgres) ?? "";
  const topology = {
    ports,
    hostOf: (zone: "a" | "b" | "c") => substrate.hostOf(zone),
    redisUrl: options.redisUrl ?? `redis://${substrate.hostOf("c")}:${ports.redis}`,
    postgresUrl,
  };
  const config = planConfig(files, topology, options);
  writeWhole(files.configFile, config);
  const nodes = nodesOf(config);
  const exchange = new Exchange({ substrate, config, keys, dataDir: files.dataDir, nodes, crew });
  onMade(exchange);
  const mains = { ...defaultMains, ...options.mains };
  const run = async (kind: "engine" | "gateway" | "history") => {
    const plans = nodes.filter((node) => node.kind === kind);
    await Promise.all(
      plans.map((plan) => {
        const log = crew.logOf(plan.name);
        const recipe = nodeRecipe(substrate, plan, { mains, configFile: files.configFile, log });
        return crew.start(recipe);
      }),
    );
  };
  await Promise.all([
    run("gateway"),
    Promise.resolve(redis).then(() => run("engine")),
    Promise.resolve(postgres).then(() => run("history")),
  ]);
  const isUp = options.awaits === "following" ? isAnswering : isHealthy;
  for (const node of nodes) {
    await until(() => isUp(node), {
      label: `${node.name} to serve`,
      timeoutMs,
      tell,
      failure: () => crew.notServing(node.name, timeoutMs),
    });
  }
  crew.hasServed();
  return exchange;
}

async function startRedis(
  { substrate, ports, files, crew, tell }: Start,
  command: string,
  timeoutMs: number,
): Promise<void> {
  const dir = join(files.dataDir, "redis");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const log = crew.logOf("redis");
  await crew.start(redisRecipe(substrate, { command, port: ports.redis, dir, log }));
  await until(() => answersPing(substrate.hostOf("c"), ports.redis, 500), {
    label: "Redis",
    timeoutMs,
    tell,
    failure: () => crew.notServing("redis", timeoutMs),
  });
}

/** Its address, with the password. */
async function startPostgres({ substrate, ports, files, crew, tell }: Start): Promise<string> {
  let url = "";
  const log = crew.logOf("postgres");
  const dir = join(files.dataDir, "postgres");
  const onUrl = (now: string) => {
    url = now;
  };
  const done = keepTelling("waiting for PostgreSQL", tell);
  await crew.start(postgresRecipe(substrate, { port: ports.postgres, dir, log, onUrl }));
  done();
  return url;
}

function knownPostgresUrl({ files, substrate, ports }: Start): string | undefined {
  if (files.isNew) return undefined;
  const { url }: ExchangeConfig["postgres"] = loadJson(exchangeSchema, files.configFile).postgres;
  return url.includes(`@${substrate.hostOf("c")}:${ports.postgres}/`) ? url : undefined;
}
