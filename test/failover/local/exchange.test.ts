// A whole local exchange: real processes, real Redis, real PostgreSQL, stand-ins for the nodes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Exchange, ExchangeOptions } from "../../../failover/index.ts";
import { startExchange } from "../../../failover/index.ts";
import { isAlive, startTicksOf } from "../../../failover/local/process-tree.ts";
import { freePorts, standInOptions, temporaryDir } from "../stand-in-exchange.ts";

const pidsOf = (exchange: Exchange) => exchange.processes().map(({ pid }) => pid as number);

/** Resolves when none of these very processes runs any more. */
async function allGone(pids: readonly { pid: number; ticks: number }[]): Promise<void> {
  while (pids.some(({ pid, ticks }) => isAlive(pid, ticks))) {
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

const withTicks = (pids: readonly number[]) =>
  pids.map((pid) => ({ pid, ticks: startTicksOf(pid) ?? 0 }));

async function refusal(start: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await start;
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("it started");
}

describe("Local exchange", function () {
  this.timeout(30_000);
  const dataDir = temporaryDir();
  let options: ExchangeOptions;
  let exchange: Exchange;

  before(async () => {
    options = await standInOptions(dataDir);
    exchange = await startExchange(options);
  });
  after(async () => {
    await exchange.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("tells of every node and every process", async () => {
    const status = await exchange.status();
    expect(status.isServing).to.equal(true);
    expect(status.nodes.map(({ name, zone }) => `${name} ${zone}`)).to.deep.equal([
      "engine-1 a",
      "engine-2 b",
      "gateway-a a",
      "gateway-b b",
      "gateway-c c",
      "history c",
    ]);
    expect(status.processes).to.have.length(8);
    expect(await exchange.zoneOf("primary")).to.equal("a");
    expect(await exchange.zoneOf("standby")).to.equal("b");
  });

  for (const name of ["engine-1", "gateway-b", "history", "redis", "postgres"]) {
    it(`starts ${name} again when it is killed`, async () => {
      const before = exchange.processes().find((process) => process.name === name)?.pid;
      const started = new Promise<number>((done) => {
        exchange.on("start", (process) => process.name === name && done(process.pid));
      });
      exchange.killProcess(name, "SIGKILL");
      expect(await started).not.to.equal(before);
    });
  }

  it("refuses a second exchange on its data directory", async () => {
    const { code } = await refusal(startExchange(options));
    expect(code).to.equal("ALREADY_RUNNING");
  });

  it("names the port that is taken", async () => {
    const other = temporaryDir();
    const blocker = createServer();
    await new Promise<void>((done) => blocker.listen(0, "127.0.0.1", done));
    const { port } = blocker.address() as { port: number };
    const ports = { ...(await freePorts()), redis: port };
    const { code, message } = await refusal(startExchange({ ...options, dataDir: other, ports }));
    blocker.close();
    rmSync(other, { recursive: true });
    expect(code).to.equal("PORT_TAKEN");
    expect(message).to.contain(String(port)).and.to.contain("redis");
  });

  it("silences a zone without closing its connections, and heals it", async () => {
    // Those that the tests before have killed are on their way back.
    while (!(await exchange.status()).nodes.every(({ status }) => status !== undefined));
    await exchange.isolateZone("c");
    const silent = await exchange.status();
    const answering = silent.nodes.filter(({ status }) => status !== undefined);
    expect(answering.map(({ zone }) => zone)).to.deep.equal(["a", "b", "a", "b"]);
    expect(silent.isolatedZones).to.deep.equal(["c"]);
    await exchange.healZone("c");
    const healed = await exchange.status();
    expect(healed.nodes.every(({ status }) => status !== undefined)).to.equal(true);
  });

  it("keeps its keys for its owner", () => {
    const { accounts } = exchange.keys;
    expect(accounts.slice(0, 2).map(({ name }) => name)).to.deep.equal(["alice", "bob"]);
    expect(new Set(accounts.map(({ apiKey }) => apiKey)).size).to.equal(26);
  });

  it("stops gateways first and engines last, leaves no process, and starts again", async () => {
    const { keys } = exchange;
    const processes = withTicks(pidsOf(exchange));
    writeFileSync(join(dataDir, "order.log"), "");
    await exchange.stop();
    expect(processes.filter(({ pid, ticks }) => isAlive(pid, ticks))).to.deep.equal([]);
    const ended = readFileSync(join(dataDir, "order.log"), "utf8").trim().split("\n");
    expect(ended.map((line) => line.replace(/-.*/, ""))).to.deep.equal([
      "ended gateway",
      "ended gateway",
      "ended gateway",
      "ended history",
      "ended engine",
      "ended engine",
    ]);
    exchange = await startExchange(options);
    expect(exchange.keys).to.deep.equal(keys);
  });
});

describe("Local exchange that cannot start", function () {
  this.timeout(30_000);
  const dataDir = temporaryDir();
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it("says what the node said, and leaves nothing running", async () => {
    const broken = join(dataDir, "broken.mjs");
    writeFileSync(broken, 'console.error("error: the moon is not full"); process.exit(2);');
    const options = await standInOptions(join(dataDir, "data"));
    const start = startExchange({ ...options, mains: { ...options.mains, history: broken } });
    const { code, message } = await refusal(start);
    expect(code).to.equal("START_FAILED");
    expect(message).to.contain("history").and.to.contain("the moon is not full");
    expect(message).not.to.contain("\n");
    // Nobody listens any more: the same ports serve the next start.
    const next = await startExchange(options);
    await next.stop();
  });
});

describe("Local exchange whose database is damaged", function () {
  this.timeout(30_000);
  const dataDir = temporaryDir();
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it("says in one line what PostgreSQL said", async () => {
    mkdirSync(join(dataDir, "postgres", "cluster"), { recursive: true });
    writeFileSync(join(dataDir, "postgres", "password"), "none");
    const { code, message } = await refusal(startExchange(await standInOptions(dataDir)));
    expect(code).to.equal("POSTGRES_FAILED");
    expect(message).to.contain("cluster").and.not.to.contain("\n");
  });
});

describe("A supervisor that is killed", function () {
  this.timeout(30_000);
  const dataDir = temporaryDir();
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it("takes every process with it, and the next start finds all in order", async () => {
    const options = await standInOptions(dataDir);
    const program = fileURLToPath(new URL("../supervisor-program.ts", import.meta.url));
    const supervisor = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(supervisor.stdout, "data");
    const processes = withTicks(JSON.parse(String(line)) as number[]);
    expect(processes).to.have.length(8);
    supervisor.kill("SIGKILL");
    await allGone(processes);
    const next = await startExchange(options);
    await next.stop();
  });
});
