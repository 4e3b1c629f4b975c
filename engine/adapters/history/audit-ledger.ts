// AuditLedger: every trade must have its ledger entries, and no others: base from seller to buyer,
// quote from buyer to seller, a fee from each to the house. What must be there is computed from the
// trades, which the audit compares with the journal; nothing moves between an account and itself.

import { type AuditRange, tradeRangeValues } from "./audit-range.ts";
import type { Differences } from "./differences.ts";
import type { Session } from "./session.ts";

const entriesOfTrades = `
  WITH sided AS (
    SELECT t.*, s.base_asset_id, s.quote_asset_id, s.lot_units, t.taker_side = 'buy' AS takes_buying
    FROM unnest($3::integer[], $4::bigint[], $5::bigint[]) AS range (symbol_id, above, up_to)
    JOIN trades t ON t.symbol_id = range.symbol_id AND trade_id > above AND trade_id <= up_to
    JOIN symbols s ON s.symbol_id = t.symbol_id
  ), parties AS (
    SELECT *,
      CASE WHEN takes_buying THEN taker_account_id ELSE maker_account_id END AS buyer,
      CASE WHEN takes_buying THEN maker_account_id ELSE taker_account_id END AS seller,
      CASE WHEN takes_buying THEN taker_fee_units ELSE maker_fee_units END AS buyer_fee,
      CASE WHEN takes_buying THEN maker_fee_units ELSE taker_fee_units END AS seller_fee
    FROM sided
  ), weighed AS (
    SELECT journal_position, timestamp_us, kind, debit, credit, asset_id, units, symbol_id, trade_id,
      1 AS weight
    FROM parties, LATERAL (VALUES
      ('base', seller, buyer, base_asset_id, quantity_lots * lot_units),
      ('quote', buyer, seller, quote_asset_id, quote_units),
      ('fee', buyer, 0, base_asset_id, buyer_fee),
      ('fee', seller, 0, quote_asset_id, seller_fee)
    ) AS entry (kind, debit, credit, asset_id, units)
    WHERE debit <> credit AND units > 0
    UNION ALL
    SELECT journal_position, timestamp_us, kind, debit_account_id, credit_account_id, asset_id,
      amount_units, symbol_id, trade_id, -1
    FROM ledger_entries
    WHERE journal_position > $1 AND journal_position <= $2 AND trade_id IS NOT NULL
  )
  SELECT symbol_id, trade_id, kind, debit, credit, units, sum(weight) AS weight
  FROM weighed
  GROUP BY symbol_id, trade_id, kind, debit, credit, asset_id, units, journal_position, timestamp_us
  HAVING sum(weight) <> 0
  LIMIT 20`;

/** Compares the entries of a chunk's trades. */
export async function compareLedgerOfTrades(
  session: Session,
  { above, upTo, trades }: AuditRange,
  differences: Differences,
): Promise<void> {
  const values = [above, upTo, ...tradeRangeValues(trades)];
  for (const row of await session.query(entriesOfTrades, values)) {
    const entry = `${row.kind} ${row.units} from account ${row.debit} to account ${row.credit}`;
    const what = Number(row.weight) > 0 ? "is not in PostgreSQL" : "does not follow from it";
    differences.add(`ledger of trade ${row.symbol_id} ${row.trade_id}: ${entry} ${what}`);
  }
}
