// A real Redis of a test's own, on a free port, in a folder of its own that goes with it.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { findRedis } from "../../failover/local/redis-binary.ts";
import { freePort } from "./free-port.ts";

export class RedisServer {
  readonly port: number;
  readonly dir: string;
  private readonly settings: readonly string[];
  private child: ChildProcess | null = null;

  private constructor(port: number, dir: string, settings: readonly string[]) {
    this.port = port;
    this.dir = dir;
    this.settings = settings;
  }

  static async start(...settings: string[]): Promise<RedisServer> {
    const dir = mkdtempSync(join(tmpdir(), "castle-redis-"));
    const server = new RedisServer(await freePort(), dir, settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** What it keeps is on disk at once, so that a restart finds all of it. */
  async start(): Promise<void> {
    const place = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.dir];
    const durable = ["--save", "", "--appendonly", "yes", "--appendfsync", "no"];
    const binary = findRedis();
    if (binary === undefined) throw new Error("there is no redis-server 7 on the PATH");
    this.child = spawn(binary.command, [...place, ...durable, ...this.settings], {
      stdio: "ignore",
    });
    const client = this.client();
    while ((await client.ping().catch(() => "")) !== "PONG") await sleep(10);
    client.disconnect();
  }

  /** For commands beside the library. Disconnect it. */
  client(): Redis {
    const client = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: 0 });
    client.on("error", () => undefined);
    return client;
  }

  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    const client = this.client();
    try {
      await new Promise((ready) => client.once("ready", ready));
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((exited) => child.once("exit", exited));
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    await gone;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
