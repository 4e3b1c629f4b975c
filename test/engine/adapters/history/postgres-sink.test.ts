// The writer against a real PostgreSQL: whatever is killed, each entry's output is there once.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { auditHistory } from "../../../../engine/adapters/history/audit.ts";
import { PostgresSink } from "../../../../engine/adapters/history/postgres-sink.ts";
import { CastleError } from "../../../../engine/errors.ts";
import { connectionLost, HistoryFollower, sabotaged } from "../../../support/history-follower.ts";
import { feedCapacity, JournalFeed } from "../../../support/journal-feed.ts";
import { ask, TestPostgres } from "../../../support/test-postgres.ts";

const capacity = feedCapacity;
/** A checkpoint with every batch. */
const always = { capacity, checkpointIntervalMs: 0 };
/** 2026-11-20 23:59:59.9 UTC. */
const beforeMidnightUs = Date.UTC(2026, 10, 20, 23, 59, 59, 900) * 1000;

async function differences(feed: JournalFeed, url: string): Promise<readonly string[]> {
  const { journal } = feed;
  return (await auditHistory({ journal, postgresUrl: url, capacity })).differences;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: unknown) => (error instanceof CastleError ? error.code : String(error)),
  );
}

describe("PostgresSink", function () {
  this.timeout(120_000);
  const postgres = new TestPostgres();
  before(() => postgres.start());
  after(() => postgres.remove());

  for (const moment of ["beforeStep", "afterStep"] as const) {
    const what = moment === "beforeStep" ? "request" : "answer";
    it(`writes everything once where any step's ${what} is lost`, async () => {
      const url = await postgres.database();
      const feed = new JournalFeed(11);
      let stepsLeft = 0;
      let lost = "";
      const connect = sabotaged({
        [moment]: (_step: number, sql: string) => {
          stepsLeft -= 1;
          if (stepsLeft !== 0) return;
          lost = sql;
          throw connectionLost();
        },
      });
      const sink = new PostgresSink({ url, ...always, connect });
      const follower = await HistoryFollower.start(sink, capacity, feed.journal);
      await follower.write(feed.journal);
      for (let step = 1; !lost.startsWith("COMMIT"); step++) {
        stepsLeft = step;
        feed.trade(50);
        await follower.write(feed.journal.slice(follower.core.position));
        expect(stepsLeft, `step ${step} was lost`).to.be.lessThan(1);
      }
      expect(await differences(feed, url)).to.deep.equal([]);
      await sink.close();
    });
  }

  for (const moment of ["beforeStep", "afterStep"] as const) {
    it(`goes on from its checkpoint where the writer dies at any step (${moment})`, async () => {
      const url = await postgres.database();
      const feed = new JournalFeed(12);
      const live = async (connect?: ReturnType<typeof sabotaged>): Promise<void> => {
        const sink = new PostgresSink({ url, ...always, ...(connect && { connect }) });
        feed.trade(50);
        try {
          const follower = await HistoryFollower.start(sink, capacity, feed.journal);
          await follower.write(feed.journal.slice(follower.core.position));
        } finally {
          // The connection goes with the process, and what was not committed with it.
          await sink.close();
        }
      };
      let lastWords = "";
      for (let deathStep = 1; lastWords !== "COMMIT of the batch"; deathStep++) {
        let isBatch = false;
        const deadly = sabotaged({
          [moment]: (step: number, sql: string) => {
            isBatch ||= sql.startsWith("COPY");
            if (step !== deathStep) return;
            lastWords = isBatch ? `${sql} of the batch` : sql;
            throw new Error("killed");
          },
        });
        const death = await live(deadly).catch((error: Error) => error.message);
        expect(death).to.equal("killed");
        await live();
      }
      expect(await differences(feed, url)).to.deep.equal([]);
    });
  }

  it("loses and doubles nothing where its process is killed with SIGKILL", async () => {
    const url = await postgres.database();
    const seed = 13;
    const entries = 2_000;
    const feed = new JournalFeed(seed);
    feed.trade(entries);
    let position = 0;
    let kills = 0;
    while (position < feed.journal.length) {
      const script = new URL("../../../support/history-writer.ts", import.meta.url).pathname;
      const child = spawn(process.execPath, [script, url, `${seed}`, `${entries}`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let linesLeft = 2 + (kills % 3);
      for await (const line of createInterface({ input: child.stdout })) {
        position = Number(line);
        // The child is in the midst of its next batch.
        if (--linesLeft === 0 && child.kill("SIGKILL")) kills += 1;
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      if (child.exitCode !== null) expect(child.exitCode).to.equal(0);
    }
    expect(kills).to.be.greaterThan(4);
    expect(await differences(feed, url)).to.deep.equal([]);
  });

  for (const moment of ["beforeStep", "afterStep"] as const) {
    it(`waits for a PostgreSQL killed -9 (${moment} of a copy and of the commit)`, async () => {
      const url = await postgres.database();
      const feed = new JournalFeed(14);
      const targets = [/^COPY trades/, /^COMMIT/];
      let outages = 0;
      const connect = sabotaged({
        [moment]: async (_step: number, sql: string) => {
          if (outages === 0 || !targets[0]?.test(sql)) return;
          targets.shift();
          await postgres.kill();
          void postgres.start();
        },
      });
      const options = { url, ...always, connect, onOutage: () => (outages += 1) };
      const sink = new PostgresSink(options);
      const follower = await HistoryFollower.start(sink, capacity, feed.journal);
      await follower.write(feed.journal);
      outages = 1;
      while (targets.length > 0) {
        feed.trade(500);
        await follower.write(feed.journal.slice(follower.core.position));
      }
      feed.trade(500);
      await follower.write(feed.journal.slice(follower.core.position));
      expect(outages).to.be.greaterThan(1);
      expect(await differences(feed, url)).to.deep.equal([]);
      await sink.close();
    });
  }

  it("gives up with HISTORY_UNAVAILABLE after the longest outage allowed", async () => {
    const refuse = async (): Promise<never> => {
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    };
    const sink = new PostgresSink({ url: "", capacity, outageMsMax: 30, connect: refuse });
    expect(await codeOf(sink.open())).to.equal("HISTORY_UNAVAILABLE");
  });

  it("refuses the writer before, once another has opened", async () => {
    const url = await postgres.database();
    const feed = new JournalFeed(15);
    const [first, second] = [
      new PostgresSink({ url, ...always }),
      new PostgresSink({ url, capacity }),
    ];
    const old = await HistoryFollower.start(first, capacity, feed.journal);
    await old.write(feed.journal.slice(0, 50));
    const fresh = await HistoryFollower.start(second, capacity, feed.journal);
    const rest = feed.journal.slice(50);
    expect(await codeOf(old.write(rest))).to.equal("HISTORY_SUPERSEDED");
    await fresh.write(rest);
    expect(await differences(feed, url)).to.deep.equal([]);
    await Promise.all([first.close(), second.close()]);
  });

  it("opens behind a transaction that is under way, not beside it", async () => {
    const url = await postgres.database();
    const feed = new JournalFeed(16);
    const second = new PostgresSink({ url, capacity });
    let opening: ReturnType<PostgresSink["open"]> | undefined;
    const connect = sabotaged({
      beforeStep: (_step, sql) => {
        if (sql.startsWith("COPY ledger_entries")) opening = second.open();
      },
    });
    const first = new PostgresSink({ url, ...always, connect });
    const follower = await HistoryFollower.start(first, capacity, feed.journal);
    await follower.write(feed.journal);
    expect((await opening)?.durablePosition).to.equal(feed.journal.length);
    await Promise.all([first.close(), second.close()]);
  });

  it("stops where the database came back older than it was", async () => {
    const url = await postgres.database();
    const feed = new JournalFeed(17);
    const sink = new PostgresSink({ url, capacity });
    const follower = await HistoryFollower.start(sink, capacity, feed.journal);
    await follower.write(feed.journal.slice(0, 60));
    await ask(url, "UPDATE journal_position SET position = 40");
    expect(await codeOf(follower.write(feed.journal.slice(60)))).to.equal("HISTORY_SUPERSEDED");
    await sink.close();
  });

  it("refuses a checkpoint of another capacity", async () => {
    const url = await postgres.database();
    const feed = new JournalFeed(18);
    const sink = new PostgresSink({ url, ...always });
    await (await HistoryFollower.start(sink, capacity, feed.journal)).write(feed.journal);
    await sink.close();
    const other = new PostgresSink({ url, capacity: { ...capacity, orders: 30_000 } });
    expect(await codeOf(other.open())).to.equal("VERSION_MISMATCH");
    await other.close();
  });

  it("keeps of the journal only what follows its checkpoint", async () => {
    const url = await postgres.database();
    const feed = new JournalFeed(19);
    const sink = new PostgresSink({ url, ...always });
    const follower = await HistoryFollower.start(sink, capacity, feed.journal);
    await follower.write(feed.journal);
    expect(sink.retainPosition).to.equal(feed.journal.length);
    await sink.close();
    // A new writer finds all it needs in PostgreSQL: nothing of the journal is read again.
    const forgotten = feed.journal.map(({ position }) => ({
      position,
      epoch: 0,
      kind: "command" as const,
      data: new Uint8Array(),
    }));
    const next = new PostgresSink({ url, ...always });
    const again = await HistoryFollower.start(next, capacity, forgotten);
    feed.trade(500);
    await again.write(feed.journal.slice(again.core.position));
    expect(again.core.mark().hash).to.equal(feed.core.mark().hash);
    expect(await differences(feed, url)).to.deep.equal([]);
    await next.close();
  });

  it("puts each day into partitions of its own", async () => {
    const url = await postgres.database();
    const feed = new JournalFeed(20, { startUs: beforeMidnightUs });
    const sink = new PostgresSink({ url, capacity, daysAhead: 1 });
    const follower = await HistoryFollower.start(sink, capacity, feed.journal);
    // One batch begins on the 20th, ends on the 21st and finds orders of the day before to change.
    feed.trade(600);
    await follower.write(feed.journal);
    const found = await ask(
      url,
      `SELECT tableoid::regclass::text, count(*) > 0, min(placed_us) / 86400000000 =
         max(placed_us) / 86400000000 FROM orders GROUP BY 1 ORDER BY 1`,
    );
    expect(found).to.deep.equal([
      ["orders_20261120", true, true],
      ["orders_20261121", true, true],
    ]);
    expect(await ask(url, "SELECT to_regclass('trades_20261122') IS NOT NULL")).to.deep.equal([
      [true],
    ]);
    expect(await differences(feed, url)).to.deep.equal([]);
    await sink.close();
  });

  it("keeps the ledger in balance: all postings sum to zero, an account's to what it has", async () => {
    const url = await postgres.database();
    const feed = new JournalFeed(21);
    feed.trade(3000);
    const sink = new PostgresSink({ url, capacity });
    await (await HistoryFollower.start(sink, capacity, feed.journal)).write(feed.journal);
    const uneven = await ask(
      url,
      `SELECT journal_position, asset_id FROM ledger_postings GROUP BY 1, 2
       HAVING sum(posted_units) <> 0`,
    );
    expect(uneven).to.deep.equal([]);
    const unlike = await ask(
      url,
      `SELECT account_id, asset_id FROM balances
       FULL JOIN (SELECT account_id, asset_id, sum(posted_units) AS units FROM ledger_postings
         WHERE account_id >= 0 GROUP BY 1, 2) AS posted USING (account_id, asset_id)
       WHERE free_units + locked_units IS DISTINCT FROM units`,
    );
    expect(unlike).to.deep.equal([]);
    const [[fees]] = (await ask(
      url,
      "SELECT count(*) FROM ledger_postings WHERE account = 'house:fees' AND posted_units > 0",
    )) as [[string]];
    expect(Number(fees)).to.be.greaterThan(100);
    await sink.close();
  });

  for (const [flaw, debit, credit, units] of [
    ["takes from and gives to the same account", 1, 1, 5],
    ["moves nothing", 1, 2, 0],
    ["moves backwards", 1, 2, -5],
  ]) {
    it(`has no room for a ledger entry that ${flaw}`, async () => {
      const url = await postgres.database();
      const sink = new PostgresSink({ url, capacity });
      const feed = new JournalFeed(22);
      await (await HistoryFollower.start(sink, capacity, feed.journal)).write(feed.journal);
      await sink.close();
      const insert = `INSERT INTO ledger_entries SELECT 1, 99, timestamp_us, 'deposit', ${debit},
        ${credit}, 1, ${units} FROM ledger_entries LIMIT 1`;
      const code = await ask(url, insert).then(
        () => "inserted",
        (error: { code: string }) => error.code,
      );
      expect(code).to.equal("23514");
    });
  }
});
