// The load process: trades for many clients at once, as its parent asks (load-protocol.ts), and
// keeps the clients' ledger. A process of its own, so that it can live in the clients' zone and so
// that the exchange's pauses and its own do not mix. Ends when its parent does: stdin closes.

import { createInterface } from "node:readline";
import { Trader, TradingClient } from "../client/index.ts";
import { Random } from "../flow/random.ts";
import { firstPriceTicks, openFlow } from "./load/flow-source.ts";
import { HistoryRecorder } from "./load/history-recorder.ts";
import { LedgerWriter } from "./load/ledger.ts";
import { type LoadAccount, LoadDriver } from "./load/load-driver.ts";
import {
  type LoadOptions,
  type LoadReport,
  loadOrderSchema,
  type OpenOrder,
} from "./load/load-protocol.ts";
import { LoadStats } from "./load/load-stats.ts";
import { Market, type SymbolInfo } from "./load/market.ts";

const PROGRESS_EVERY_MS = 200;
const READY_WITHIN_MS = 10_000;
/** The client's own deadlines settle everything within ten seconds. */
const DRAIN_MS = 12_000;
/** Questions about doubtful orders under way at once. */
const RECHECKS_AT_ONCE = 64;

function tell(report: LoadReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

class Load {
  readonly #options: LoadOptions;
  readonly #clients: readonly TradingClient[];
  readonly #accounts: readonly LoadAccount[];
  readonly #ledger: LedgerWriter;
  #recorder: HistoryRecorder | undefined;
  #driver: LoadDriver | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#ledger = new LedgerWriter(options.ledgerFile);
    const random = new Random(options.seed ^ 0x2545f491);
    // Each account is a client of its own, with its own two connections.
    this.#clients = options.accounts.map(
      ({ accountId }) =>
        new TradingClient({
          endpoints: options.endpoints,
          chance: () => random.fraction(),
          onConnection: (change) => tell({ kind: "connection", accountId, ...change }),
          ...(options.hedgeAfterMs !== undefined && { hedgeAfterMs: options.hedgeAfterMs }),
        }),
    );
    this.#accounts = options.accounts.map(({ accountId, apiKey, secretKey }, i) => ({
      accountId,
      trader: new Trader(this.#clients[i] as TradingClient, { apiKey, secretKey }),
    }));
  }

  async prepare(): Promise<void> {
    const client = this.#clients[0] as TradingClient;
    const deadlineMs = client.now() + READY_WITHIN_MS;
    const symbols = this.#options.markets.map((one) => one.symbol);
    const params = { symbols: JSON.stringify(symbols) };
    const reply = await client.ask({ method: "exchangeInfo", params, deadlineMs });
    if (reply?.error !== undefined || reply === undefined) {
      throw new Error(`no exchangeInfo: ${reply?.error?.msg ?? "no gateway answers"}`);
    }
    while (this.#clients.some((one) => one.openCount === 0)) {
      if (client.now() > deadlineMs) throw new Error("not every client could connect");
      await new Promise((resume) => setTimeout(resume, 10));
    }
    const infos = (reply.result as { readonly symbols: readonly SymbolInfo[] }).symbols;
    const { flow } = this.#options;
    const startTicks = flow.kind === "file" ? firstPriceTicks(flow.file) : undefined;
    const markets = this.#options.markets.map(({ symbol, midPrice }) => {
      const info = infos.find((one) => one.symbol === symbol);
      if (info === undefined) throw new Error(`the exchange has no symbol ${symbol}`);
      return new Market(
        info,
        startTicks === undefined ? { price: midPrice } : { ticks: startTicks },
      );
    });
    const { historyFile } = this.#options;
    if (historyFile !== undefined) this.#recorder = new HistoryRecorder(historyFile, client.now);
    this.#driver = new LoadDriver({
      actions: openFlow(this.#options, markets),
      accounts: this.#accounts,
      markets,
      ledger: this.#ledger,
      recorder: this.#recorder,
      stats: new LoadStats(client.now()),
      durationMs: this.#options.rampMs + this.#options.durationMs,
      now: client.now,
    });
    tell({ kind: "ready" });
  }

  async run(): Promise<void> {
    const driver = this.#driver;
    const now = this.#clients[0]?.now;
    if (driver === undefined || now === undefined) throw new Error("not ready");
    const { stats } = driver;
    const startMs = now();
    tell({ kind: "started", atMs: startMs + this.#options.rampMs });
    let isOver = false;
    const reports = (async () => {
      while (!isOver) {
        await new Promise((resume) => setTimeout(resume, PROGRESS_EVERY_MS));
        this.#ledger.flush();
        this.#recorder?.flush();
        tell(stats.progress(now(), driver.pending));
      }
    })();
    await driver.run(startMs);
    await driver.drain(DRAIN_MS);
    isOver = true;
    await reports;
    tell({ kind: "finished", skipped: stats.skipped, unsent: stats.unsent });
  }

  stop(): void {
    this.#driver?.stop();
  }

  nudge(): void {
    this.#driver?.nudge();
  }

  async reconcile(): Promise<void> {
    await this.#driver?.drain(DRAIN_MS);
    const doubtful = this.#driver?.doubtful ?? [];
    for (let i = 0; i < doubtful.length; i += RECHECKS_AT_ONCE) {
      await Promise.all(doubtful.slice(i, i + RECHECKS_AT_ONCE).map((one) => this.#recheck(one)));
    }
    const openOrders = await this.#openOrders();
    await this.#ledger.close();
    await this.#recorder?.close();
    tell({ kind: "reconciled", openOrders });
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  async #recheck({ account, record }: LoadDriver["doubtful"][number]): Promise<void> {
    const { accountId, symbol, clientOrderId } = record;
    const asked = { accountId, symbol, invokedMs: this.#clients[0]?.now() ?? 0 };
    const found = await account.trader.query(record);
    this.#recorder?.order(asked, clientOrderId, found);
    const isFound = typeof found === "object";
    this.#ledger.append({
      ...record,
      kind: "recheck",
      outcome: isFound ? "accepted" : found === "absent" ? "rejected" : "unknown",
      inDoubt: false,
      orderId: isFound ? found.orderId : 0,
      status: isFound ? (found.status ?? "") : "",
      learnedBy: "query",
    });
  }

  async #openOrders(): Promise<OpenOrder[] | undefined> {
    const all: OpenOrder[] = [];
    for (const { accountId, trader } of this.#accounts) {
      for (const { symbol } of this.#options.markets) {
        const asked = { accountId, symbol, invokedMs: this.#clients[0]?.now() ?? 0 };
        const open = await trader.openOrders(symbol);
        this.#recorder?.openOrders(asked, open);
        if (open === undefined) return undefined;
        for (const { orderId, clientOrderId } of open) {
          all.push({ accountId, symbol, orderId, clientOrderId });
        }
      }
    }
    return all;
  }
}

let load: Load | undefined;
let running: Promise<void> | undefined;

async function obey(line: string): Promise<void> {
  const order = loadOrderSchema.parse(JSON.parse(line));
  if (order.kind === "options") {
    load = new Load(order);
    await load.prepare();
  } else if (order.kind === "start") running = load?.run();
  else if (order.kind === "stop") load?.stop();
  else if (order.kind === "nudge") load?.nudge();
  else if (order.kind === "reconcile") {
    await running;
    await load?.reconcile();
  } else {
    load?.close();
    process.exit(0);
  }
  // A failure of the run itself is told at once, not only when somebody waits for it.
  running?.catch(fail);
}

function fail(error: unknown): void {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exit(2);
}

const input = createInterface({ input: process.stdin });
input.on("line", (line) => void obey(line).catch(fail));
input.on("close", () => process.exit(0));
