// Two engines as real processes and a real Redis, without gateways and PostgreSQL: small enough for a
// test of what happens to disks, Redis and versions, and as real as production underneath.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type EngineStatus,
  type ExchangeConfig,
  engineStatusSchema,
  exchangeSchema,
  formatEngine,
  parseWith,
} from "../../engine/index.ts";
import { freePort } from "./free-port.ts";
import { RedisServer } from "./redis-server.ts";

export type EngineNumber = 1 | 2;

/** A run that is cut short must leave no engine behind. */
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export interface EngineClusterOptions {
  readonly timing?: Partial<ExchangeConfig["timing"]>;
  readonly capacity?: Partial<ExchangeConfig["capacity"]>;
  readonly redisSettings?: readonly string[];
  /** Where engines and clients look for Redis; a relay, for instance. */
  readonly redisUrlOf?: (redis: RedisServer) => Promise<string>;
  readonly region?: ExchangeConfig["region"];
  /** Of the engines; another version of the code, for instance. */
  readonly main?: string;
}

const engineMain = fileURLToPath(new URL("../../engine/engine-main.ts", import.meta.url));
const shard = "cluster";
const operatorToken = "operator-token-of-the-test";
/** One cent a tick of one coin: amounts are small numbers. */
const genesis = {
  assets: [
    { name: "COIN", decimals: 0 },
    { name: "CASH", decimals: 2 },
  ],
  symbols: [
    {
      name: "COINCASH",
      base: "COIN",
      quote: "CASH",
      tickSize: "0.01",
      lotSize: "1",
      priceMax: "1000",
      quantityMax: "1000",
      notionalMin: "0.01",
      makerFeePpm: 0,
      takerFeePpm: 0,
    },
  ],
};
const smallCapacity = { orders: 20_000, rememberedOrders: 5_000, accounts: 64, levels: 4_096 };

export class EngineCluster {
  readonly redis: RedisServer;
  readonly config: ExchangeConfig;
  readonly dir: string;
  private readonly mains = new Map<EngineNumber, string>();
  private readonly wrappers = new Map<EngineNumber, readonly string[]>();
  private readonly children = new Map<EngineNumber, ChildProcess>();

  private constructor(redis: RedisServer, config: ExchangeConfig, dir: string) {
    this.redis = redis;
    this.config = config;
    this.dir = dir;
  }

  /** Redis runs; the engines are formatted and not started. */
  static async prepare(options: EngineClusterOptions = {}): Promise<EngineCluster> {
    const redis = await RedisServer.start(...(options.redisSettings ?? []));
    const dir = mkdtempSync(join(tmpdir(), "castle-cluster-"));
    const port = () => freePort();
    const host = "127.0.0.1";
    const config = parseWith(
      exchangeSchema,
      {
        shard,
        engines: [
          { id: 1, zone: "a", host, linkPort: await port(), statusPort: await port() },
          { id: 2, zone: "b", host, linkPort: await port(), statusPort: await port() },
        ],
        gateways: [
          { id: "gateway-a", zone: "a", host, httpPort: await port(), statusPort: await port() },
        ],
        history: { zone: "c", host, statusPort: await port() },
        redis: { zone: "c", url: (await options.redisUrlOf?.(redis)) ?? redis.url },
        postgres: { zone: "c", url: "postgres://nobody@127.0.0.1:1/none" },
        dataDir: dir,
        keysFile: join(dir, "keys.json"),
        timing: options.timing ?? {},
        capacity: { ...smallCapacity, ...options.capacity },
        genesis,
        region: options.region,
      },
      "the test's exchange",
    );
    writeFileSync(join(dir, "exchange.json"), JSON.stringify(config));
    const account = {
      accountId: 1,
      name: "t",
      apiKey: "k".repeat(64),
      secretKey: "s".repeat(64),
      deposits: {},
    };
    writeFileSync(join(dir, "keys.json"), JSON.stringify({ operatorToken, accounts: [account] }));
    for (const engineId of [1, 2] as const) {
      formatEngine(join(dir, `engine-${engineId}`), { shard, engineId });
    }
    const cluster = new EngineCluster(redis, config, dir);
    for (const id of [1, 2] as const) cluster.mains.set(id, options.main ?? engineMain);
    return cluster;
  }

  static async start(options: EngineClusterOptions = {}): Promise<EngineCluster> {
    const cluster = await EngineCluster.prepare(options);
    cluster.run(1);
    cluster.run(2);
    await cluster.whole();
    return cluster;
  }

  engineDir(id: EngineNumber): string {
    return join(this.dir, `engine-${id}`);
  }

  /** The program that this engine runs from its next start on. */
  useMain(id: EngineNumber, main: string): void {
    this.mains.set(id, main);
  }

  /** A command that runs this engine's command from its next start on. */
  wrap(id: EngineNumber, wrapper: readonly string[]): void {
    this.wrappers.set(id, wrapper);
  }

  /** Starts one engine; it logs into the cluster's folder. */
  run(id: EngineNumber): ChildProcess {
    const args = ["--config", join(this.dir, "exchange.json"), "--node", `engine-${id}`];
    const plain = [process.execPath, this.mains.get(id) as string, ...args];
    const [command = "", ...rest] = [...(this.wrappers.get(id) ?? []), ...plain];
    const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(this.logFile(id), { flags: "a" });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.children.set(id, child);
    alive.add(child);
    child.once("exit", () => alive.delete(child));
    return child;
  }

  /**
   * The configuration of a machine that had this engine's seat: it reaches all others, its data lie in
   * `dir`, and nobody is configured to reach it.
   */
  async besides(id: EngineNumber, dir: string): Promise<EngineCluster> {
    const engines = await Promise.all(
      this.config.engines.map(async (engine) =>
        engine.id === id
          ? { ...engine, linkPort: await freePort(), statusPort: await freePort() }
          : engine,
      ),
    );
    const config = { ...this.config, engines, dataDir: dir };
    writeFileSync(join(dir, "exchange.json"), JSON.stringify(config));
    const beside = new EngineCluster(this.redis, config, dir);
    beside.mains.set(id, this.mains.get(id) as string);
    return beside;
  }

  /** One word to one engine; the answer's code, or "done". */
  async ask(id: EngineNumber, verb: string, body: object): Promise<string> {
    const node = this.config.engines.find((engine) => engine.id === id);
    const response = await fetch(`http://127.0.0.1:${node?.statusPort}/admin/${verb}`, {
      method: "POST",
      headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
      body: JSON.stringify({ by: "test", reason: "a test", ...body }),
    });
    const { isDone, code } = (await response.json()) as { isDone: boolean; code?: string };
    return isDone ? "done" : (code ?? "refused");
  }

  private logFile(id: EngineNumber): string {
    return join(this.dir, `engine-${id}.log`);
  }

  logOf(id: EngineNumber): string {
    return readFileSync(this.logFile(id), "utf8");
  }

  signal(id: EngineNumber, signal: NodeJS.Signals): void {
    this.children.get(id)?.kill(signal);
  }

  pidOf(id: EngineNumber): number {
    return this.children.get(id)?.pid as number;
  }

  /** The engine gets an empty disk, as after a replacement of its machine. */
  wipe(id: EngineNumber): void {
    rmSync(this.engineDir(id), { recursive: true, force: true });
  }

  /** Its exit code, or the signal that ended it. */
  async ended(id: EngineNumber): Promise<number | NodeJS.Signals> {
    const child = this.children.get(id) as ChildProcess;
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return (child.exitCode ?? child.signalCode) as number | NodeJS.Signals;
  }

  async end(id: EngineNumber, signal: NodeJS.Signals): Promise<void> {
    this.signal(id, "SIGCONT");
    this.signal(id, signal);
    await this.ended(id);
  }

  /** `null` where it does not answer. */
  async status(id: EngineNumber): Promise<EngineStatus | null> {
    const node = this.config.engines.find((engine) => engine.id === id);
    try {
      const response = await fetch(`http://127.0.0.1:${node?.statusPort}/status`, {
        signal: AbortSignal.timeout(1_000),
      });
      return engineStatusSchema.parse(await response.json());
    } catch {
      return null;
    }
  }

  async primary(): Promise<EngineStatus | null> {
    const all = await Promise.all([this.status(1), this.status(2)]);
    return (
      all
        .filter((status) => status?.isServing === true)
        .sort((a, b) => (b?.epoch ?? 0) - (a?.epoch ?? 0))[0] ?? null
    );
  }

  /** Waits until the primary satisfies this; the test's own timeout is the bound. */
  async until(isSo: (primary: EngineStatus) => boolean): Promise<EngineStatus> {
    for (;;) {
      const primary = await this.primary();
      if (primary !== null && isSo(primary)) return primary;
      await sleep(20);
    }
  }

  /** One serves, and both others are in sync with it. */
  whole(): Promise<EngineStatus> {
    return this.until((primary) => primary.inSync.length === 2);
  }

  async endAll(): Promise<void> {
    for (const id of this.children.keys()) {
      const child = this.children.get(id);
      if (child?.exitCode === null && child.signalCode === null) await this.end(id, "SIGKILL");
    }
  }

  async remove(): Promise<void> {
    await this.endAll();
    await this.redis.remove();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
