// A host's start, as far as it can be tried without one: the configuration is filled in, units and scripts are
// whole, and the laid-out folder starts its engine.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "chai";
import { exchangeSchema, keysSchema, parseWith } from "../../../engine/config.ts";
import { renderExchange, usualGenesis } from "../../../infra/components/exchange-config.ts";
import { buildBundle, bundles } from "../../../infra/packaging/bundle.ts";
import { fillConfig, keysFile, nodeName } from "../../../infra/packaging/fill-config.ts";
import { layOutHost } from "../../../infra/packaging/host-archive.ts";
import { hostFiles } from "../../../infra/packaging/host-files.ts";

const exchange = JSON.stringify(
  renderExchange({
    shard: "main",
    engineAddresses: ["127.0.0.1", "127.0.0.2"],
    journal: { host: "journal.example", port: 6379 },
    database: { host: "history.example", port: 5432, name: "castle" },
    databaseUser: "castle",
    failureTimeoutMs: 200,
    hasTlsAtGateway: false,
    hasLocalZone: false,
    proxyCidrs: [],
    genesis: usualGenesis,
  }),
);
const secrets = { JOURNAL_PASSWORD: "a/b@c", DATABASE_PASSWORD: "xyz" };

describe("Configuration of a node", function () {
  // The first one compiles the schema.
  this.timeout(10_000);

  it("is filled with secrets, escaped for the URLs that they stand in", () => {
    const filled = fillConfig(exchange, secrets);
    const { redis, postgres } = parseWith(exchangeSchema, JSON.parse(filled), "exchange.json");
    assert.equal(decodeURIComponent(new URL(redis.url).password), "a/b@c");
    assert.equal(new URL(postgres.url).password, "xyz");
  });

  it("names every secret that is missing, at once", () => {
    assert.throws(() => fillConfig(exchange, {}), /JOURNAL_PASSWORD, DATABASE_PASSWORD/);
  });

  it("joins accounts and the operators' token to the nodes' keys file", () => {
    const token = "0123456789abcdef";
    const text = keysFile({ API_KEYS: '{"accounts":[]}', OPERATOR_TOKEN: token });
    const keys = parseWith(keysSchema, JSON.parse(text), "keys.json");
    assert.deepEqual(keys, { accounts: [], operatorToken: token });
    assert.deepEqual(JSON.parse(keysFile({})), { accounts: [] });
  });

  it("calls a gateway by the zone that it runs in", () => {
    const zones = '{"us-east-1d":"a","us-east-1a":"b"}';
    assert.equal(nodeName("gateway", "us-east-1a", zones), "gateway-b");
    assert.equal(nodeName("engine-1", undefined, "{}"), "engine-1");
    assert.throws(() => nodeName("gateway", "us-east-1f", zones), /us-east-1f/);
  });
});

describe("Files of a host", () => {
  it("start what the archive holds, and end it as a primary must be ended", () => {
    for (const program of ["engine", "gateway"]) {
      const unit = hostFiles.find(({ path }) => path === `systemd/castle-${program}.service`);
      assert.include(unit?.text, `ExecStart=/opt/castle/bin/castle-start ${program}\n`);
      assert.include(unit?.text, "KillSignal=SIGTERM");
      assert.isDefined(bundles.find(({ name }) => name === program));
    }
  });

  it("have a start that bash can read", () => {
    const start = hostFiles.find(({ path }) => path === "bin/castle-start");
    const { status, stderr } = spawnSync("bash", ["-n"], { input: start?.text, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});

describe("A host's folder", function () {
  // Builds two bundles.
  this.timeout(240_000);
  let dir: string;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "castle-host-"));
    const built = bundles.filter(({ name }) => name === "engine" || name === "gateway");
    for (const bundle of built) await buildBundle(bundle, join(dir, bundle.name));
    layOutHost([join(dir, "engine"), join(dir, "gateway")], join(dir, "host"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const node = (program: string, args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [join(dir, "host", program), ...args], {
      cwd: tmpdir(),
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", ...env },
    });

  it("configures its node into memory, for its owner's eyes only", () => {
    writeFileSync(join(dir, "template.json"), exchange);
    const run = join(dir, "run");
    const { status, stdout, stderr } = node("configure.mjs", [run], {
      ...secrets,
      CASTLE_EXCHANGE_FILE: join(dir, "template.json"),
      CASTLE_NODE: "engine-1",
    });
    assert.equal(status, 0, stderr);
    assert.equal(stdout + stderr, "", "no secret in a log");
    assert.equal(readFileSync(join(run, "node"), "utf8"), "engine-1");
    assert.equal(statSync(join(run, "exchange.json")).mode & 0o777, 0o600);
    const config = JSON.parse(readFileSync(join(run, "exchange.json"), "utf8"));
    parseWith(exchangeSchema, config, "exchange.json");
  });

  it("ends with one line where a secret is missing", () => {
    const { status, stderr } = node("configure.mjs", [join(dir, "none")], {
      CASTLE_EXCHANGE: exchange,
      CASTLE_NODE: "engine-1",
    });
    assert.equal(status, 2);
    assert.match(stderr, /JOURNAL_PASSWORD.*\(SECRET_MISSING\)/);
  });

  it("runs both programs, each with what it reads from beside it", () => {
    for (const program of ["engine", "gateway"]) {
      const { status, stderr } = node(`${program}.mjs`, ["--config", "none.json", "--node", "x"]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /cannot read none\.json.*\(CONFIG_INVALID\)/);
    }
  });
});
