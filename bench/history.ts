// How fast does the history follow? A journal is made first; then a follower replays it into its
// core and writes it to a real PostgreSQL with production's durability, one transaction in flight,
// whatever was applied meanwhile in the next (group commit). Prints one JSON object.
// Run: node bench/history.ts [--entries N] [--postgres-url URL]

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Applied } from "../engine/adapters/exchange-port.ts";
import { auditHistory } from "../engine/adapters/history/audit.ts";
import { PostgresSink } from "../engine/adapters/history/postgres-sink.ts";
import { connect } from "../engine/adapters/history/session.ts";
import { decodeCommand } from "../engine/codec/command-codec.ts";
import { Core } from "../engine/core/core.ts";
import type { Event } from "../engine/core/event.ts";
import { startPostgres } from "../failover/local/postgres.ts";
import { freePort } from "../test/support/free-port.ts";
import { type FeedEntry, JournalFeed } from "../test/support/journal-feed.ts";

/** Entries that a follower applies ahead of PostgreSQL before it waits: bounds its memory. */
const batchMax = 20_000;
/** Entries applied before the event loop gets its turn. */
const sliceEntries = 500;
const seed = 42;
const capacity = {
  orders: 2_000_000,
  rememberedOrders: 500_000,
  accounts: 10_000,
  assets: 64,
  symbols: 64,
  levels: 500_000,
  sessions: 1024,
};

const { values } = parseArgs({
  options: {
    entries: { type: "string", default: "400000" },
    "postgres-url": { type: "string" },
    "checkpoint-interval-ms": { type: "string", default: "5000" },
  },
});
const checkpointIntervalMs = Number(values["checkpoint-interval-ms"]);

function makeJournal(entries: number): readonly FeedEntry[] {
  const feed = new JournalFeed(seed, { capacity, keep: true });
  // About 20,000 entries a second of the journal's own time.
  feed.stepUs = 50;
  while (feed.journal.length < entries) {
    feed.trade(Math.min(1000, entries - feed.journal.length));
    feed.applied.length = 0;
  }
  return feed.journal;
}

interface Measured {
  readonly seconds: number;
  readonly batches: number;
  readonly slowestWriteMs: number;
}

async function follow(journal: readonly FeedEntry[], sink: PostgresSink): Promise<Measured> {
  const core = new Core(capacity);
  const startMs = performance.now();
  let batches = 0;
  let slowestWriteMs = 0;
  let writing: Promise<void> | undefined;
  let batch: Applied[] = [];
  for (let next = 0; next < journal.length; ) {
    const end = Math.min(journal.length, next + sliceEntries);
    if (batch.length < batchMax) {
      for (; next < end; next++) batch.push(apply(core, journal[next] as FeedEntry));
    }
    if (writing === undefined) {
      const writeStartMs = performance.now();
      const done = sink.write(batch, core).then(() => {
        slowestWriteMs = Math.max(slowestWriteMs, performance.now() - writeStartMs);
        writing = undefined;
      });
      writing = done;
      batch = [];
      batches += 1;
    }
    if (batch.length >= batchMax) await writing;
    else await new Promise((turn) => setImmediate(turn));
  }
  await writing;
  await sink.write(batch, core);
  return { seconds: (performance.now() - startMs) / 1000, batches, slowestWriteMs };
}

function apply(core: Core, { position, epoch, kind, data }: FeedEntry): Applied {
  const events: Event[] = [];
  if (kind !== "command") {
    core.advance(position);
    return { position, epoch, command: undefined, events };
  }
  core.apply(position, data, events);
  return { position, epoch, command: decodeCommand(data), events };
}

async function report(
  url: string,
  journal: readonly FeedEntry[],
  measured: Measured,
): Promise<void> {
  const session = await connect(url, 60_000);
  const [row] = await session.query(`SELECT (SELECT count(*) FROM orders) AS orders,
    (SELECT count(*) FROM trades) AS trades, (SELECT count(*) FROM ledger_entries) AS ledger,
    (SELECT checkpoint_position FROM journal_position) AS checkpoint`);
  await session.close();
  const { orders, trades, ledger } = row as Record<string, number>;
  const per = (count: number | undefined) => Math.round((count ?? 0) / measured.seconds);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const residentMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const auditStartMs = performance.now();
  const { historyEqual, differences } = await auditHistory({ journal, postgresUrl: url, capacity });
  const result = {
    entriesPerS: per(journal.length),
    ordersPerS: per(orders),
    tradesPerS: per(trades),
    rowsPerS: per((orders ?? 0) + (trades ?? 0) + (ledger ?? 0)),
    ...measured,
    orders,
    trades,
    ledgerEntries: ledger,
    checkpointPosition: row?.checkpoint,
    residentMb,
    historyEqual,
    differences,
    auditSeconds: (performance.now() - auditStartMs) / 1000,
    seed,
    machine: `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    commit,
    command: ["node", "bench/history.ts", ...process.argv.slice(2)].join(" "),
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

const journal = makeJournal(Number(values.entries));
const dataDir = mkdtempSync(join(tmpdir(), "castle-bench-"));
const external = values["postgres-url"];
const server =
  external === undefined
    ? await startPostgres({ dataDir, host: "127.0.0.1", port: await freePort(), log: () => {} })
    : undefined;
try {
  const url = external ?? (server?.url as string);
  const sink = new PostgresSink({ url, capacity, checkpointIntervalMs });
  await sink.open();
  const measured = await follow(journal, sink);
  await sink.close();
  await report(url, journal, measured);
} finally {
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
