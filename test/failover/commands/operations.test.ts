// The operators' commands, as processes, on one real exchange: engines, gateways, Redis, PostgreSQL.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Redis } from "ioredis";
import type { EngineStatus } from "../../../engine/index.ts";
import type { Exchange } from "../../../failover/index.ts";
import { startExchange } from "../../../failover/index.ts";
import { registerOperations } from "../../../failover/operations-cli.ts";
import { leavesOf } from "../../castle-cli/command-tree.ts";
import { freePorts, temporaryDir } from "../stand-in-exchange.ts";
import { castle } from "./castle-process.ts";

const refusedAlone = {
  id: "voter",
  level: "fail",
  isForceable: true,
  text: "neither Redis nor the other engine is in its reach: two of three are lost, and alone it may lack what the others had",
};

/** Looked at where a region has balancers and a managed Redis: zones.test.ts. */
const inAws = ["zone leave", "zone return", "redis place"];

/** Decisions that an engine takes because it was told to. */
const byOperators: ReadonlySet<string> = new Set([
  ...["PAUSED", "RESUMED", "FENCED", "UNFENCED", "HANDING_OVER", "FORCED", "MEMBER_NAMED"],
]);

/** What each operation is asked for, by its name. */
const dryRuns: Readonly<Record<string, readonly string[]>> = {
  switchover: [],
  failover: ["--force", "--reason", "a look"],
  failback: [],
  fence: ["engine-2"],
  unfence: ["engine-2"],
  pause: [],
  resume: [],
  "member replace": ["engine-2"],
  "zone leave": ["a"],
  "zone return": ["a"],
  "redis place": [],
  reopen: ["--all", "--status", "halt"],
};

describe("Operations on a running exchange", function () {
  // Real servers, and a process for each command.
  this.timeout(60_000);
  const dataDir = temporaryDir();
  const on = (...args: string[]) => castle([...args, "--data", dataDir]);
  let exchange: Exchange;

  before(async () => {
    exchange = await startExchange({ dataDir, ports: await freePorts() });
    await inSync();
  });
  after(async () => {
    await exchange.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function engine(name: string): Promise<EngineStatus | undefined> {
    return (await exchange.nodeStatus(name)).status as EngineStatus | undefined;
  }
  async function engines(): Promise<(EngineStatus | undefined)[]> {
    return [await engine("engine-1"), await engine("engine-2")];
  }
  const serving = async () => (await engines()).find((status) => status?.isServing)?.node;

  async function until(probe: () => Promise<boolean>): Promise<void> {
    while (!(await probe())) await new Promise((wake) => setTimeout(wake, 10));
  }
  /** As before each test: one serves, the other two hold everything. */
  const inSync = () =>
    until(async () => (await engines()).some((status) => status?.inSync.length === 2));

  /** Killed, and started again by the supervisor at once. */
  async function killPrimary(): Promise<string> {
    const name = (await serving()) ?? "";
    const before = (await engine(name))?.pid;
    exchange.killProcess(name, "SIGKILL");
    await until(async () => {
      const pid = (await engine(name))?.pid;
      return pid !== undefined && pid !== before;
    });
    return name;
  }

  it("show a plan and change nothing under --dry-run", async function () {
    // A process for each operation.
    this.timeout(180_000);
    const log = join(dataDir, "operations.jsonl");
    for (const { path: name } of leavesOf(registerOperations)) {
      // On a machine without an exchange: member-seat.test.ts.
      if (name === "member seat") continue;
      const args = dryRuns[name];
      // A new verb says here how it is looked at.
      if (args === undefined) throw new Error(`no dry run of castle ${name}`);
      await inSync();
      const { exitCode, json } = await on(...name.split(" "), ...args, "--dry-run", "--json");
      if (json.error !== undefined) {
        expect(json.error.code, name).to.equal("NOT_POSSIBLE");
        expect(inAws, name).to.include(name);
        continue;
      }
      expect(exitCode, name).to.equal(0);
      if (json.sentence !== undefined) continue;
      expect(json.isDryRun, name).to.equal(true);
      expect(json.steps.length, name).to.be.greaterThan(0);
      for (const step of json.steps) {
        expect(step.what).to.be.a("string");
        expect(step.budgetMs).to.be.greaterThan(0);
      }
    }
    const decided = (await engines()).flatMap((status) => status?.decisions ?? []);
    expect(decided.length).to.be.greaterThan(0);
    expect(decided.filter(({ code }) => byOperators.has(code))).to.deep.equal([]);
    expect(existsSync(log)).to.equal(false);
  });

  it("switch over and back home, each step timed against its budget", async () => {
    const there = await on("switchover", "--reason", "a test", "--json");
    expect(there.exitCode, there.stdout).to.equal(0);
    expect(there.json.steps.map(({ step }: { step: string }) => step)).to.deep.equal([
      "hand-over",
      "serve",
      "gateways",
      "stand-by",
    ]);
    expect(await serving()).to.equal("engine-2");
    await inSync();
    const preflight = await on("preflight", "failover");
    expect(preflight.exitCode, preflight.stdout).to.equal(0);
    expect(preflight.stdout).to.contain("failover: possible, not needed");
    const again = await on("switchover", "--to", "engine-2", "--json");
    expect(again.json).to.include({ isDone: true });
    expect(again.json.sentence).to.contain("engine-2 serves already");
    const home = await on("failback");
    expect(home.exitCode, home.stdout).to.equal(0);
    expect(home.stdout).to.match(/done {4}hand-over .* of 1000 ms/);
    expect(await serving()).to.equal("engine-1");
    await inSync();
  });

  it("keep hands off a paused exchange, until an operator fails it over or resumes", async () => {
    expect((await on("pause", "--reason", "a test")).exitCode).to.equal(0);
    const killed = await killPrimary();
    await until(async () => (await engines()).every((status) => status?.peer.isConnected === true));
    expect(await serving()).to.equal(undefined);
    const refused = await on("switchover", "--json");
    expect(refused.exitCode).to.equal(3);
    expect(refused.json.checks[0]).to.include({ id: "primary", level: "fail" });
    const asked = await on("failover");
    expect(asked.exitCode).to.equal(2);
    expect(asked.stderr).to.contain("NOT_CONFIRMED");
    const taken = await on("failover", "--yes", "--reason", "the primary is dead");
    expect(taken.exitCode, taken.stdout + taken.stderr).to.equal(0);
    expect(await serving()).not.to.equal(undefined);
    expect((await engines()).map((status) => status?.isPaused)).to.deep.equal([true, true]);
    expect((await on("resume")).exitCode).to.equal(0);
    await inSync();
    const next = await killPrimary();
    await until(async () => (await serving()) !== undefined);
    expect([killed, next]).to.include(killed);
    await inSync();
  });

  it("fence the standby, refuse a switchover to it, and unfence it", async () => {
    const standby = (await serving()) === "engine-1" ? "engine-2" : "engine-1";
    expect((await on("fence", standby, "--yes")).exitCode).to.equal(0);
    expect((await engine(standby))?.isFenced).to.equal(true);
    const preflight = await on("preflight", "switchover", "--json");
    expect(preflight.exitCode).to.equal(3);
    expect(preflight.json.checks).to.deep.include({
      id: "standby-fenced",
      level: "fail",
      text: `${standby} is fenced: castle unfence ${standby} first`,
    });
    expect((await on("unfence", standby)).exitCode).to.equal(0);
    await inSync();
    expect((await on("preflight")).exitCode).to.equal(0);
  });

  it("reopen symbols in stages", async () => {
    const where = async (status: string) =>
      (await on("reopen", "BTCUSDT", "--status", status, "--dry-run", "--json")).json;
    let present = "trading";
    for (const status of ["halt", "cancelOnly", "auction", "trading"]) {
      expect((await where(status)).parameters.present).to.include({ BTCUSDT: present });
      const { exitCode, stdout } = await on("reopen", "BTCUSDT", "--status", status, "--yes");
      expect(exitCode, stdout).to.equal(0);
      expect(stdout).to.contain(`BTCUSDT goes from ${present} to ${status}`);
      present = status;
    }
    expect((await where("trading")).sentence).to.equal("status of BTCUSDT is trading already");
  });

  it("resume the replacement of a member whose operator's program was killed", async () => {
    if ((await serving()) !== "engine-1") await on("switchover", "--to", "engine-1");
    await inSync();
    const args = ["member", "replace", "engine-2", "--yes", "--data", dataDir];
    const killed = await castle(args, (child) => {
      child.stdout?.on("data", (part) => {
        if (String(part).includes("archive")) child.kill("SIGKILL");
      });
    });
    expect(killed.exitCode).to.equal(null);
    const next = await on("member", "replace", "engine-2", "--yes", "--json");
    expect(next.exitCode).to.equal(2);
    expect(next.json.error.code).to.equal("OPERATION_UNFINISHED");
    const id = /--resume (\S+)/.exec(next.json.error.message)?.[1] ?? "";
    // Nothing is done: neither does it go on, nor is it given up.
    for (const option of ["--resume", "--abandon"]) {
      const looked = await on("member", "replace", option, id, "--dry-run", "--json");
      expect(looked.exitCode, looked.stdout).to.equal(0);
      expect(looked.json).to.include({ isDryRun: true });
    }
    expect((await engine("engine-2"))?.node).to.equal(undefined);
    const resumed = await on("member", "replace", "--resume", id, "--yes", "--json");
    expect(resumed.exitCode, resumed.stdout).to.equal(0);
    const outcomes = resumed.json.steps.map(
      ({ step, outcome }: { step: string; outcome: string }) => `${step} ${outcome}`,
    );
    expect(outcomes.slice(0, 3)).to.deep.equal([
      "stop wasThere",
      "name wasThere",
      "archive wasThere",
    ]);
    await inSync();
    expect(readdirSync(join(dataDir, "archive"))).to.have.length(1);
    const replaced = await engine("engine-2");
    expect(replaced).to.include({ role: "standby", incarnation: 2 });
    expect((await engine("engine-1"))?.peerMember).to.deep.equal({
      incarnation: 2,
      isCommitted: true,
    });
  });

  it("go on alone by force only, when two of three are lost", async () => {
    const primary = (await serving()) ?? "";
    const left = primary === "engine-1" ? "engine-2" : "engine-1";
    // Killed and kept down at once: what is stopped in order hands over first.
    exchange.killProcess("redis", "SIGKILL");
    exchange.killProcess(primary, "SIGKILL");
    await Promise.all([exchange.stopProcess("redis"), exchange.stopProcess(primary)]);
    await until(async () => {
      const status = await engine(left);
      return status?.redis.isReachable === false && !status.peer.isConnected;
    });
    const refused = await on("failover", "--yes", "--json");
    expect(refused.exitCode).to.equal(3);
    expect(refused.json.checks).to.deep.include.members([refusedAlone]);
    const forced = await on("failover", "--force", "--reason", "two are lost", "--yes");
    expect(forced.exitCode, forced.stdout + forced.stderr).to.equal(0);
    expect(forced.stdout).to.contain("goes on alone with what it has");
    expect(await serving()).to.equal(left);
    await exchange.startProcess("redis");
    await exchange.startProcess(primary);
    await inSync();
  });

  it("tell what happened, in order", async () => {
    const { exitCode, json } = await on("history", "--since", "1h", "--json");
    expect(exitCode).to.equal(0);
    const times = json.entries.map(({ atMs }: { atMs: number }) => atMs);
    expect(times).to.deep.equal([...times].sort((left: number, right: number) => left - right));
    const sources = new Set(json.entries.map(({ source }: { source: string }) => source));
    expect([...sources].sort()).to.deep.equal(["engine-1", "engine-2", "operation"]);
    const { stdout } = await on("history");
    expect(stdout).to.contain("SERVING epoch").and.to.contain("hand-over done in");
    expect((await on("history", "--since", "2030-01-01", "--json")).json.entries).to.deep.equal([]);
  });

  it("find nothing wrong, and then what is planted", async () => {
    const calm = await on("doctor", "--json");
    expect(
      calm.json.findings.filter(({ level }: { level: string }) => level !== "ok"),
    ).to.deep.equal([]);
    expect(calm.exitCode).to.equal(0);
    const redis = new Redis(exchange.config.redis.url);
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await on("pause", "engine-1");
    const file = join(dataDir, "exchange.json");
    const config = JSON.parse(readFileSync(file, "utf8"));
    const copy = { ...config, capacity: { ...config.capacity, orders: 4096 } };
    writeFileSync(join(dataDir, "gateway-a.json"), "not looked at");
    const copyFile = join(dataDir, "engine-2", "exchange.json");
    writeFileSync(copyFile, JSON.stringify(copy));
    const ill = await on("doctor", "--json");
    await redis.config("SET", "maxmemory-policy", "noeviction");
    redis.disconnect();
    rmSync(copyFile);
    await on("resume", "engine-1");
    expect(ill.exitCode).to.equal(1);
    const found = ill.json.findings
      .filter(({ level }: { level: string }) => level !== "ok")
      .map(({ id, level }: { id: string; level: string }) => `${level} ${id}`);
    expect(found.sort()).to.deep.equal(["fail config", "fail redis-eviction", "warn paused"]);
  });
});
