// Servers that somebody else runs (--redis-url, --postgres-url): checked before anything starts, so
// that a wrong address ends in one clear line and not in processes that cannot work.

import { Redis } from "ioredis";
import pg from "pg";
import { CastleError } from "../../engine/index.ts";
import { ClusterError } from "../errors.ts";
import { parseVersion, redisVersionMin } from "./redis-binary.ts";

const timeoutMs = 5_000;

/** Declarative partitioning with foreign keys and defaults as the history uses them. */
const postgresVersionMin = 13;

export async function checkRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  // Every failure also comes as the rejection below; without a listener it would be logged.
  redis.on("error", () => {});
  try {
    await redis.connect();
    const info = await redis.info();
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "unknown";
    if (policy !== "noeviction") {
      const text = `the Redis at ${withoutPassword(url)} would delete keys when memory is short (maxmemory-policy ${policy}): set it to noeviction`;
      throw new CastleError("REDIS_EVICTS", text, { policy });
    }
    const found = parseVersion(info);
    if (found !== undefined && found.major >= redisVersionMin) return;
    throw new CastleError(
      "REDIS_TOO_OLD",
      `the Redis at ${withoutPassword(url)} is ${found?.version ?? "of unknown version"}; ${redisVersionMin} or newer is needed`,
    );
  } catch (cause) {
    if (cause instanceof CastleError) throw cause;
    throw new CastleError(
      "REDIS_UNREACHABLE",
      `cannot reach Redis at ${withoutPassword(url)}: ${(cause as Error).message}; is it running, and is --redis-url right?`,
      {},
      { cause },
    );
  } finally {
    redis.disconnect();
  }
}

export async function checkPostgres(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on("error", () => {});
  let version: number;
  try {
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS v");
    version = rows[0].v;
  } catch (cause) {
    throw new ClusterError(
      "POSTGRES_UNREACHABLE",
      `cannot use PostgreSQL at ${withoutPassword(url)}: ${(cause as Error).message}; is it running, and is --postgres-url right?`,
      {},
      { cause },
    );
  } finally {
    await client.end().catch(() => {});
  }
  if (version >= postgresVersionMin * 10_000) return;
  throw new ClusterError(
    "POSTGRES_TOO_OLD",
    `the PostgreSQL at ${withoutPassword(url)} is ${Math.floor(version / 10_000)}; ${postgresVersionMin} or newer is needed`,
  );
}

/** For messages: what the user typed, but never a secret. */
function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ":***@");
}
