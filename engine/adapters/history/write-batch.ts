// WriteBatch: the statements that make one batch durable, all in one transaction with the journal
// position. The position is the guard: it must stand where this writer left it, and this writer must
// be the last that opened. So a batch is written once, whoever tries it, and however often.

import type { BalanceRow, BatchRows, CandleRow, OrderRow } from "./batch-rows.ts";
import { type CheckpointPages, writeCheckpoint } from "./checkpoint.ts";
import { CopyRows } from "./copy-rows.ts";
import type { Session } from "./session.ts";

export interface Batch {
  /** Position before the batch, and of its last entry. */
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
  readonly writer: number;
  readonly rows: BatchRows;
  readonly checkpoint: CheckpointPages | undefined;
}

/** Whether the batch was written; `false`: the guard refused it and nothing was. */
export async function writeBatch(session: Session, batch: Batch): Promise<boolean> {
  const { rows, from, to, epoch, writer, checkpoint } = batch;
  await session.query("BEGIN");
  const guarded = await session.query(
    `UPDATE journal_position SET position = $1, epoch = $2
     WHERE position = $3 AND writer = $4 RETURNING position`,
    [to, epoch, from, writer],
  );
  if (guarded.length !== 1) {
    await session.query("ROLLBACK");
    return false;
  }
  await writeReferences(session, rows);
  await writeOrders(session, [...rows.orders.values()]);
  await copy(session, "trades", rows.trades);
  await copy(session, "ledger_entries", rows.ledgerEntries);
  await writeBalances(session, [...rows.balances.values()]);
  await writeCandles(session, [...rows.candles.values()]);
  if (checkpoint !== undefined) await writeCheckpoint(session, checkpoint);
  await session.query("COMMIT");
  return true;
}

async function copy(session: Session, table: string, rows: CopyRows): Promise<void> {
  if (rows.rowCount > 0)
    await session.copyIn(`COPY ${table} FROM STDIN (FORMAT binary)`, rows.finish());
}

/** An order is inserted by the batch that placed it: a second insert would violate its key. */
async function writeOrders(session: Session, rows: readonly OrderRow[]): Promise<void> {
  const placed = new CopyRows(17);
  const changed: OrderRow[] = [];
  for (const row of rows) {
    if (row.firstPosition === 0) changed.push(row);
    else placeOrder(placed, row);
  }
  await copy(session, "orders", placed);
  if (changed.length === 0) return;
  const updated = await session.query(
    `UPDATE orders o SET status = c.status::order_status, quantity_lots = c.quantity_lots,
       executed_lots = c.executed_lots, executed_quote_units = c.executed_quote_units,
       updated_us = c.updated_us, last_position = c.last_position
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
         $7::bigint[], $8::bigint[])
       AS c (order_id, placed_us, status, quantity_lots, executed_lots, executed_quote_units,
         updated_us, last_position)
     WHERE o.order_id = c.order_id AND o.placed_us = c.placed_us
     RETURNING 1`,
    [
      column(changed, ({ order }) => order.orderId),
      column(changed, ({ order }) => order.placedUs),
      column(changed, ({ order }) => order.status),
      column(changed, ({ order }) => order.quantityLots),
      column(changed, ({ order }) => order.executedLots),
      column(changed, ({ order }) => order.executedQuoteUnits),
      column(changed, ({ order }) => order.updatedUs),
      column(changed, ({ lastPosition }) => lastPosition),
    ],
  );
  if (updated.length !== changed.length) {
    throw new Error(`${changed.length - updated.length} orders that changed are not in the table`);
  }
}

function placeOrder(rows: CopyRows, { order, firstPosition, lastPosition }: OrderRow): void {
  rows.beginRow();
  rows.int8(order.orderId);
  rows.int4(order.accountId);
  rows.int4(order.symbolId);
  rows.text(order.side);
  rows.text(order.type);
  rows.text(order.timeInForce);
  rows.text(order.status);
  rows.text(order.clientOrderId);
  rows.int8(order.priceTicks);
  rows.int8(order.quantityLots);
  rows.int8(order.executedLots);
  rows.int8(order.executedQuoteUnits);
  rows.int8(order.quoteUnits);
  rows.int8(order.placedUs);
  rows.int8(order.updatedUs);
  rows.int8(firstPosition);
  rows.int8(lastPosition);
}

async function writeBalances(session: Session, rows: readonly BalanceRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `INSERT INTO balances
     SELECT * FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[])
     ON CONFLICT (account_id, asset_id) DO UPDATE
       SET free_units = EXCLUDED.free_units, locked_units = EXCLUDED.locked_units`,
    [
      column(rows, (row) => row.accountId),
      column(rows, (row) => row.assetId),
      column(rows, (row) => row.freeUnits),
      column(rows, (row) => row.lockedUnits),
    ],
  );
}

async function writeCandles(session: Session, rows: readonly CandleRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `INSERT INTO minute_candles AS m
     SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
       $6::bigint[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::bigint[],
       $12::bigint[], $13::bigint[])
     ON CONFLICT (symbol_id, open_us) DO UPDATE SET
       high_ticks = greatest(m.high_ticks, EXCLUDED.high_ticks),
       low_ticks = least(m.low_ticks, EXCLUDED.low_ticks),
       close_ticks = EXCLUDED.close_ticks,
       volume_lots = m.volume_lots + EXCLUDED.volume_lots,
       quote_units = m.quote_units + EXCLUDED.quote_units,
       taker_buy_lots = m.taker_buy_lots + EXCLUDED.taker_buy_lots,
       taker_buy_quote_units = m.taker_buy_quote_units + EXCLUDED.taker_buy_quote_units,
       trade_count = m.trade_count + EXCLUDED.trade_count,
       last_trade_id = EXCLUDED.last_trade_id`,
    [
      column(rows, (row) => row.symbolId),
      column(rows, (row) => row.openUs),
      column(rows, (row) => row.openTicks),
      column(rows, (row) => row.highTicks),
      column(rows, (row) => row.lowTicks),
      column(rows, (row) => row.closeTicks),
      column(rows, (row) => row.volumeLots),
      column(rows, (row) => row.quoteUnits),
      column(rows, (row) => row.takerBuyLots),
      column(rows, (row) => row.takerBuyQuoteUnits),
      column(rows, (row) => row.tradeCount),
      column(rows, (row) => row.firstTradeId),
      column(rows, (row) => row.lastTradeId),
    ],
  );
}

async function writeReferences(session: Session, rows: BatchRows): Promise<void> {
  for (const { assetId, name, decimals } of rows.assets.values()) {
    await session.query("INSERT INTO assets VALUES ($1, $2, $3)", [assetId, name, decimals]);
  }
  for (const symbol of rows.symbols.values()) {
    await session.query(
      `INSERT INTO symbols VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (symbol_id) DO UPDATE SET status = EXCLUDED.status`,
      [
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
      ],
    );
  }
  const accounts = [...rows.accounts];
  if (accounts.length === 0) return;
  await session.query("INSERT INTO accounts SELECT * FROM unnest($1::integer[], $2::bigint[])", [
    column(accounts, ([accountId]) => accountId),
    column(accounts, ([, openedUs]) => openedUs),
  ]);
}

/** An array as PostgreSQL reads it. Of numbers and plain words only, so that nothing needs quotes. */
function column<T>(rows: readonly T[], value: (row: T) => number | bigint | string): string {
  return `{${rows.map(value).join(",")}}`;
}
