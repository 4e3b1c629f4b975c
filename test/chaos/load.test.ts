import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { readLedger } from "../../chaos/load/ledger.ts";
import type { LoadReport } from "../../chaos/load/load-protocol.ts";
import { Market } from "../../chaos/load/market.ts";
import { parseStepSize, toDecimal, toSteps } from "../../chaos/load/step-size.ts";
import { FAKE_SECRET, FakeExchange, FakeGateway } from "../client/fake-exchange.ts";

const loadMain = fileURLToPath(new URL("../../chaos/load-main.ts", import.meta.url));

describe("step sizes", () => {
  const rows: [number, string, string][] = [
    [6_000_123, "0.01", "60001.23"],
    [7, "0.00001", "0.00007"],
    [5000, "0.00001", "0.05000"],
    [3, "0.50", "1.5"],
    [3, "25", "75"],
    [0, "0.01", "0.00"],
  ];
  for (const [steps, size, decimal] of rows) {
    it(`prints ${steps} steps of ${size} as ${decimal}`, () => {
      expect(toDecimal(steps, parseStepSize(size))).to.equal(decimal);
      expect(toSteps(Number(decimal), parseStepSize(size))).to.equal(steps);
    });
  }

  for (const text of ["", "0", "0.00", "-1", "1e-2", "abc"]) {
    it(`refuses "${text}" for a size`, () => {
      expect(() => parseStepSize(text)).to.throw(RangeError);
    });
  }
});

describe("Market", () => {
  it("makes the smallest order large enough for the notional filter", () => {
    const market = new Market(
      {
        symbol: "ETHUSDT",
        filters: [
          { filterType: "PRICE_FILTER", tickSize: "0.01" },
          { filterType: "LOT_SIZE", stepSize: "0.0001" },
          { filterType: "NOTIONAL", minNotional: "5" },
        ],
      },
      { price: 3000 },
    );
    expect(Number(market.quantity(1)) * 3000).to.be.within(5, 6);
    expect(market.price(market.midTicks)).to.equal("3000.00");
  });
});

describe("the load process", () => {
  let dir: string;
  let gateways: FakeGateway[];
  let exchange: FakeExchange;
  let child: ChildProcess;
  const reports: LoadReport[] = [];

  const send = (order: object) => child.stdin?.write(`${JSON.stringify(order)}\n`);
  const told = async (kind: LoadReport["kind"]) => {
    for (;;) {
      const report = reports.find((one) => one.kind === kind);
      if (report !== undefined) return report;
      const failed = reports.find((one) => one.kind === "failed");
      if (failed !== undefined) throw new Error(JSON.stringify(failed));
      await new Promise((resume) => setTimeout(resume, 5));
    }
  };

  beforeEach(async () => {
    reports.length = 0;
    dir = mkdtempSync(join(tmpdir(), "castle-load-"));
    exchange = new FakeExchange();
    gateways = await Promise.all(["a", "b", "c"].map((name) => FakeGateway.start(name, exchange)));
    child = spawn(process.execPath, [loadMain], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) =>
      reports.push(JSON.parse(line)),
    );
  });

  afterEach(async () => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin?.end();
      await ended;
    }
    await Promise.all(gateways.map((one) => one.stop()));
    rmSync(dir, { recursive: true });
  });

  const options = (file: string) => ({
    kind: "options",
    endpoints: gateways.map((one) => one.endpoint),
    accounts: [1, 2].map((accountId) => ({
      accountId,
      apiKey: `fake-api-key-00${accountId}`,
      secretKey: FAKE_SECRET,
    })),
    markets: [{ symbol: "BTCUSDT", midPrice: 60_000 }],
    flow: { kind: "synthetic", ratePerS: 500 },
    beatsPerS: 20,
    rampMs: 200,
    durationMs: 600,
    seed: 3,
    ledgerFile: file,
  });

  it("writes one record for every operation, though a gateway dies on the way", async () => {
    const file = join(dir, "ledger.jsonl");
    send(options(file));
    await told("ready");
    send({ kind: "start" });
    await told("started");
    const first = gateways[0] as FakeGateway;
    first.mood = "mute";
    await told("finished");
    send({ kind: "reconcile" });
    const reconciled = await told("reconciled");
    send({ kind: "exit" });
    const ledger = readLedger(file);
    const placed = ledger.filter((one) => one.kind === "place");
    expect(placed).to.have.length(exchange.orders.size);
    expect(ledger.filter((one) => one.outcome !== "accepted")).to.deep.equal([]);
    for (const one of placed) {
      expect(one.orderId).to.be.above(0);
      expect(one.acknowledgedMs).to.be.above(one.intendedMs);
    }
    const open = [...exchange.orders.values()].filter((one) => one.status === "NEW");
    expect(reconciled).to.have.property("openOrders").with.length(open.length);
  }).timeout(10_000);

  it("says what is wrong with its options, and ends", async () => {
    send({ ...options(join(dir, "ledger.jsonl")), durationMs: -1 });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    expect(await ended).to.equal(2);
    expect(reports.map((one) => one.kind)).to.deep.equal(["failed"]);
  }).timeout(10_000);
});
