// Every command of docs/runbooks, typed against real exchanges with the faults that the pages are about, its
// output compared with what the page says. A page that is not followed here fails.

import { createHmac } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "chai";
import { parse } from "yaml";
import { type Exchange, portsFrom, startExchange } from "../../failover/index.ts";
import { type Regions, startRegions } from "../../failover/local/regions.ts";
import { regionsPortBase, regionsPorts } from "../support/regions-ports.ts";
import { root } from "../tidy/source-tree.ts";
import { Operator } from "./operator.ts";
import { isTypedBy, readRunbook } from "./runbook.ts";

const folder = join(root, "docs/runbooks");
const pageOf = (name: string) => readFileSync(join(folder, `${name}.md`), "utf8");

/** What a page needs, in the order in which the pages are followed on one exchange. */
const onOneRegion = [
  "planned-switchover",
  "zone-loss",
  "redis-lost",
  "database-lost",
  "standby-diverged",
  "total-restart",
];
const onTwoRegions = ["region-loss", "failback"];
const sections = ["Trigger", "Check", "Command", "Abort"];

interface AlertRule {
  readonly alert: string;
  readonly annotations: { readonly runbook: string };
}

describe("Runbooks: the pages", () => {
  it("are all followed by a test", () => {
    const pages = readdirSync(folder)
      .filter((file) => file !== "README.md")
      .map((file) => file.replace(/\.md$/, ""));
    assert.sameMembers(pages, [...onOneRegion, ...onTwoRegions]);
  });

  for (const name of [...onOneRegion, ...onTwoRegions]) {
    it(`${name} says what triggers it, what to check, what to do, what to see, when to stop`, () => {
      const { headings, steps } = readRunbook(pageOf(name));
      assert.includeMembers([...headings], sections);
      const commands = steps.filter((step) => step.kind === "command");
      assert.isAtLeast(commands.length, 2);
      assert.isAtLeast(commands.filter(({ expected }) => expected.length > 0).length, 2);
    });
  }

  for (const name of [...onOneRegion, ...onTwoRegions]) {
    it(`${name} names no command that it does not show being typed`, () => {
      const { mentions, steps } = readRunbook(pageOf(name));
      const typed = steps.flatMap((step) => (step.kind === "command" ? [step.text] : []));
      const untyped = mentions.filter(({ text }) => !typed.some((line) => isTypedBy(text, line)));
      assert.deepEqual(untyped, []);
    });
  }

  const rules = parse(readFileSync(join(root, "failover/alerts/castle-alerts.yaml"), "utf8")) as {
    readonly groups: readonly { readonly rules: readonly AlertRule[] }[];
  };
  const alerts = rules.groups.flatMap((group) => group.rules);

  it("name alerts that exist, and every alert that sends a reader to them", () => {
    const known = alerts.map(({ alert }) => alert);
    for (const name of [...onOneRegion, ...onTwoRegions]) {
      const named = [...readRunbook(pageOf(name)).alerts];
      assert.includeMembers(known, named, name);
      const sent = alerts.filter(({ annotations }) => annotations.runbook.endsWith(`/${name}.md`));
      assert.includeMembers(
        named,
        sent.map(({ alert }) => alert),
        name,
      );
    }
  });
});

/** What happens while a page is followed. */
type Happenings = Readonly<Record<string, () => unknown>>;

async function follow(name: string, operator: Operator, happenings: Happenings): Promise<void> {
  for (const step of readRunbook(pageOf(name)).steps) {
    if (step.kind === "command") {
      await operator.type(step);
      continue;
    }
    const happening = happenings[step.what];
    assert.isDefined(happening, `docs/runbooks/${name}.md line ${step.line}: ${step.what}`);
    await happening?.();
  }
}

describe("Runbooks: followed on one region", function () {
  // Real servers, real deaths, and a process a command: 4 to 10 s a page, more on a busy machine.
  this.timeout(120_000);
  // A page leaves things changed: followed half, it cannot be followed again from its beginning.
  this.retries(0);
  let base = "";
  let exchange: Exchange;
  let operator: Operator;

  before(async () => {
    base = mkdtempSync(join(tmpdir(), "castle-runbooks-"));
    const portBase = await regionsPortBase();
    exchange = await startExchange({ dataDir: join(base, ".castle"), ports: portsFrom(portBase) });
    await steady(exchange);
    operator = new Operator(base, {
      PORT_BASE: String(portBase),
      GATEWAY: exchange.gatewayUrls[0]?.http ?? "",
    });
  });

  after(async () => {
    await operator.leave();
    await exchange.stop();
    rmSync(base, { recursive: true, force: true });
  });

  const happenings: Happenings = {
    "earlier work left engine-2 fenced and everything paused": async () => {
      await operator.act("castle pause --reason test");
      await operator.act("castle fence engine-2 --yes --reason test");
    },
    "zone a is lost": () => exchange.isolateZone("a"),
    "zone a is back": () => exchange.healZone("a"),
    "zone b is lost": () => exchange.isolateZone("b"),
    "zone b is back": () => exchange.healZone("b"),
    "Redis is lost": () => exchange.stopProcess("redis"),
    "Redis is back": () => exchange.startProcess("redis"),
    "the database is lost": () => exchange.stopProcess("postgres"),
    "the database is back": () => exchange.startProcess("postgres"),
    "clients go on trading": async () => {
      for (let order = 0; order < 3; order += 1) await placeOrder(exchange);
    },
    "the log of engine-2 is damaged": async () => {
      await exchange.stopProcess("engine-2");
      damage(join(base, ".castle", "engine-2", "log"));
      await exchange.startProcess("engine-2");
    },
  };

  for (const name of onOneRegion) {
    it(name, () => follow(name, operator, happenings));
  }
});

describe("Runbooks: followed on two regions", function () {
  // Two whole exchanges on two cores, and a region that is lost, found diverged, and started empty.
  this.timeout(240_000);
  this.retries(0);
  let base = "";
  let regions: Regions;
  let operator: Operator;

  before(async () => {
    base = mkdtempSync(join(tmpdir(), "castle-runbooks-"));
    regions = await startRegions({ dataDir: base, ports: await regionsPorts() });
    await steady(regions.prod);
    operator = new Operator(base);
  });

  after(async () => {
    await operator.leave();
    await regions.stop();
    rmSync(base, { recursive: true, force: true });
  });

  const zones = ["a", "b", "c"] as const;
  const happenings: Happenings = {
    "orders are taken in prod that dr does not get; then prod is lost": async () => {
      await regions.border.cut();
      await placeOrder(regions.prod);
      // At once: a link that was silent for long before the loss would be a case for force.
      await Promise.all(zones.map((zone) => regions.prod.isolateZone(zone)));
    },
    "region prod is back": async () => {
      await regions.border.heal();
      for (const zone of zones) await regions.prod.healZone(zone);
    },
    "both engines of prod are started empty": async () => {
      const engines = ["engine-1", "engine-2"];
      for (const engine of engines) await regions.prod.stopProcess(engine);
      for (const engine of engines) {
        renameSync(join(base, "prod", engine), join(base, `put-away-${engine}`));
        await regions.prod.startProcess(engine);
      }
    },
    "region dr leads": async () => {
      const leader = await regions.register.read("demo", AbortSignal.timeout(5_000));
      assert.equal(leader?.region, "dr");
    },
  };

  for (const name of onTwoRegions) {
    it(name, () => follow(name, operator, happenings));
  }
});

/** Two of three are left of a zone's loss only where all three were there. */
async function steady(exchange: Exchange): Promise<void> {
  const isWhole = async () =>
    (await exchange.status()).nodes.some(
      ({ kind, status }) =>
        kind === "engine" &&
        status !== undefined &&
        "inSync" in status &&
        status.inSync.length === 2,
    );
  while (!(await isWhole())) await sleep(50);
}

/** An order of alice's that rests in the book. */
async function placeOrder({ gatewayUrls, keys }: Exchange): Promise<void> {
  const { apiKey = "", secretKey = "" } = keys.accounts[0] ?? {};
  const query = new URLSearchParams({
    ...{ symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC" },
    ...{ quantity: "0.01", price: "60000", timestamp: String(Date.now()) },
  }).toString();
  const signature = createHmac("sha256", secretKey).update(query).digest("hex");
  const url = `${gatewayUrls[0]?.http}/api/v3/order?${query}&signature=${signature}`;
  const answer = await fetch(url, { method: "POST", headers: { "X-MBX-APIKEY": apiKey } });
  assert.equal(answer.status, 200, await answer.text());
}

/** Other bytes in the middle of an engine's log, as a failing disk leaves them. */
function damage(directory: string): void {
  const segments = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const file = join(directory, segments.sort().find((name) => name.endsWith(".log")) ?? "");
  assert.isTrue(existsSync(file), file);
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(16, 0xff), 0, 16, 200);
  closeSync(handle);
}
