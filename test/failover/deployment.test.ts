// deployment.json: what it refuses, with the path of each fault, and where its paths lead.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { loadDeployment, localDeployment } from "../../failover/deployment.ts";
import { genesis } from "../../failover/local/genesis.ts";
import { openPorts } from "../../failover/open-ports.ts";
import { temporaryDir } from "./stand-in-exchange.ts";

describe("Deployment", () => {
  const directory = temporaryDir();
  const file = join(directory, "deployment.json");
  before(() => {
    for (const name of ["home", "dr"]) {
      const dir = join(directory, name);
      mkdirSync(dir);
      const host = "127.0.0.1";
      const engine = (id: number, zone: string) => ({ id, zone, host, linkPort: 1, statusPort: 2 });
      const exchange = {
        shard: "demo",
        engines: [engine(1, "a"), engine(2, "b")],
        gateways: [{ id: "gateway-a", zone: "a", host, httpPort: 1, statusPort: 2 }],
        history: { zone: "c", host, statusPort: 3 },
        redis: { zone: "c", url: "redis://127.0.0.1:1" },
        postgres: { zone: "c", url: "postgres://127.0.0.1:1/x" },
        dataDir: dir,
        keysFile: "keys.json",
        genesis,
      };
      writeFileSync(join(dir, "exchange.json"), JSON.stringify(exchange));
    }
    const keys = { operatorToken: "0123456789abcdef", accounts: [] };
    writeFileSync(join(directory, "home", "keys.json"), JSON.stringify(keys));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const regions = ["home", "dr"].map((name) => ({ name, exchange: `${name}/exchange.json` }));
  const register = { awsRegion: "eu-west-1", table: "castle" };
  const good = { shard: "demo", register, regions };
  const load = (change: object) => {
    writeFileSync(file, JSON.stringify({ ...good, ...change }));
    return loadDeployment(file);
  };

  const faults: readonly [string, object, string][] = [
    ["two regions without a register", { register: undefined }, "two regions need a register"],
    ["two regions of one name", { regions: [regions[0], regions[0]] }, "different names"],
    ["no region", { regions: [] }, "regions"],
    ["a key that nobody knows", { aproval: "automatic" }, "aproval"],
    ["an approval that is none", { approval: "maybe" }, "approval"],
    ["one failed look as a loss", { gates: { failedLooksMin: 1 } }, "gates.failedLooksMin"],
    ["an exchange of another shard", { shard: "other" }, "is of shard demo, not other"],
    ["an exchange that is not there", { regions: [{ name: "x", exchange: "x.json" }] }, "x.json"],
  ];
  for (const [name, change, said] of faults) {
    it(`refuses ${name}`, () => expect(() => load(change)).to.throw(said));
  }

  it("finds what it names, relative to itself", () => {
    const deployment = load({ tls: { certificates: ["tls/a.pem"] }, dataDir: "log" });
    expect(deployment.regions.map(({ operatorToken }) => operatorToken)).to.deep.equal([
      "0123456789abcdef",
      undefined,
    ]);
    expect(deployment.certificates).to.deep.equal([join(directory, "tls", "a.pem")]);
    expect(deployment.dataDir).to.equal(join(directory, "log"));
    expect(deployment.approval).to.equal("manual");
  });

  it("may hold the exchanges itself, each with its faults named", () => {
    const [home, dr] = ["home", "dr"].map((name) => ({
      name,
      exchange: JSON.parse(readFileSync(join(directory, name, "exchange.json"), "utf8")),
      operatorTokenFile: "home/keys.json",
    }));
    const deployment = load({ regions: [home, dr] });
    expect(deployment.regions.map(({ exchangeFile }) => exchangeFile)).to.deep.equal([file, file]);
    expect(deployment.regions.map(({ operatorToken }) => operatorToken)).to.deep.equal([
      "0123456789abcdef",
      "0123456789abcdef",
    ]);
    const broken = { ...dr, exchange: { ...dr?.exchange, engines: [] } };
    expect(() => load({ regions: [home, broken] })).to.throw(/region dr[\s\S]*engines/);
  });

  it("opens what a region has of AWS, where it is named", async function () {
    // Loads the clients of AWS.
    this.timeout(20_000);
    const [home, dr] = regions;
    const awsRegion = "eu-west-1";
    const zonalShift = {
      ...{ kind: "arc", awsRegion, resources: ["arn:balancer"], zones: { a: "euw1-az1" } },
    };
    const store = {
      ...{ kind: "elasticache", awsRegion, replicationGroupId: "x", zones: { c: "eu-west-1c" } },
    };
    const named = load({ regions: [{ ...home, zonalShift, store }, dr], register });
    const [opened, bare] = (await openPorts(named)).regions;
    expect(opened?.zoneTraffic?.name).to.equal("ARC zonal shift");
    expect(opened?.store?.name).to.equal("ElastiCache");
    expect(bare).not.to.have.any.keys("zoneTraffic", "store");
    const wrong = load({ regions: [home, { ...dr, store: { kind: "memcached" } }] });
    const outcome = await openPorts(wrong).catch((error: Error) => error.message);
    expect(outcome).to.contain("regions.dr.store.kind");
  });

  it("is one region without a register, of a local exchange", () => {
    const deployment = localDeployment(join(directory, "home"));
    expect(deployment.regions.map(({ name }) => name)).to.deep.equal(["local"]);
    expect(deployment.register).to.equal(undefined);
    expect(() => localDeployment(join(directory, "nowhere"))).to.throw("there is no exchange");
  });
});
