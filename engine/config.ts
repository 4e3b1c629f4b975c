// Configuration of one exchange: one file for all nodes, parsed once, frozen, passed down.
// Every fault is reported at once with its path.

import { readFileSync } from "node:fs";
import { z } from "zod";
import { CastleError } from "./errors.ts";

const port = z.int().min(1).max(65535);
const zone = z.string().regex(/^[a-z]$/, "a zone is one letter");

const engineNode = z.strictObject({
  /** 1 owns the odd epochs, 2 the even ones. */
  id: z.union([z.literal(1), z.literal(2)]),
  zone,
  host: z.string(),
  /** Binary link: the other engine, gateways, followers. */
  linkPort: port,
  /** HTTP: /status, /metrics, /health. */
  statusPort: port,
});

const gatewayNode = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,16}$/),
  zone,
  host: z.string(),
  /** REST, WebSocket API and streams. */
  httpPort: port,
  statusPort: port,
  /** PEM files for `httpPort`; without them it speaks plain HTTP, as behind a load balancer. */
  tls: z.strictObject({ certFile: z.string(), keyFile: z.string() }).optional(),
  /**
   * Networks of balancers that end HTTP before it: for limits by address, X-Forwarded-For is believed from
   * them, and from nobody else. Absent: every client is the other end of its socket.
   */
  trustedProxyCidrs: z.array(z.cidrv4().or(z.cidrv6())).optional(),
});

const asset = z.strictObject({
  name: z.string().regex(/^[A-Z0-9]{1,12}$/),
  decimals: z.int().min(0).max(8),
});

const decimal = z.string().regex(/^\d+(\.\d{1,8})?$/, "a decimal with at most 8 fractional digits");

const symbol = z.strictObject({
  name: z.string().regex(/^[A-Z0-9]{2,20}$/),
  base: z.string(),
  quote: z.string(),
  tickSize: decimal,
  lotSize: decimal,
  priceMax: decimal,
  quantityMax: decimal,
  notionalMin: decimal,
  makerFeePpm: z.int().min(0).max(1_000_000),
  takerFeePpm: z.int().min(0).max(1_000_000),
});

const timing = z
  .strictObject({
    heartbeatMs: z.int().min(5).default(50),
    /** Silence on both paths before a standby suspects its primary. */
    failureTimeoutMs: z.int().min(15).default(200),
    snapshotIntervalMs: z.int().min(10).default(50),
    /** `batch`: fsync before answering; `interval`: every `fsyncIntervalMs`; `never`: the OS decides. */
    fsync: z.enum(["batch", "interval", "never"]).default("interval"),
    fsyncIntervalMs: z.int().min(1).default(200),
    /**
     * Datagrams of the primary that say "I live", on top of the heartbeats: a lost segment holds a
     * TCP stream up for 200 ms and more, a lost datagram holds nothing up.
     */
    beatMs: z.int().min(2).default(15),
    /** After a switch silence must last longer before the next one (anti-flap). */
    antiFlapMs: z.int().min(0).default(10_000),
  })
  .refine((t) => t.failureTimeoutMs >= 3 * t.heartbeatMs, {
    path: ["failureTimeoutMs"],
    message: "must be at least three heartbeats: two may be lost and nobody is suspected",
  });

const capacity = z.strictObject({
  orders: z.int().min(1024).default(2_000_000),
  rememberedOrders: z.int().min(1).default(500_000),
  accounts: z.int().min(2).default(10_000),
  assets: z.int().min(2).default(64),
  symbols: z.int().min(1).default(64),
  levels: z.int().min(1024).default(500_000),
  sessions: z.int().min(16).default(1024),
});

/** Rate limits of the API, the defaults as production exchanges have them. */
const limits = z.strictObject({
  /** Per IP address. */
  requestWeightPerMinute: z.int().min(1).default(6000),
  rawRequestsPer5Minutes: z.int().min(1).default(300_000),
  /** Unfilled orders, per account. */
  ordersPer10Seconds: z.int().min(1).default(100),
  ordersPerDay: z.int().min(1).default(200_000),
});

const regionName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

/** The region of this exchange, and how the other one's journal is reached from here. */
const region = z
  .strictObject({
    name: regionName,
    /** At the first start; later the engines remember what they were told. */
    startsAs: z.enum(["active", "dr"]).default("active"),
    /** `region-sync`: nothing is acknowledged before the other region, once level, has it (RPO 0). */
    durability: z.enum(["zone", "region-sync"]).default("zone"),
    /**
     * Leadership is in a register: engines that both restarted wait for the controller's word that
     * their region still leads before one of them serves.
     */
    hasRegister: z.boolean().default(false),
    peer: z.strictObject({
      name: regionName,
      engines: z.array(z.strictObject({ host: z.string(), linkPort: port })).length(2),
      redisUrl: z.string(),
    }),
  })
  .refine((r) => r.name !== r.peer.name, {
    path: ["peer", "name"],
    message: "must be another region than this one",
  });

export const exchangeSchema = z.strictObject({
  shard: z.string().regex(/^[a-z0-9-]{1,24}$/),
  engines: z.array(engineNode).length(2),
  gateways: z.array(gatewayNode).min(1),
  history: z.strictObject({ zone, host: z.string(), statusPort: port }),
  redis: z.strictObject({ zone, url: z.string() }),
  postgres: z.strictObject({ zone, url: z.string() }),
  /** Each node keeps its files in a folder of its own name below it. */
  dataDir: z.string(),
  /** API keys and secrets (JSON, see `keysSchema`). */
  keysFile: z.string(),
  timing: timing.prefault({}),
  capacity: capacity.prefault({}),
  limits: limits.prefault({}),
  genesis: z.strictObject({ assets: z.array(asset).min(2), symbols: z.array(symbol).min(1) }),
  /** Absent: an exchange of one region. */
  region: region.optional(),
});

/** API keys: who may trade for which account. The file holds secrets: mode 0600. */
export const keysSchema = z.strictObject({
  /** Bearer token of the operators' routes (engine/admin.ts); without one they are closed. */
  operatorToken: z.string().min(16).optional(),
  accounts: z.array(
    z.strictObject({
      accountId: z.int().min(1),
      name: z.string(),
      apiKey: z.string().regex(/^[a-zA-Z0-9]{16,64}$/),
      secretKey: z.string().min(16),
      /** Deposited when the exchange is opened for the first time: asset name to decimal. */
      deposits: z.record(z.string(), decimal),
    }),
  ),
});

export type ExchangeConfig = z.infer<typeof exchangeSchema>;
export type EngineNode = z.infer<typeof engineNode>;
export type GatewayNode = z.infer<typeof gatewayNode>;
export type Keys = z.infer<typeof keysSchema>;

/** @throws CastleError CONFIG_INVALID with every fault and its path. */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CastleError(
    "CONFIG_INVALID",
    `${source} is not valid:\n${z.prettifyError(parsed.error)}`,
  );
}

/** @throws CastleError CONFIG_INVALID where the file cannot be read, is not JSON, or does not fit. */
export function loadJson<T>(schema: z.ZodType<T>, file: string): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new CastleError(
      "CONFIG_INVALID",
      `cannot read ${file}: ${(cause as Error).message}`,
      { file },
      { cause },
    );
  }
  return parseWith(schema, value, file);
}
