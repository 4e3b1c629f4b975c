// `castle doctor` on a deployment of two regions in which one of everything is wrong. Nodes and controllers are
// stand-ins that say so over HTTP, the register is a real one, and AWS does not answer.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { DynamoDbRegister } from "../../../failover/adapters/dynamodb-register.ts";
import type { Finding } from "../../../failover/doctor/finding.ts";
import { genesis } from "../../../failover/local/genesis.ts";
import { startRegisterServer } from "../../../failover/local/register-server.ts";
import { freePort } from "../../support/free-port.ts";
import { temporaryDir } from "../stand-in-exchange.ts";
import { castle } from "./castle-process.ts";

const host = "127.0.0.1";
const shard = "demo";
const table = "castle-register";
const mark = { position: 0, hash: "" };
const version = { castle: "0.1.0", commandVersion: 3 };
const dayMs = 86_400_000;

const shared = { zone: "a", pid: 1, uptimeMs: 1, epoch: 3, mark, version };
const leads = {
  ...{ name: "home", role: "active", term: 1, isConfirmed: true, durability: "zone" },
  ...{ lag: null, heardAgoMs: null },
};
const follows = {
  ...leads,
  name: "dr",
  role: "dr",
  lag: { entries: 0, ms: 0 },
  heardAgoMs: 90_000,
};
const engine = (node: string, said: object) => ({
  ...{ ...shared, node, kind: "engine", role: "standby", isServing: false, inSync: [] },
  position: { appended: 7, committed: 7, applied: 7 },
  peer: { isConnected: true, position: 7 },
  redis: { isReachable: true, instance: "x", isAgreed: true },
  decisions: [],
  ...said,
});
const follower = (node: string, kind: string, said: object = {}) => ({
  ...{ ...shared, node, kind, isServing: true, position: 7, lagEntries: 0 },
  ...said,
});
const controller = (region: string, approval: string, said: object = {}) => ({
  ...{ region, approval, confirmedAgoMs: null, isOtherSeen: true, watch: { lagWhenSeen: null } },
  decision: { kind: "none", reason: "FOLLOWS" },
  ...said,
});

describe("castle doctor", function () {
  // A register, nine servers, and the command as a process of its own.
  this.timeout(30_000);
  const dataDir = temporaryDir();
  const servers: Server[] = [];
  let stopRegister: () => Promise<void>;
  let findings: readonly Finding[];

  async function serve(status: object): Promise<number> {
    const server = createServer((_request, response) => response.end(JSON.stringify(status)));
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, host, done));
    return (server.address() as AddressInfo).port;
  }

  async function region(
    name: string,
    { engines, gateway }: { engines: readonly object[]; gateway: object },
  ): Promise<void> {
    const dir = join(dataDir, name);
    mkdirSync(dir);
    const keys = { operatorToken: "0123456789abcdef", accounts: [] };
    writeFileSync(join(dir, "keys.json"), JSON.stringify(keys));
    const exchange = {
      ...{ shard, genesis, dataDir: dir, keysFile: "keys.json" },
      engines: await Promise.all(
        engines.map(async (status, index) => ({
          ...{ id: index + 1, zone: "ab"[index], host, linkPort: 1 },
          statusPort: await serve(status),
        })),
      ),
      gateways: [
        { ...{ id: "gateway-a", zone: "a", host, httpPort: 1 }, statusPort: await serve(gateway) },
      ],
      history: { zone: "c", host, statusPort: await serve(follower("history", "history")) },
      redis: { zone: "c", url: "redis://127.0.0.1:1" },
      postgres: { zone: "c", url: "postgres://127.0.0.1:1/x" },
    };
    writeFileSync(join(dir, "exchange.json"), JSON.stringify(exchange));
  }

  before(async () => {
    const server = await startRegisterServer({
      port: await freePort(),
      dir: join(dataDir, "register"),
    });
    stopRegister = () => server.stop();
    const { endpoint } = server;
    const register = new DynamoDbRegister({ region: "us-east-1", endpoint, table });
    const limit = AbortSignal.timeout(10_000);
    await register.createTable(limit);
    await register.open({ shard, region: "home", by: "test", reason: "first" }, limit);
    await region("home", {
      engines: [
        engine("engine-1", { role: "primary", isServing: true, isAlone: true, region: leads }),
        engine("engine-2", { role: "replaced", replacedBy: 2, region: leads }),
      ],
      gateway: follower("gateway-a", "gateway", {
        version: { castle: "0.0.9", commandVersion: 2 },
        certificateExpiresMs: Date.now() + 9.5 * dayMs,
      }),
    });
    await region("dr", {
      engines: ["engine-1", "engine-2"].map((name) =>
        engine(name, { role: "dr", region: { ...follows, isDiverged: name === "engine-2" } }),
      ),
      gateway: follower("gateway-a", "gateway"),
    });
    const proposal = { id: "dr-1-1", reason: "LAG_ABOVE_GATE" };
    const nowhere = "http://127.0.0.1:1";
    const statusPorts = {
      home: await freePort(),
      dr: await serve(controller("dr", "manual", { proposal })),
    };
    const deployment = {
      ...{ shard, register: { endpoint, awsRegion: "us-east-1", table } },
      regions: (["home", "dr"] as const).map((name) => ({
        ...{ name, exchange: `${name}/exchange.json` },
        controller: { host, statusPort: statusPorts[name] },
      })),
      traffic: [
        {
          ...{ kind: "route53", endpoint: nowhere, hostedZoneId: "Z1" },
          records: [{ name: "api.castle.example", type: "A" }],
          regions: { home: { setIdentifier: "home" }, dr: { setIdentifier: "dr" } },
        },
      ],
      database: {
        ...{ kind: "aurora", endpoint: nowhere, globalClusterId: "castle-history" },
        clusters: {
          home: { arn: "arn:aws:rds:eu-west-1:1:cluster:home", awsRegion: "eu-west-1" },
          dr: { arn: "arn:aws:rds:us-east-1:1:cluster:dr", awsRegion: "us-east-1" },
        },
      },
    };
    const file = join(dataDir, "deployment.json");
    writeFileSync(file, JSON.stringify(deployment));
    const { json, exitCode, stdout, stderr } = await castle(["doctor", "--config", file, "--json"]);
    expect(exitCode, stdout + stderr).to.equal(1);
    findings = json.findings;
  });
  after(async () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await stopRegister();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const planted: readonly [what: string, level: Finding["level"], id: string, text: string][] = [
    ["an engine that was forced", "fail", "alone", "home: engine-1 was forced"],
    ["an engine whose seat is taken", "fail", "replaced", "home: engine-2 runs as incarnation 1"],
    ["a journal that is no continuation", "fail", "diverged", "dr: engine-2 does not continue"],
    ["a link that is silent", "fail", "lag", "dr is 0 entries, 90"],
    ["a gateway of another version", "warn", "versions", "gateway-a: 0.0.9, commands 2"],
    ["a certificate that is served", "warn", "certificates", "home/gateway-a expires in 9 days"],
    ["a controller that is gone", "fail", "controllers", "of home does not answer"],
    ["a takeover that is proposed", "warn", "controllers", "proposes a takeover: LAG_ABOVE_GATE"],
    ["traffic that nobody can move", "warn", "traffic", "does not answer"],
    [
      "a database that does not answer",
      "warn",
      "database",
      "Aurora global database does not answer",
    ],
  ];
  for (const [what, level, id, text] of planted) {
    it(`finds ${what}`, () => {
      const ofIt = findings.filter((one) => one.level === level && one.id === id);
      expect(ofIt.map((one) => one.text).join("\n"), JSON.stringify(findings)).to.contain(text);
      for (const { advice } of ofIt) expect(advice).to.be.a("string");
    });
  }
});
