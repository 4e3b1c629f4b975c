// Partitions: one table a day (UTC) for whatever grows without end, made before it is needed, so that
// old days can be archived or dropped as a whole. A partition is filled in beside its parent and then
// attached: readers of the parent are never locked out.

import type { Session } from "./session.ts";

export const dayUs = 86_400_000_000;

/** Orders change in place: room on the page spares them new index entries. */
const partitioned = [
  { table: "orders", fillFactor: 80 },
  { table: "trades", fillFactor: 100 },
  { table: "ledger_entries", fillFactor: 100 },
];

export interface Day {
  /** YYYYMMDD. */
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
}

export function dayOf(timestampUs: number): Day {
  const startUs = Math.floor(timestampUs / dayUs) * dayUs;
  const name = new Date(startUs / 1000).toISOString().slice(0, 10).replaceAll("-", "");
  return { name, startUs, endUs: startUs + dayUs };
}

/** Distinct days of `timestampsUs`, and those that follow the last of them. */
export function daysNeeded(timestampsUs: Iterable<number>, daysAhead: number): Day[] {
  const days = new Map<number, Day>();
  let last: Day | undefined;
  for (const timestampUs of timestampsUs) {
    if (last !== undefined && timestampUs >= last.startUs && timestampUs < last.endUs) continue;
    last = dayOf(timestampUs);
    days.set(last.startUs, last);
  }
  const latestUs = Math.max(...days.keys());
  for (let ahead = 1; days.size > 0 && ahead <= daysAhead; ahead++) {
    const day = dayOf(latestUs + ahead * dayUs);
    days.set(day.startUs, day);
  }
  return [...days.values()].sort((a, b) => a.startUs - b.startUs);
}

/** Idempotent. Not within a batch's transaction: a partition that stays behind empty does no harm. */
export async function ensurePartitions(session: Session, days: readonly Day[]): Promise<void> {
  for (const day of days) {
    for (const { table, fillFactor } of partitioned) {
      const partition = `${table}_${day.name}`;
      await session.query("BEGIN");
      // A writer that is about to be refused may be at the same work.
      await session.query("SELECT pg_advisory_xact_lock(227853, 1)");
      const found = await session.query("SELECT to_regclass($1) IS NOT NULL AS exists", [
        partition,
      ]);
      if (found[0]?.exists !== true) {
        await session.query(`
          CREATE TABLE ${partition} (LIKE ${table} INCLUDING ALL) WITH (fillfactor = ${fillFactor});
          ALTER TABLE ${table} ATTACH PARTITION ${partition}
            FOR VALUES FROM (${day.startUs}) TO (${day.endUs});`);
      }
      await session.query("COMMIT");
    }
  }
}
