// Audit: is PostgreSQL equal to the journal? Replays the journal from its first entry into a fresh
// core and compares every order, trade, balance and ledger sum, in chunks, within one snapshot of
// the database. It computes what must be there by itself: nothing is shared with the writer but SQL
// column names.

import { assert } from "../../core/assert.ts";
import { Core } from "../../core/core.ts";
import type { Event, OrderView } from "../../core/event.ts";
import type { Capacity } from "../../core/instrument.ts";
import type { EntryKind } from "../../replication/log-batch.ts";
import { AuditProgress, tradeRangeValues } from "./audit-range.ts";
import { AuditTotals } from "./audit-totals.ts";
import { Differences } from "./differences.ts";
import { connect, type Row, type Session } from "./session.ts";

/** An entry of the journal, as replication stores it. */
export interface AuditEntry {
  readonly position: number;
  readonly epoch: number;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

export interface AuditOptions {
  /** Every committed entry from position 1 on, in order, at least to where PostgreSQL stands. */
  readonly journal: AsyncIterable<AuditEntry> | Iterable<AuditEntry>;
  readonly postgresUrl: string;
  readonly capacity: Capacity;
}

export interface AuditReport {
  readonly historyEqual: boolean;
  /** Where PostgreSQL stands: all that was compared. */
  readonly position: number;
  /** The first twenty, one sentence each. */
  readonly differences: readonly string[];
  readonly differenceCount: number;
  /** How many were compared. */
  readonly orders: number;
  readonly trades: number;
  readonly ledgerEntries: number;
}

/** Entries replayed between two comparisons: bounds the memory of the audit. */
const chunkEntries = 5_000;
const statementTimeoutMs = 120_000;

/** @throws where PostgreSQL cannot be read: then nothing is known, which is not "equal". */
export async function auditHistory(options: AuditOptions): Promise<AuditReport> {
  const session = await connect(options.postgresUrl, statementTimeoutMs);
  try {
    await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    // Chunks are found by their keys; nothing is to be read once for every chunk.
    await session.query("SET LOCAL enable_seqscan = off");
    const [row] = await session.query("SELECT position FROM journal_position");
    assert(row !== undefined, "the journal position has its row");
    const audit = new Audit(session, options.capacity, row.position as number);
    return await audit.run(options.journal);
  } finally {
    await session.close();
  }
}

class Audit {
  private readonly session: Session;
  private readonly core: Core;
  private readonly position: number;
  private readonly differences = new Differences();
  private readonly totals: AuditTotals;
  private readonly events: Event[] = [];
  /** Of the entries since the last comparison. */
  private placed = new Map<string, string>();
  private trades = new Map<string, string>();
  private ended: OrderView[] = [];
  private readonly open = new Map<number, OrderView>();
  private comparedPosition = 0;
  private readonly progress = new AuditProgress();
  private readonly counts = { orders: 0, trades: 0, ledgerEntries: 0 };

  constructor(session: Session, capacity: Capacity, position: number) {
    this.session = session;
    this.core = new Core(capacity);
    this.position = position;
    this.totals = new AuditTotals(session, this.core, this.differences);
  }

  async run(journal: AuditOptions["journal"]): Promise<AuditReport> {
    let journalPosition = 0;
    for await (const entry of journal) {
      assert(
        entry.position === journalPosition + 1,
        "the journal is read from 1 on, without a gap",
      );
      journalPosition = entry.position;
      if (journalPosition > this.position) continue;
      this.replay(entry);
      if (journalPosition - this.comparedPosition >= chunkEntries) await this.compareChunk();
    }
    await this.compareChunk();
    await this.compareOrders([...this.open.values()]);
    if (journalPosition !== this.position) {
      const where = `PostgreSQL stands at position ${this.position}`;
      this.differences.add(`${where}, the journal ends at ${journalPosition}`);
    }
    await this.compareBeyond();
    await this.totals.compareEnd();
    const { count, first } = this.differences;
    return {
      historyEqual: count === 0,
      position: this.position,
      differences: first,
      differenceCount: count,
      ...this.counts,
    };
  }

  private replay(entry: AuditEntry): void {
    const { position, kind, data } = entry;
    if (kind !== "command") {
      this.core.advance(position);
      return;
    }
    this.events.length = 0;
    this.core.apply(position, data, this.events);
    for (const event of this.events) this.take(position, event);
  }

  private take(position: number, event: Event): void {
    switch (event.kind) {
      case "orderAccepted": {
        const { order } = event;
        const fixed = [
          order.accountId,
          order.symbolId,
          order.side,
          order.type,
          order.timeInForce,
          order.clientOrderId,
          order.priceTicks,
          order.quoteUnits,
          position,
        ];
        this.placed.set(`${order.orderId} ${order.placedUs}`, fixed.join(" "));
        this.progress.placed(order.orderId);
        this.counts.orders += 1;
        this.settle(order);
        break;
      }
      case "orderCanceled":
      case "orderExpired":
      case "orderReduced":
        this.settle(event.order);
        break;
      case "trade": {
        const { maker, taker } = event;
        const fields = [
          event.timestampUs,
          event.priceTicks,
          event.quantityLots,
          event.quoteUnits,
          taker.side,
          maker.orderId,
          taker.orderId,
          maker.accountId,
          taker.accountId,
          event.makerFeeUnits,
          event.takerFeeUnits,
          position,
        ];
        this.trades.set(`${event.symbolId} ${event.tradeId}`, fields.join(" "));
        this.progress.traded(event.symbolId, event.tradeId);
        this.counts.trades += 1;
        this.settle(maker);
        this.settle(taker);
        break;
      }
      default:
        this.totals.take(event);
    }
  }

  /** Keeps what may still change; what has ended is compared with the chunk. */
  private settle(order: OrderView): void {
    if (order.status === "new" || order.status === "partiallyFilled") {
      this.open.set(order.orderId, order);
      return;
    }
    this.open.delete(order.orderId);
    this.ended.push(order);
  }

  private async compareChunk(): Promise<void> {
    const range = this.progress.next(this.core.position);
    const placed = await this.session.query(
      `SELECT concat_ws(' ', order_id, placed_us) AS key, concat_ws(' ', account_id, symbol_id, side,
         type, time_in_force, client_order_id, price_ticks, quote_units, first_position) AS fields
       FROM orders WHERE order_id > $1 AND order_id <= $2`,
      [range.ordersAbove, range.ordersUpTo],
    );
    this.match("order", this.placed, placed);
    const trades = await this.session.query(
      `SELECT concat_ws(' ', t.symbol_id, trade_id) AS key, concat_ws(' ', timestamp_us, price_ticks,
         quantity_lots, quote_units, taker_side, maker_order_id, taker_order_id, maker_account_id,
         taker_account_id, maker_fee_units, taker_fee_units, journal_position) AS fields
       FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS range (symbol_id, above, up_to)
       JOIN trades t ON t.symbol_id = range.symbol_id AND trade_id > above AND trade_id <= up_to`,
      tradeRangeValues(range.trades),
    );
    this.match("trade", this.trades, trades);
    await this.compareOrders(this.ended);
    this.counts.ledgerEntries += await this.totals.compareChunk(range);
    this.placed = new Map();
    this.trades = new Map();
    this.ended = [];
    this.comparedPosition = this.core.position;
  }

  /** Both sets must hold the same keys, once each, with the same fields. */
  private match(what: string, expected: Map<string, string>, rows: readonly Row[]): void {
    const seen = new Set<string>();
    for (const { key, fields } of rows as readonly { key: string; fields: string }[]) {
      const wanted = expected.get(key);
      if (seen.has(key)) this.differences.add(`${what} ${key} is twice in PostgreSQL`);
      else if (wanted === undefined) {
        this.differences.add(`${what} ${key} is in PostgreSQL, not in the journal: ${fields}`);
      } else if (wanted !== fields) {
        this.differences.add(`${what} ${key}: the journal says ${wanted}, PostgreSQL ${fields}`);
      }
      seen.add(key);
    }
    for (const key of expected.keys()) {
      if (!seen.has(key)) this.differences.add(`${what} ${key} is not in PostgreSQL`);
    }
  }

  /** What changes during an order's life, as it must stand at the audit's position. */
  private async compareOrders(orders: readonly OrderView[]): Promise<void> {
    for (let at = 0; at < orders.length; at += chunkEntries) {
      const part = orders.slice(at, at + chunkEntries);
      const rows = await this.session.query(
        `SELECT o.order_id AS key, concat_ws(' ', o.status, o.quantity_lots, o.executed_lots,
           o.executed_quote_units, o.updated_us) AS fields
         FROM unnest($1::bigint[], $2::bigint[]) AS wanted (order_id, placed_us)
         JOIN orders o ON o.order_id = wanted.order_id AND o.placed_us = wanted.placed_us`,
        [part.map(({ orderId }) => orderId), part.map(({ placedUs }) => placedUs)],
      );
      const found = new Map(rows.map(({ key, fields }) => [key as number, fields as string]));
      for (const order of part) {
        const { orderId, status, quantityLots, executedLots, executedQuoteUnits } = order;
        const fields = [status, quantityLots, executedLots, executedQuoteUnits, order.updatedUs];
        const wanted = fields.join(" ");
        const has = found.get(orderId);
        // One that is missing has been told of where it was placed.
        if (has === undefined || has === wanted) continue;
        this.differences.add(`order ${orderId}: the journal says ${wanted}, PostgreSQL ${has}`);
      }
    }
  }

  /** Rows that no chunk covers, and client order ids that were executed twice. */
  private async compareBeyond(): Promise<void> {
    const { upTo, ordersUpTo, trades } = this.progress.whole();
    const beyond = await this.session.query(
      `(SELECT concat_ws(' ', 'order', order_id) AS what FROM orders
         WHERE order_id > $1 OR order_id < 1 LIMIT 20)
       UNION ALL (SELECT concat_ws(' ', 'trade', t.symbol_id, trade_id) FROM trades t
         LEFT JOIN unnest($2::integer[], $3::bigint[], $4::bigint[]) AS range
           (symbol_id, above, up_to) ON t.symbol_id = range.symbol_id
         WHERE trade_id > up_to OR trade_id <= above OR up_to IS NULL LIMIT 20)
       UNION ALL (SELECT concat_ws(' ', 'ledger entry of position', journal_position)
         FROM ledger_entries WHERE journal_position > $5 OR journal_position < 1 LIMIT 20)`,
      [ordersUpTo, ...tradeRangeValues(trades), upTo],
    );
    for (const { what } of beyond) this.differences.add(`${what} is not in the journal`);
    const twice = await this.session.query(
      `SELECT account_id, client_order_id, count(*) AS count FROM orders WHERE client_order_id <> ''
       GROUP BY account_id, client_order_id HAVING count(*) > 1 LIMIT 20`,
    );
    for (const { account_id, client_order_id, count } of twice) {
      this.differences.add(
        `account ${account_id} has ${count} orders with the client order id ${client_order_id}`,
      );
    }
  }
}
