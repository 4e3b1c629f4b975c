// The audit must find whatever is changed behind the writer's back.

import { expect } from "chai";
import { type AuditReport, auditHistory } from "../../../../engine/adapters/history/audit.ts";
import { PostgresSink } from "../../../../engine/adapters/history/postgres-sink.ts";
import { HistoryFollower } from "../../../support/history-follower.ts";
import { feedCapacity, JournalFeed } from "../../../support/journal-feed.ts";
import { ask, change, TestPostgres } from "../../../support/test-postgres.ts";

const one = (table: string, where = "true") =>
  `ctid = (SELECT ctid FROM ${table} WHERE ${where} LIMIT 1)`;
const copyWith = (
  table: string,
  set: string,
) => `CREATE TEMP TABLE copied AS SELECT * FROM ${table} LIMIT 1;
  UPDATE copied SET ${set}; INSERT INTO ${table} TABLE copied`;
const ended = "status = 'filled'";
const open = "status = 'new'";

/** What is planted, and what the audit must say. */
const planted: readonly (readonly [what: string, sql: string, says: RegExp])[] = [
  [
    "an order's status altered",
    `UPDATE orders SET status = 'expired' WHERE ${one("orders", ended)}`,
    /^order \d+: the journal says filled/,
  ],
  [
    "an open order altered",
    `UPDATE orders SET executed_lots = 1 WHERE ${one("orders", open)}`,
    /^order \d+: the journal says new/,
  ],
  [
    "an order's price altered",
    `UPDATE orders SET price_ticks = price_ticks + 1 WHERE ${one("orders")}`,
    /^order \d+ \d+: the journal says/,
  ],
  [
    "an order deleted",
    `DELETE FROM orders WHERE ${one("orders")}`,
    /^order \d+ \d+ is not in PostgreSQL/,
  ],
  [
    "an order doubled under another time",
    copyWith("orders", "placed_us = placed_us + 1"),
    /^order \d+ \d+ is in PostgreSQL, not in the journal/,
  ],
  [
    "an order of a later id",
    `UPDATE orders SET order_id = 1000000 WHERE ${one("orders")}`,
    /^order 1000000 is not in the journal/,
  ],
  [
    "a client order id used twice",
    `UPDATE orders SET client_order_id = 'feed-1' WHERE ${one("orders", "account_id = (SELECT account_id FROM orders WHERE client_order_id = 'feed-1') AND client_order_id <> 'feed-1'")}`,
    /has 2 orders with the client order id feed-1/,
  ],
  [
    "a trade altered",
    `UPDATE trades SET taker_fee_units = taker_fee_units + 1 WHERE ${one("trades")}`,
    /^trade \d+ \d+: the journal says/,
  ],
  [
    "a trade of an unknown symbol",
    copyWith("trades", "symbol_id = 3"),
    /^trade 3 \d+ is not in the journal/,
  ],
  [
    "a trade deleted",
    `DELETE FROM trades WHERE ${one("trades")}`,
    /^trade \d+ \d+ is not in PostgreSQL/,
  ],
  [
    "a trade doubled",
    copyWith("trades", "timestamp_us = timestamp_us + 1"),
    /^trade \d+ \d+ is twice in PostgreSQL|^trade \d+ \d+: the journal says/,
  ],
  [
    "a balance altered",
    `UPDATE balances SET free_units = free_units + 1, locked_units = locked_units - 1 WHERE account_id = 3 AND asset_id = 1`,
    /^balance of account 3, asset 1/,
  ],
  [
    "a balance deleted",
    `DELETE FROM balances WHERE account_id = 3 AND asset_id = 1`,
    /^balance of account and asset 3 1 is not/,
  ],
  [
    "a balance of nobody",
    `INSERT INTO balances VALUES (77, 1, 5, 0)`,
    /^balance of account 77, asset 1/,
  ],
  [
    "a ledger entry altered",
    `UPDATE ledger_entries SET amount_units = amount_units + 1 WHERE ${one("ledger_entries", "kind = 'base'")}`,
    /^ledger of account \d+, asset \d/,
  ],
  [
    "a ledger entry deleted",
    `DELETE FROM ledger_entries WHERE ${one("ledger_entries", "kind = 'fee'")}`,
    /^ledger of account 0|^ledger of account \d+/,
  ],
  [
    "the amounts of two ledger entries exchanged",
    `WITH two AS (SELECT a.ctid AS first, b.ctid AS second, a.amount_units AS had, b.amount_units AS has
       FROM ledger_entries a JOIN ledger_entries b USING (debit_account_id, credit_account_id,
         asset_id, kind) WHERE kind = 'base' AND a.amount_units < b.amount_units LIMIT 1)
     UPDATE ledger_entries SET amount_units = had + has - amount_units FROM two
     WHERE ctid IN (first, second) AND amount_units IN (had, has)`,
    /^ledger of trade \d+ \d+: base \d+ from account \d+ to account \d+ (is not in|does not)/,
  ],
  [
    "a ledger entry of a later position",
    `INSERT INTO ledger_entries SELECT 1000000, 1, max(timestamp_us), 'deposit', -1, 1, 1, 5 FROM ledger_entries`,
    /^ledger entry of position 1000000 is not in the journal/,
  ],
  [
    "a candle altered",
    `UPDATE minute_candles SET volume_lots = volume_lots + 1 WHERE ${one("minute_candles")}`,
    /^candle of symbol/,
  ],
  [
    "a candle deleted",
    `DELETE FROM minute_candles WHERE ${one("minute_candles")}`,
    /^candle of symbol/,
  ],
  [
    "a symbol altered",
    `UPDATE symbols SET taker_fee_ppm = 1 WHERE symbol_id = 1`,
    /^symbols: PostgreSQL lacks 1 BTCUSDT/,
  ],
  [
    "an asset renamed",
    `UPDATE assets SET name = 'XBT' WHERE asset_id = 1`,
    /^assets: PostgreSQL lacks 1 BTC/,
  ],
  [
    "an account deleted",
    `DELETE FROM accounts WHERE account_id = 5`,
    /^account 5 is not in PostgreSQL/,
  ],
  [
    "an account of nobody",
    `INSERT INTO accounts VALUES (77, 0)`,
    /^account 77 is not in the journal/,
  ],
  [
    "an older position",
    `UPDATE journal_position SET position = position - 1, checkpoint_position = 0`,
    /^PostgreSQL stands at position \d+, the journal ends at/,
  ],
];

describe("auditHistory", function () {
  this.timeout(60_000);
  const postgres = new TestPostgres();
  const feed = new JournalFeed(31);
  let url = "";

  const audit = (): Promise<AuditReport> =>
    auditHistory({ journal: feed.journal, postgresUrl: url, capacity: feedCapacity });

  before(async () => {
    await postgres.start();
    url = await postgres.database();
    const sink = new PostgresSink({ url, capacity: feedCapacity });
    const follower = await HistoryFollower.start(sink, feedCapacity, feed.journal);
    feed.trade(6_000);
    await follower.write(feed.journal);
    await sink.close();
  });
  after(() => postgres.remove());

  it("finds nothing where nothing differs, and counts what it compared", async () => {
    const report = await audit();
    expect(report.differences).to.deep.equal([]);
    expect(report.historyEqual).to.equal(true);
    expect(report.position).to.equal(feed.journal.length);
    const events = feed.applied.flatMap((applied) => applied.events);
    const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
    expect(report.orders).to.equal(count("orderAccepted"));
    expect(report.trades).to.equal(count("trade"));
    const [[entries]] = (await ask(url, "SELECT count(*) FROM ledger_entries")) as [[string]];
    expect(report.ledgerEntries).to.equal(Number(entries));
  });

  for (const [what, sql, says] of planted) {
    it(`finds ${what}`, async () => {
      const database = url;
      url = await postgres.copyOf(database);
      try {
        const changed = await change(url, sql);
        expect(changed, "rows planted").to.be.greaterThan(0);
        const report = await audit();
        expect(report.historyEqual).to.equal(false);
        expect(report.differences.join("\n")).to.match(new RegExp(says.source, "m"));
      } finally {
        url = database;
      }
    });
  }

  it("names twenty differences and counts all", async () => {
    const database = url;
    url = await postgres.copyOf(database);
    await change(url, "UPDATE trades SET price_ticks = price_ticks + 1");
    const report = await audit();
    url = database;
    expect(report.differences).to.have.length(20);
    expect(report.differenceCount).to.be.greaterThan(report.trades);
  });

  it("does not take a journal with a gap for the truth", async () => {
    const journal = feed.journal.filter(({ position }) => position !== 100);
    const message = await auditHistory({ journal, postgresUrl: url, capacity: feedCapacity }).then(
      () => "audited",
      (error: Error) => error.message,
    );
    expect(message).to.match(/without a gap/);
  });
});
