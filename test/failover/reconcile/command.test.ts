// castle reconcile on engines' directories: what is listed, what it is worth, and that sending it
// again to a gateway of the new region makes it good exactly once.

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Command, PlaceOrder } from "../../../engine/core/command.ts";
import { keysSchema } from "../../../engine/index.ts";
import { ApiSender } from "../../../failover/reconcile/api-sender.ts";
import { reconcileJournals } from "../../../failover/reconcile/journals.ts";
import { planResend, readAnswer } from "../../../failover/reconcile/resend.ts";
import { csvOf } from "../../../failover/reconcile/row.ts";
import {
  alice,
  bob,
  openMarkets,
  startHarness,
  testConfig,
} from "../../engine/adapters/gateway/harness.ts";
import type { EngineDisk } from "../../support/engine-disk.ts";
import { RegionJournal } from "./region-journal.ts";

const config = testConfig();
const market = { accountId: alice.accountId, symbolId: 1 } as const;

function order(clientOrderId: string, more: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    ...market,
    kind: "placeOrder",
    side: "buy",
    type: "limit",
    timeInForce: "gtc",
    priceTicks: 5_000_000,
    quantityLots: 100,
    quoteUnits: 0,
    clientOrderId,
    ...more,
  };
}

const byId = (clientOrderId: string) => ({ orderId: 0, clientOrderId });

/** What both regions know. */
const beginning: readonly Command[] = [
  order("early"),
  order("other"),
  order("ask", { accountId: bob.accountId, side: "sell", priceTicks: 5_100_000 }),
];

/** What only the old region did. */
const tail: readonly Command[] = [
  order("late", { quantityLots: 50 }),
  order("taker", { priceTicks: 5_100_000, quantityLots: 40 }),
  { kind: "cancelOrder", ...market, target: byId("other"), onlyIf: "any" },
  { kind: "reduceOrder", ...market, target: byId("early"), quantityLots: 30 },
  {
    kind: "cancelReplaceOrder",
    stopOnFailure: true,
    cancel: { target: byId("late"), onlyIf: "any" },
    place: order("later", { quantityLots: 20 }),
  },
  order("poor", { quantityLots: 80_000_000 }),
  { kind: "deposit", accountId: bob.accountId, assetId: 1, units: 150_000_000 },
];

function regions(): { old: RegionJournal; now: RegionJournal } {
  const old = new RegionJournal(config.capacity, 9);
  openMarkets({ execute: (command) => void old.execute(command) });
  for (const command of beginning) old.execute(command);
  const now = old.fork(600);
  for (const command of tail) old.execute(command);
  return { old, now };
}

describe("castle reconcile: engines' directories", function () {
  // Real directories, a real gateway and processes of their own.
  this.timeout(20_000);
  const disks: EngineDisk[] = [];
  let root: string;

  async function written(journal: RegionJournal, checkpointAt = 0): Promise<EngineDisk> {
    const disk = await journal.write({ checkpointAt });
    disks.push(disk);
    return disk;
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "castle-reconcile-"));
  });
  afterEach(() => {
    for (const disk of disks.splice(0)) disk.remove();
    rmSync(root, { recursive: true });
  });

  it("lists what is lost, with what it did and what it is worth", async () => {
    const { old, now } = regions();
    const [oldDisk, newDisk] = [await written(old), await written(now)];
    const found = await reconcileJournals({ config, oldDir: oldDisk.dir, newDir: newDisk.dir });
    const brief = found.rows.map((row) => `${row.kind} ${row.command} ${row.clientOrderId}`);
    expect(brief).to.deep.equal([
      "lost placeOrder late",
      "lost placeOrder taker",
      "lost cancelOrder other",
      "lost reduceOrder early",
      "lost cancelReplaceOrder later",
      "lost placeOrder poor",
      "lost deposit ",
    ]);
    expect(found.rows.map((row) => row.result)).to.deep.equal([
      "accepted",
      "accepted",
      "canceled",
      "reduced",
      "canceled accepted",
      "rejected INSUFFICIENT_BALANCE",
      "deposited",
    ]);
    expect(found.rows[1]).to.include({
      ...{ symbol: "BTCUSDT", side: "buy", type: "limit", account: 1 },
      ...{ price: "51000.00000000", quantity: "0.00400000", executed: "0.00400000" },
      executedQuote: "204.00000000",
      fills: "0.00400000@51000.00000000 taker 1/taker maker 2/ask",
    });
    expect(found.rows[1]?.balances).to.contain("2 USDT +203.95920000 free +0.00000000 locked");
    expect(found.rows[6]?.quantity).to.equal("1.50000000 BTC");
    expect(found.atStake).to.deep.equal([
      {
        ...{ asset: "BTC", traded: "0.00400000", resting: "0.00000000" },
        ...{ paidIn: "1.50000000", paidOut: "0.00000000" },
      },
      {
        ...{ asset: "USDT", traded: "204.00000000", resting: "100.00000000" },
        ...{ paidIn: "0.00000000", paidOut: "0.00000000" },
      },
    ]);
    const lines = csvOf(found.rows).split("\r\n");
    expect(lines).to.have.length(tail.length + 2);
    expect(lines[0]).to.match(/^kind,id,position,epoch,time,/);
  });

  it("makes it good through a gateway, and changes nothing the second time", async () => {
    const { old, now } = regions();
    const [oldDisk, newDisk] = [await written(old), await written(now)];
    const found = await reconcileJournals({ config, oldDir: oldDisk.dir, newDir: newDisk.dir });
    const plan = planResend(found.differences, found.markets, () => true);
    expect(plan.left.map(({ why }) => why)).to.deep.equal([
      "it changed nothing in the old region: rejected INSUFFICIENT_BALANCE",
      "deposit is to be entered by hand",
    ]);
    // The new region as its gateway has it: the same beginning.
    const harness = await startHarness();
    for (const command of beginning) harness.exchange.execute(command);
    const accounts = [alice, bob].map((one) => ({ ...one, name: "test", deposits: {} }));
    const sender = new ApiSender(harness.url, keysSchema.parse({ accounts }));
    const send = async () => {
      const answers = [];
      for (const request of plan.requests) {
        answers.push(readAnswer(request, await sender.send(request)));
      }
      return answers;
    };
    expect(await send()).to.deep.equal(Array(plan.requests.length).fill("done"));
    const { core } = harness.exchange;
    const stateOf = () => [1, 2].map((account) => core.openOrders(account, 0));
    const state = stateOf();
    expect(state[0]?.map((one) => [one.clientOrderId, one.quantityLots])).to.deep.equal([
      ["early", 30],
      ["later", 20],
    ]);
    expect(core.orderByClientId(1, "taker")).to.include({ status: "filled", executedLots: 40 });
    expect(core.orderByClientId(1, "other")).to.include({ status: "canceled" });
    const trades = core.lastTrade(1);
    const again = await send();
    expect(again.slice(0, 3)).to.deep.equal(["unchanged", "unchanged", "unchanged"]);
    expect(again).to.not.include("refused");
    expect(stateOf()).to.deep.equal(state);
    expect(core.lastTrade(1)).to.deep.equal(trades);
    await harness.close();
  });

  it("sends what is named only", async () => {
    const { old, now } = regions();
    const [oldDisk, newDisk] = [await written(old), await written(now)];
    const found = await reconcileJournals({ config, oldDir: oldDisk.dir, newDir: newDisk.dir });
    const lateId = found.rows[0]?.id ?? "";
    const plan = planResend(found.differences, found.markets, (one) => one.id === lateId);
    expect(plan.requests).to.deep.equal([
      {
        ...{ id: lateId, accountId: 1, method: "POST", path: "/api/v3/order" },
        params: {
          ...{ symbol: "BTCUSDT", side: "BUY", type: "LIMIT", quantity: "0.00500000" },
          ...{ price: "50000.00000000", timeInForce: "GTC", newClientOrderId: "late" },
        },
      },
    ]);
  });

  it("starts from a checkpoint of either engine where the journals' beginnings are gone", async () => {
    const { old, now } = regions();
    const whole = await reconcileJournals({
      ...{ config, oldDir: (await written(old)).dir, newDir: (await written(now)).dir },
    });
    const forkAt = whole.fork.position;
    for (const [oldAt, newAt] of [
      [forkAt - 2, forkAt - 4],
      [0, forkAt - 2],
      [forkAt - 2, 0],
    ] as const) {
      const oldDir = (await written(old, oldAt)).dir;
      const newDir = (await written(now, newAt)).dir;
      const { rows, fork } = await reconcileJournals({ config, oldDir, newDir });
      expect(fork).to.deep.equal(whole.fork);
      expect(rows).to.deep.equal(whole.rows);
    }
  });

  it("reads the engine of a region that went furthest, and what its peer confirms", async () => {
    const { old, now } = regions();
    const peer = new RegionJournal(config.capacity, 9, old.entries.slice(0, -2));
    const region = join(root, "old");
    cpSync((await written(peer)).dir, join(region, "engine-1"), { recursive: true });
    cpSync((await written(old)).dir, join(region, "engine-2"), { recursive: true });
    const newDir = (await written(now)).dir;
    const found = await reconcileJournals({ config, oldDir: region, newDir });
    expect(found.oldDir).to.equal(join(region, "engine-2"));
    const certain = found.rows.map((row) => row.isCertain);
    expect(certain).to.deep.equal(tail.map((_, index) => index < tail.length - 2));
  });

  it("says so where no state from before the fork is left", async () => {
    const { old, now } = regions();
    const oldDir = (await written(old, old.entries.length)).dir;
    const newDir = (await written(now)).dir;
    const error = await reconcileJournals({ config, oldDir, newDir }).catch((caught) => caught);
    expect(error).to.include({ code: "JOURNALS_INCOMPARABLE" });
  });

  it("refuses journals that have no beginning in common", async () => {
    const { old } = regions();
    const stranger = new RegionJournal(config.capacity, 9);
    stranger.execute({ kind: "addAsset", assetId: 1, name: "GOLD", decimals: 2 });
    const [oldDisk, newDisk] = [await written(old), await written(stranger)];
    const found = reconcileJournals({ config, oldDir: oldDisk.dir, newDir: newDisk.dir });
    const error = await found.catch((caught: unknown) => caught);
    expect(error).to.include({ code: "JOURNALS_INCOMPARABLE" });
  });

  it("is a command with exit codes, CSV, JSON and a list of what it would send", async function () {
    // Eight processes, each of which loads the program.
    this.timeout(60_000);
    const { old, now } = regions();
    const [oldDisk, newDisk] = [await written(old), await written(now)];
    const exchange = join(root, "exchange.json");
    writeFileSync(exchange, JSON.stringify(config));
    const castle = (...args: string[]): SpawnSyncReturns<string> =>
      spawnSync(process.execPath, ["castle.ts", "reconcile", ...args], { encoding: "utf8" });
    const of = [oldDisk.dir, newDisk.dir, "--exchange", exchange];

    const same = castle(oldDisk.dir, oldDisk.dir, "--exchange", exchange);
    expect(same.status, same.stderr).to.equal(0);
    const text = castle(...of);
    expect(text.status, text.stderr).to.equal(1);
    expect(text.stdout).to.contain("7  lost").and.to.contain("0  divergent");
    const csv = join(root, "lost.csv");
    const summary = castle(...of, "--format", "csv", "--out", csv, "--json");
    expect(JSON.parse(summary.stdout).counts).to.deep.equal({
      ...{ lost: 7, divergent: 0, duplicate: 0 },
    });
    expect(readFileSync(csv, "utf8").split("\r\n")).to.have.length(9);
    const json = JSON.parse(castle(...of, "--format", "json").stdout);
    expect(json.commands).to.have.length(7);
    expect(json.fork.newEpoch).to.equal(2 ** 24);
    const ids = join(root, "ids.txt");
    writeFileSync(ids, "1/late\n");
    const dry = castle(...of, "--replay", ids);
    expect(dry.stdout).to.contain("POST /api/v3/order").and.to.contain("nothing was sent");
    expect(castle(...of, "--replay-all", "--yes").status).to.equal(2);
    // Not even with consent: no gateway is named that it could be sent to.
    const looked = castle(...of, "--replay-all", "--yes", "--dry-run");
    expect(looked.status, looked.stderr).to.equal(1);
    expect(looked.stdout).to.contain("POST /api/v3/order").and.not.to.contain("nothing was sent");
  });
});
