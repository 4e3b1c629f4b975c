// The controller as a process, with a real register and nodes that only answer HTTP: killed (SIGKILL) while it waits
// for an engine in the middle of a takeover, and started again.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { DynamoDbRegister } from "../../failover/adapters/dynamodb-register.ts";
import { genesis } from "../../failover/local/genesis.ts";
import { startRegisterServer } from "../../failover/local/register-server.ts";
import { OperationLog } from "../../failover/plan/operation-log.ts";
import { freePort } from "../support/free-port.ts";
import { temporaryDir } from "./stand-in-exchange.ts";

const controllerMain = fileURLToPath(new URL("../../failover/controller-main.ts", import.meta.url));
const host = "127.0.0.1";
const shard = "demo";
const table = "castle-register";
const operatorToken = "0123456789abcdef";

/** An engine of the region that follows, as far as a controller can see it. */
class StandInEngine {
  role: "active" | "dr" = "dr";
  term = 1;
  readonly told: string[] = [];
  /** Answers to "lead" wait for it. */
  gate: Promise<void> = Promise.resolve();
  onLead: () => void = () => {};
  private readonly name: string;
  private readonly server: Server;

  constructor(name: string) {
    this.name = name;
    this.server = createServer((request, response) => {
      void this.answer(request).then((body) => response.end(JSON.stringify(body)));
    });
  }

  async listen(port: number): Promise<void> {
    this.server.listen(port, host);
    await once(this.server, "listening");
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage): Promise<object> {
    if (request.method === "GET") return this.status();
    expect(request.headers.authorization).to.equal(`Bearer ${operatorToken}`);
    let text = "";
    for await (const part of request) text += String(part);
    const { role, term } = JSON.parse(text) as { role: "active" | "dr"; term: number };
    this.told.push(`${role} ${term}`);
    if (role === "active") {
      this.onLead();
      await this.gate;
    }
    Object.assign(this, { role, term });
    return { isDone: true, position: 7 };
  }

  private status(): object {
    const isServing = this.role === "active";
    return {
      ...{ node: this.name, zone: "a", pid: 1, uptimeMs: 1, isServing, epoch: 3 },
      kind: "engine",
      role: isServing ? "primary" : "dr",
      position: { appended: 7, committed: 7, applied: 7 },
      inSync: [],
      peer: { isConnected: true, position: 7 },
      redis: { isReachable: true, instance: "x", isAgreed: true },
      mark: { position: 0, hash: "" },
      region: {
        ...{ name: "dr", role: this.role, term: this.term, isConfirmed: true, durability: "zone" },
        lag: { entries: 0, ms: 0 },
        heardAgoMs: 20,
      },
      decisions: [],
    };
  }
}

describe("Controller, killed in the middle of a takeover", function () {
  // Starts a process twice, which looks once a second.
  this.timeout(30_000);
  const dataDir = temporaryDir();
  const engines = [new StandInEngine("engine-1"), new StandInEngine("engine-2")] as const;
  const children: ChildProcess[] = [];
  let stopRegister: () => Promise<void>;
  let register: DynamoDbRegister;
  let deploymentFile: string;
  let gateway: Server;

  before(async () => {
    const server = await startRegisterServer({
      port: await freePort(),
      dir: join(dataDir, "register"),
    });
    stopRegister = () => server.stop();
    register = new DynamoDbRegister({ region: "us-east-1", endpoint: server.endpoint, table });
    const limit = AbortSignal.timeout(10_000);
    await register.createTable(limit);
    await register.open({ shard, region: "home", by: "test", reason: "first" }, limit);
    const engineStatus = [await freePort(), await freePort()];
    const gatewayStatus = await freePort();
    for (const [index, engine] of engines.entries()) await engine.listen(engineStatus[index] ?? 0);
    gateway = createServer((_request, response) => {
      const isServing = engines.some(({ role }) => role === "active");
      const shared = { node: "gateway-a", zone: "a", pid: 1, uptimeMs: 1, isServing, epoch: 4 };
      const status = { ...shared, kind: "gateway", position: 7, lagEntries: 0 };
      response.end(JSON.stringify({ ...status, mark: { position: 0, hash: "" } }));
    });
    gateway.listen(gatewayStatus, host);
    await once(gateway, "listening");
    // Nothing of the region at home listens anywhere.
    await writeExchange("home", [await freePort(), await freePort()], await freePort());
    await writeExchange("dr", engineStatus, gatewayStatus);
    deploymentFile = join(dataDir, "deployment.json");
    const deployment = {
      shard,
      register: { endpoint: server.endpoint, awsRegion: "us-east-1", table },
      regions: [
        { name: "home", exchange: "home/exchange.json" },
        {
          ...{ name: "dr", exchange: "dr/exchange.json" },
          controller: { host, statusPort: await freePort() },
        },
      ],
      gates: { failedLooksMin: 2, windowMs: 0, antiFlapMs: 0 },
      approval: "automatic",
    };
    writeFileSync(deploymentFile, JSON.stringify(deployment));
  });
  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    for (const engine of engines) engine.close();
    gateway.close();
    gateway.closeAllConnections();
    await stopRegister();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function writeExchange(
    name: string,
    engineStatus: readonly number[],
    gatewayStatus: number,
  ): Promise<void> {
    const dir = join(dataDir, name);
    mkdirSync(dir);
    writeFileSync(join(dir, "keys.json"), JSON.stringify({ operatorToken, accounts: [] }));
    const exchange = {
      shard,
      engines: engineStatus.map((statusPort, index) => ({
        ...{ id: index + 1, zone: "ab"[index], host, linkPort: 1, statusPort },
      })),
      gateways: [{ id: "gateway-a", zone: "a", host, httpPort: 1, statusPort: gatewayStatus }],
      history: { zone: "c", host, statusPort: 1 },
      redis: { zone: "c", url: "redis://127.0.0.1:1" },
      postgres: { zone: "c", url: "postgres://127.0.0.1:1/x" },
      dataDir: dir,
      keysFile: "keys.json",
      genesis,
    };
    writeFileSync(join(dir, "exchange.json"), JSON.stringify(exchange));
  }

  function startController(): ChildProcess {
    const args = [controllerMain, "--config", deploymentFile, "--region", "dr"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    children.push(child);
    return child;
  }

  it("is followed by one that finishes what it had begun", async () => {
    let open: () => void = () => {};
    for (const engine of engines) {
      engine.gate = new Promise((done) => {
        open = done;
      });
    }
    const hasBegun = new Promise<void>((done) => {
      for (const engine of engines) engine.onLead = done;
    });
    const first = startController();
    await hasBegun;
    const log = new OperationLog(join(dataDir, "dr", "controller"));
    expect(log.plans().map(({ state }) => state)).to.deep.equal(["unfinished"]);
    const moved = await register.read(shard, AbortSignal.timeout(5_000));
    expect(moved).to.include({ region: "dr", term: 2 });
    first.kill("SIGKILL");
    await once(first, "exit");
    for (const engine of engines) engine.gate = Promise.resolve();
    open();
    startController();
    while (log.plans()[0]?.state !== "done") await new Promise((wake) => setTimeout(wake, 20));
    const [plan, ...others] = log.plans();
    expect(others).to.deep.equal([]);
    expect(plan?.records.some(({ kind }) => kind === "resumed")).to.equal(true);
    const done = plan?.records.flatMap((record) =>
      record.kind === "stepDone" ? [`${record.step} ${record.wasThere ? "was so" : "done"}`] : [],
    );
    expect(done?.slice(0, 2)).to.deep.equal(["move-register done", "move-register was so"]);
    for (const engine of engines) expect(engine.role).to.equal("active");
    const still = await register.read(shard, AbortSignal.timeout(5_000));
    expect(still).to.include({ region: "dr", term: 2 });
  });

  it("says what it decides, and takes no approval without the token", async () => {
    const { regions } = JSON.parse(readFileSync(deploymentFile, "utf8"));
    const url = `http://${host}:${regions[1].controller.statusPort}`;
    const status = await (await fetch(`${url}/status`)).json();
    expect(status).to.include({ region: "dr", approval: "automatic", isOtherSeen: false });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).to.contain("castle_controller_term 2");
    expect(metrics).to.contain('castle_controller_decisions_total{kind="confirm",reason="LEADS"}');
    const approve = (headers: Record<string, string>) =>
      fetch(`${url}/approve`, { method: "POST", headers, body: JSON.stringify({ id: "x" }) });
    expect((await approve({})).status).to.equal(403);
    expect((await approve({ authorization: `Bearer ${operatorToken}` })).status).to.equal(409);
  });
});
