// A region's Redis against what the protocol wants of it. The voter must not forget by configuration: an
// eviction policy that evicts deletes the journal when memory runs out.

import type { Redis } from "ioredis";
import { bad, type Finding, well } from "./finding.ts";

const connectTimeoutMs = 1_500;
/** Functions came with it; older ones cannot check and act in one step. */
const majorMin = 7;
/** Above this share of maxmemory the next burst may fill it. */
const memoryShareMax = 0.8;

export interface RedisFacts {
  readonly version: string;
  readonly maxmemoryPolicy: string;
  readonly maxmemory: number;
  readonly usedMemory: number;
  readonly isPersistent: boolean;
}

export async function examineRedis(place: string, url: string): Promise<Finding[]> {
  if (isWithoutPassword(url)) {
    const text = `${place}: the URL of Redis names a user without a password: it is not looked at`;
    return [bad("warn", "redis", text, "look at its alarms, or write the password into the URL")];
  }
  const { Redis: Client } = await import("ioredis");
  const client = new Client(url, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    commandTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return judgeRedis(place, await factsOf(client));
  } catch (error) {
    const text = `${place}: Redis does not answer: ${(error as Error).message}`;
    const advice = "start it, or mend its address; until then a second loss stops the exchange";
    return [bad("fail", "redis", text, advice)];
  } finally {
    client.disconnect();
  }
}

/** As in the file that the Pulumi program writes for operators: the store would only refuse to answer. */
function isWithoutPassword(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== "" && password === "";
}

async function factsOf(client: Redis): Promise<RedisFacts> {
  const info = await client.info();
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]?.trim() ?? "";
  // Managed services refuse CONFIG; what INFO says is enough for all but `save`.
  const setting = async (name: string) => {
    const answer = await client.config("GET", name).catch(() => []);
    return (answer as string[])[1] ?? "";
  };
  return {
    version: field("redis_version"),
    maxmemoryPolicy: field("maxmemory_policy"),
    maxmemory: Number(field("maxmemory")),
    usedMemory: Number(field("used_memory")),
    isPersistent: field("aof_enabled") === "1" || (await setting("save")) !== "",
  };
}

export function judgeRedis(place: string, facts: RedisFacts): Finding[] {
  const { version, maxmemoryPolicy, maxmemory, usedMemory, isPersistent } = facts;
  const share = maxmemory === 0 ? 0 : usedMemory / maxmemory;
  return [
    Number.parseInt(version, 10) >= majorMin
      ? well("redis-version", `${place}: Redis ${version}`)
      : bad("fail", "redis-version", `${place}: Redis ${version} is too old`, "use 7 or newer"),
    maxmemoryPolicy === "noeviction"
      ? well("redis-eviction", `${place}: Redis never evicts`)
      : bad(
          "fail",
          "redis-eviction",
          `${place}: Redis may evict (${maxmemoryPolicy}): it would delete the journal`,
          "CONFIG SET maxmemory-policy noeviction, and in its parameter group",
        ),
    share <= memoryShareMax
      ? well("redis-memory", `${place}: Redis uses ${Math.round(usedMemory / 2 ** 20)} MB`)
      : bad(
          "warn",
          "redis-memory",
          `${place}: Redis uses ${Math.round(share * 100)} % of its memory`,
          "raise maxmemory, or look which follower holds the journal up",
        ),
    isPersistent
      ? well("redis-persistence", `${place}: Redis keeps its data on disk`)
      : bad(
          "warn",
          "redis-persistence",
          `${place}: Redis keeps nothing on disk: after a restart it must be filled again`,
          "appendonly yes, if its restarts are to be quick",
        ),
  ];
}
