// castle zone and castle redis as processes, against fakes of ARC and ElastiCache that listen. No exchange runs here:
// every node is silent, which the checks must say.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { genesis } from "../../../failover/local/genesis.ts";
import { freePort } from "../../support/free-port.ts";
import { FakeArc } from "../adapters/fake-arc.ts";
import { FakeElastiCache } from "../adapters/fake-elasticache.ts";
import { temporaryDir } from "../stand-in-exchange.ts";
import { castle, program } from "./castle-process.ts";

const resources = ["arn:aws:elb:r:1:loadbalancer/api", "arn:aws:elb:r:1:loadbalancer/entry"];

describe("castle zone, castle redis", function () {
  // A process each.
  this.timeout(30_000);
  const directory = temporaryDir();
  const log = join(directory, "operations.jsonl");
  const arc = new FakeArc();
  const cache = new FakeElastiCache({ "store-001": "us-east-1b", "store-002": "us-east-1c" });
  const cacheServer: Server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    void text(request).then((body) => {
      const sent = { method, host: "", path: url, target: undefined, body };
      const answer = cache.answer({ ...sent, authorization: String(headers.authorization) });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  const on = (...args: string[]) =>
    castle([...args, "--config", join(directory, "deployment.json"), "--json"]);
  const acts = () => arc.requests.filter((request) => !request.startsWith("GET"));
  const failing = (json: { checks: { id: string; level: string }[] }) =>
    json.checks.filter(({ level }) => level === "fail").map(({ id }) => id);

  before(async () => {
    const arcUrl = await arc.listen();
    await new Promise<void>((listening) => cacheServer.listen(0, "127.0.0.1", listening));
    const cacheUrl = `http://127.0.0.1:${(cacheServer.address() as AddressInfo).port}`;
    // Nobody listens there.
    const statusPort = await freePort();
    const host = "127.0.0.1";
    const engine = (id: number, zone: string) => ({ id, zone, host, linkPort: 1, statusPort });
    const exchange = {
      shard: "demo",
      engines: [engine(1, "a"), engine(2, "b")],
      gateways: [{ id: "gateway-a", zone: "a", host, httpPort: 1, statusPort }],
      history: { zone: "c", host, statusPort },
      redis: { zone: "c", url: "redis://127.0.0.1:1" },
      postgres: { zone: "c", url: "postgres://127.0.0.1:1/x" },
      ...{ dataDir: directory, keysFile: "keys.json", genesis },
    };
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "exchange.json"), JSON.stringify(exchange));
    const awsRegion = "us-east-1";
    const zonalShift = {
      ...{ kind: "arc", awsRegion, endpoint: arcUrl, resources },
      zones: { a: "use1-az4", b: "use1-az6", c: "use1-az1" },
    };
    const store = {
      ...{ kind: "elasticache", awsRegion, endpoint: cacheUrl, replicationGroupId: "journal" },
      zones: { a: "us-east-1a", b: "us-east-1b", c: "us-east-1c" },
    };
    const region = { name: "home", exchange: "exchange.json", zonalShift, store };
    const deployment = { shard: "demo", regions: [region] };
    writeFileSync(join(directory, "deployment.json"), JSON.stringify(deployment));
  });
  beforeEach(() => {
    arc.requests.length = 0;
    arc.shifts.clear();
    for (const [index, resourceIdentifier] of resources.entries()) {
      arc.shifts.set(`shift-${index}`, { resourceIdentifier, awayFrom: "use1-az4" });
    }
  });
  after(() => {
    arc.close();
    cacheServer.closeAllConnections();
    cacheServer.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("show a plan and change nothing under --dry-run", async () => {
    const back = await on("zone", "return", "a", "--dry-run");
    expect(back.exitCode, back.stdout + back.stderr).to.equal(0);
    expect(back.json).to.include({ isDryRun: true, isRefused: false });
    expect(back.json.steps.map(({ id }: { id: string }) => id)).to.deep.equal(["return"]);
    const away = await on("zone", "leave", "b", "--dry-run");
    expect(away.exitCode).to.equal(3);
    expect(failing(away.json)).to.deep.equal(["other-zone", "gateways"]);
    expect(away.json.steps.map(({ id }: { id: string }) => id)).to.deep.equal(["shift"]);
    const place = await on("redis", "place", "--dry-run");
    expect(place.exitCode).to.equal(3);
    expect(failing(place.json)).to.deep.equal(["in-sync"]);
    expect(acts()).to.deep.equal([]);
    expect(cache.promotions).to.deep.equal([]);
    expect(existsSync(log)).to.equal(false);
  });

  it("let a zone in again, and write down that they did", async () => {
    const { exitCode, stdout, stderr } = await on("zone", "return", "a", "--reason", "healed");
    expect(exitCode, stdout + stderr).to.equal(0);
    expect(acts()).to.deep.equal(["DELETE /zonalshifts/shift-0", "DELETE /zonalshifts/shift-1"]);
    const records = readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ kind }: { kind: string }) => kind)).to.deep.equal([
      ...["planned", "stepBegan", "stepDone", "done"],
    ]);
    expect(records[0]).to.include({ verb: "zone return", reason: "healed" });
    const again = await on("zone", "return", "a");
    expect(again.json).to.include({ isDone: true });
  });

  it("refuse to leave a zone where nobody else would take the clients", async () => {
    const { exitCode, json } = await on("zone", "leave", "c", "--yes");
    expect(exitCode).to.equal(3);
    expect(failing(json)).to.deep.equal(["other-zone", "gateways"]);
    expect(acts()).to.deep.equal([]);
  });

  it("are seen by castle status, once a second as one object a line under --watch", async () => {
    const config = ["--config", join(directory, "deployment.json")];
    const child = spawn(process.execPath, [program, "status", "--watch", "--json", ...config]);
    const watched: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      watched.push(line);
      if (watched.length === 2) child.kill("SIGKILL");
    }
    expect(watched).to.have.length.of.at.least(2);
    for (const line of watched) {
      const [home] = JSON.parse(line).regions;
      expect(home.away).to.deep.equal([{ zone: "a", isWhole: true }]);
      expect(home.store).to.deep.equal({ zone: "b", isSettled: true });
    }
    const { stdout } = await castle(["status", ...config]);
    expect(stdout).to.contain("shifted away from: zone a\nRedis: primary in zone b\n");
  });
});
