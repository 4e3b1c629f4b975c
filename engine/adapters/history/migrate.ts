// Migrate: brings a database to the newest version of the history's tables. Idempotent; two programs
// that start at once do it one after the other.

import { CastleError } from "../../errors.ts";
import { migrations } from "./migrations.ts";
import type { Session } from "./session.ts";

/** Any number that no other program of the database locks: "castle" on a telephone's keys. */
const lockKey = 227_853;

export async function migrate(session: Session): Promise<void> {
  await session.query("BEGIN");
  await session.query(`SELECT pg_advisory_xact_lock(${lockKey})`);
  await session.query("CREATE TABLE IF NOT EXISTS castle_schema (version integer PRIMARY KEY)");
  const found = await session.query(
    "SELECT coalesce(max(version), 0) AS version FROM castle_schema",
  );
  const version = Number(found[0]?.version);
  if (version > migrations.length) {
    await session.query("ROLLBACK");
    throw new CastleError(
      "VERSION_MISMATCH",
      `the history's tables are of version ${version}, this program knows ${migrations.length}: use the newer program`,
      { version, known: migrations.length },
    );
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    await session.query(sql);
    await session.query(`INSERT INTO castle_schema VALUES (${index + 1})`);
  }
  await session.query("COMMIT");
}
