// The function library that makes a Redis a voter: what must be true of the server, and its loading.
// Loaded at every new connection, because the server behind it may be another one.

import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { CastleError } from "../../errors.ts";

const parts = ["castle.lua", "journal.lua", "image.lua"];
const text = parts.map((part) => readFileSync(new URL(part, import.meta.url), "utf8")).join("\n");

/** Functions came with Redis 7. */
const versionMin = 7;

export const functionPrefix = "castle_1_";

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
}

/** @throws CastleError REDIS_TOO_OLD, REDIS_EVICTS, REDIS_UNREACHABLE (a replica, or still loading) */
export async function prepareServer(client: Redis, log: Logger): Promise<void> {
  const info = await client.info();
  const version = fieldOf(info, "redis_version") ?? "unknown";
  if (!(Number.parseInt(version, 10) >= versionMin)) {
    throw new CastleError(
      "REDIS_TOO_OLD",
      `the Redis server is ${version}; the journal needs functions: install Redis ${versionMin} or newer, or Valkey`,
      { version },
    );
  }
  if (fieldOf(info, "loading") === "1") {
    throw new CastleError("REDIS_UNREACHABLE", "the Redis server is still loading its data");
  }
  if (fieldOf(info, "role") !== "master") {
    throw new CastleError("REDIS_UNREACHABLE", "the Redis server is a replica of another one");
  }
  const policy = fieldOf(info, "maxmemory_policy");
  if (policy !== "noeviction") {
    // It would forget answered entries one key at a time, with its instance unchanged.
    throw new CastleError(
      "REDIS_EVICTS",
      `Redis evicts keys when memory is short: set maxmemory-policy noeviction (it is ${policy})`,
      { policy },
    );
  }
  await client.function("LOAD", "REPLACE", text);
  log.info({ code: "REDIS_CONNECTED", version }, "redis connected");
}
