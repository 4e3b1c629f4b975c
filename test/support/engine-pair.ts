// Two engines of a test's own in this process: real sockets, real disks, a real Redis, and their
// status ports with the operators' routes.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { Registry } from "prom-client";
import { systemClock } from "../../engine/adapters/clock.ts";
import { EngineNode } from "../../engine/adapters/engine/engine-node.ts";
import { OperatorGate } from "../../engine/adapters/operator-gate.ts";
import { serveStatus } from "../../engine/adapters/status-server.ts";
import { formatEngine } from "../../engine/adapters/storage/identity.ts";
import type { AdminAnswer, AdminVerb } from "../../engine/admin.ts";
import { type ExchangeConfig, exchangeSchema, type Keys, keysSchema } from "../../engine/config.ts";
import type { EngineStatus } from "../../engine/status.ts";
import { freePort } from "./free-port.ts";
import { RedisServer } from "./redis-server.ts";

const shard = "pair";
export const operatorToken = "an-operators-token-of-a-test";

const keys: Keys = keysSchema.parse({ operatorToken, accounts: [] });

interface Member {
  readonly engine: EngineNode;
  readonly status: Server;
}

async function planPair(dataDir: string, redisUrl: string): Promise<ExchangeConfig> {
  const ports = await Promise.all(Array.from({ length: 8 }, freePort));
  const port = () => ports.pop() as number;
  const engine = (id: number, zone: string) => {
    return { id, zone, host: "127.0.0.1", linkPort: port(), statusPort: port() };
  };
  return exchangeSchema.parse({
    shard,
    engines: [engine(1, "a"), engine(2, "b")],
    gateways: [
      { id: "gateway-a", zone: "a", host: "127.0.0.1", httpPort: port(), statusPort: port() },
    ],
    history: { zone: "c", host: "127.0.0.1", statusPort: port() },
    redis: { zone: "c", url: redisUrl },
    postgres: { zone: "c", url: "postgres://unused" },
    dataDir,
    keysFile: "unused",
    capacity: { orders: 2_000, rememberedOrders: 1_000, accounts: 16, levels: 2_000 },
    genesis: {
      assets: [
        { name: "BTC", decimals: 8 },
        { name: "USDT", decimals: 6 },
      ],
      symbols: ["BTCUSDT", "XBTUSDT"].map((name) => ({
        name,
        base: "BTC",
        quote: "USDT",
        tickSize: "0.01",
        lotSize: "0.0001",
        priceMax: "1000000",
        quantityMax: "9000",
        notionalMin: "5",
        makerFeePpm: 0,
        takerFeePpm: 0,
      })),
    },
  });
}

export class EnginePair {
  readonly config: ExchangeConfig;
  readonly redis: RedisServer;
  private readonly members: [Member | null, Member | null] = [null, null];

  private constructor(config: ExchangeConfig, redis: RedisServer) {
    this.config = config;
    this.redis = redis;
  }

  /** Both run, and one serves with both others in sync. */
  static async start(): Promise<EnginePair> {
    const redis = await RedisServer.start();
    const dataDir = mkdtempSync(join(tmpdir(), "castle-pair-"));
    const pair = new EnginePair(await planPair(dataDir, redis.url), redis);
    for (const id of [1, 2] as const) {
      formatEngine(pair.directory(id), { shard, engineId: id });
      await pair.startEngine(id);
    }
    await pair.primary(2);
    return pair;
  }

  directory(id: 1 | 2): string {
    return join(this.config.dataDir, `engine-${id}`);
  }

  engine(id: 1 | 2): EngineNode {
    const member = this.members[id - 1];
    if (member == null) throw new Error(`engine ${id} does not run`);
    return member.engine;
  }

  async startEngine(id: 1 | 2): Promise<EngineNode> {
    const node = this.config.engines[id - 1] as ExchangeConfig["engines"][number];
    const engine = new EngineNode({
      config: this.config,
      keys,
      node,
      directory: this.directory(id),
      clock: systemClock,
      log: pino({ level: "silent" }),
      onFatal: (error) => {
        throw error;
      },
    });
    await engine.start();
    const status = await serveStatus(node.host, node.statusPort, {
      status: () => engine.status(),
      isHealthy: () => true,
      metrics: new Registry(),
      operators: new OperatorGate(keys.operatorToken, (verb, asked) =>
        engine.operators.carryOut(verb, asked),
      ),
    });
    this.members[id - 1] = { engine, status };
    return engine;
  }

  async stopEngine(id: 1 | 2): Promise<void> {
    const member = this.members[id - 1];
    this.members[id - 1] = null;
    if (member == null) return;
    member.status.close();
    member.status.closeAllConnections();
    await member.engine.stop();
  }

  /** The one that serves, once it does with so many voters in sync. */
  async primary(inSync = 1): Promise<1 | 2> {
    for (;;) {
      for (const id of [1, 2] as const) {
        const engine = this.members[id - 1]?.engine;
        if (engine?.replica.isServing && engine.replica.inSync().length >= inSync) return id;
      }
      await sleep(5);
    }
  }

  async until(isMet: () => boolean): Promise<void> {
    while (!isMet()) await sleep(5);
  }

  /** `code` is the HTTP status. */
  async ask(
    id: 1 | 2,
    verb: AdminVerb | string,
    body: object = {},
    token: string | null = operatorToken,
  ): Promise<{ code: number; answer: AdminAnswer }> {
    const node = this.config.engines[id - 1] as ExchangeConfig["engines"][number];
    const response = await fetch(`http://127.0.0.1:${node.statusPort}/admin/${verb}`, {
      method: "POST",
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      body: JSON.stringify({ by: "test", reason: "a test", ...body }),
    });
    return { code: response.status, answer: (await response.json()) as AdminAnswer };
  }

  status(id: 1 | 2): EngineStatus {
    return this.engine(id).status();
  }

  /** Codes of the engine's decision log, over all its starts. */
  decisions(id: 1 | 2): string[] {
    const text = readFileSync(join(this.directory(id), "decisions.jsonl"), "utf8");
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).code);
  }

  async stop(): Promise<void> {
    await this.stopEngine(1);
    await this.stopEngine(2);
    await this.redis.remove();
    rmSync(this.config.dataDir, { recursive: true, force: true });
  }
}
