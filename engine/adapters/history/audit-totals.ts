// AuditTotals: the audit's part about money and reference tables. The ledger must move, chunk by
// chunk, exactly what the replayed core's balances move; candles must be the sums of the trades.

import type { Core } from "../../core/core.ts";
import type { Event } from "../../core/event.ts";
import { compareLedgerOfTrades } from "./audit-ledger.ts";
import type { AuditRange } from "./audit-range.ts";
import type { Differences } from "./differences.ts";
import type { Session } from "./session.ts";

const HOUSE = 0;
const EXTERNAL = -1;

export class AuditTotals {
  private readonly session: Session;
  private readonly core: Core;
  private readonly differences: Differences;
  /** By "account asset": everything an account has, at the last comparison. */
  private readonly totals = new Map<string, bigint>();
  private readonly touched = new Set<string>();
  private readonly accounts = new Set<number>();

  constructor(session: Session, core: Core, differences: Differences) {
    this.session = session;
    this.core = core;
    this.differences = differences;
  }

  take(event: Event): void {
    if (event.kind === "balanceChanged") {
      this.touched.add(`${event.accountId} ${event.assetId}`);
    } else if (event.kind === "configured" && event.what === "account") {
      this.accounts.add(event.id);
    }
  }

  /** Compares the money that a chunk moved; returns how many entries did it. */
  async compareChunk(range: AuditRange): Promise<number> {
    const positions = [range.above, range.upTo];
    const posted = await this.session.query(
      `SELECT account_id, asset_id, sum(posted_units)::text AS units FROM ledger_postings
       WHERE journal_position > $1 AND journal_position <= $2 GROUP BY account_id, asset_id`,
      positions,
    );
    const found = new Map(
      posted.map((row) => [`${row.account_id} ${row.asset_id}`, BigInt(row.units as string)]),
    );
    const moved = this.movedSinceLast();
    for (const key of new Set([...found.keys(), ...moved.keys()])) {
      const [wanted, has] = [moved.get(key) ?? 0n, found.get(key) ?? 0n];
      if (wanted === has) continue;
      const [account, asset] = key.split(" ");
      this.differences.add(
        `ledger of account ${account}, asset ${asset}, positions ${positions.join(" to ")}: ` +
          `the journal moves ${wanted}, PostgreSQL ${has}`,
      );
    }
    await compareLedgerOfTrades(this.session, range, this.differences);
    const [row] = await this.session.query(
      "SELECT count(*) AS count FROM ledger_entries WHERE journal_position > $1 AND journal_position <= $2",
      positions,
    );
    return row?.count as number;
  }

  /** Once everything was replayed. */
  async compareEnd(): Promise<void> {
    await this.compareBalances();
    await this.compareReferences();
    await this.compareCandles();
  }

  private movedSinceLast(): Map<string, bigint> {
    const moved = new Map<string, bigint>();
    for (const { assetId } of this.core.assets()) this.touched.add(`${HOUSE} ${assetId}`);
    for (const key of this.touched) {
      const total = this.totalNow(key);
      const units = total - (this.totals.get(key) ?? 0n);
      this.totals.set(key, total);
      if (units === 0n) continue;
      moved.set(key, units);
      // What clients and house gained together came from outside.
      const outside = `${EXTERNAL} ${key.split(" ")[1]}`;
      moved.set(outside, (moved.get(outside) ?? 0n) - units);
    }
    this.touched.clear();
    return moved;
  }

  private totalNow(key: string): bigint {
    const [accountId, assetId] = key.split(" ").map(Number) as [number, number];
    const { freeUnits, lockedUnits } = this.core.balance(accountId, assetId);
    return BigInt(freeUnits) + BigInt(lockedUnits);
  }

  private async compareBalances(): Promise<void> {
    const rows = await this.session.query(
      "SELECT account_id, asset_id, free_units, locked_units FROM balances",
    );
    const unseen = new Set(this.totals.keys());
    for (const row of rows) {
      const [accountId, assetId] = [row.account_id as number, row.asset_id as number];
      unseen.delete(`${accountId} ${assetId}`);
      const { freeUnits, lockedUnits } = this.core.balance(accountId, assetId);
      if (row.free_units === freeUnits && row.locked_units === lockedUnits) continue;
      this.differences.add(
        `balance of account ${accountId}, asset ${assetId}: the journal says ${freeUnits} free and ` +
          `${lockedUnits} locked, PostgreSQL ${row.free_units} and ${row.locked_units}`,
      );
    }
    for (const key of unseen) {
      if (this.totals.get(key) === 0n) continue;
      this.differences.add(`balance of account and asset ${key} is not in PostgreSQL`);
    }
  }

  private async compareReferences(): Promise<void> {
    const assets = this.core.assets().map((asset) => [asset.assetId, asset.name, asset.decimals]);
    const symbols = this.core
      .instruments()
      .map((symbol) => [
        symbol.symbolId,
        symbol.name,
        symbol.baseAssetId,
        symbol.quoteAssetId,
        symbol.lotUnits,
        symbol.tickUnitsPerLot,
        symbol.priceTicksMax,
        symbol.makerFeePpm,
        symbol.takerFeePpm,
        symbol.status,
      ]);
    await this.compareTable("assets", assets);
    await this.compareTable("symbols", symbols);
    const rows = await this.session.query("SELECT account_id FROM accounts");
    const found = new Set(rows.map((row) => row.account_id as number));
    for (const accountId of this.accounts) {
      if (!found.delete(accountId))
        this.differences.add(`account ${accountId} is not in PostgreSQL`);
    }
    for (const accountId of found)
      this.differences.add(`account ${accountId} is not in the journal`);
  }

  /** Of a table whose first column is its key. */
  private async compareTable(table: string, wanted: readonly unknown[][]): Promise<void> {
    const rows = await this.session.query(`SELECT * FROM ${table}`);
    const found = new Set(rows.map((row) => Object.values(row).join(" ")));
    for (const fields of wanted) {
      const line = fields.join(" ");
      if (!found.delete(line)) this.differences.add(`${table}: PostgreSQL lacks ${line}`);
    }
    for (const line of found) this.differences.add(`${table}: the journal lacks ${line}`);
  }

  private async compareCandles(): Promise<void> {
    const rows = await this.session.query(`
      SELECT symbol_id, open_us FROM minute_candles c FULL JOIN (
        SELECT symbol_id, timestamp_us / 60000000 * 60000000 AS open_us,
          (array_agg(price_ticks ORDER BY trade_id))[1] AS open_ticks,
          max(price_ticks) AS high_ticks, min(price_ticks) AS low_ticks,
          (array_agg(price_ticks ORDER BY trade_id DESC))[1] AS close_ticks,
          sum(quantity_lots) AS volume_lots, sum(quote_units) AS quote_units,
          coalesce(sum(quantity_lots) FILTER (WHERE taker_side = 'buy'), 0) AS taker_buy_lots,
          coalesce(sum(quote_units) FILTER (WHERE taker_side = 'buy'), 0) AS taker_buy_quote_units,
          count(*) AS trade_count, min(trade_id) AS first_trade_id, max(trade_id) AS last_trade_id
        FROM trades GROUP BY 1, 2
      ) t USING (symbol_id, open_us)
      WHERE (c.open_ticks, c.high_ticks, c.low_ticks, c.close_ticks, c.volume_lots, c.quote_units,
          c.taker_buy_lots, c.taker_buy_quote_units, c.trade_count, c.first_trade_id, c.last_trade_id)
        IS DISTINCT FROM (t.open_ticks, t.high_ticks, t.low_ticks, t.close_ticks, t.volume_lots,
          t.quote_units, t.taker_buy_lots, t.taker_buy_quote_units, t.trade_count, t.first_trade_id,
          t.last_trade_id)
      LIMIT 20`);
    for (const { symbol_id, open_us } of rows) {
      this.differences.add(
        `candle of symbol ${symbol_id} at ${open_us} is not the sum of its trades`,
      );
    }
  }
}
