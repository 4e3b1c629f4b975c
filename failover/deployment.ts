// Deployment: what the toolkit acts on. One file for all regions (`--config deployment.json`), or derived from
// the data directory of a local exchange (`--data`), which is a deployment of one region without a
// register. Paths in the file are relative to it.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import {
  CastleError,
  type ExchangeConfig,
  exchangeSchema,
  keysSchema,
  loadJson,
} from "../engine/index.ts";
import { ClusterError } from "./errors.ts";

const regionName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

const registerSchema = z.strictObject({
  /** Of a DynamoDB that is not AWS's own (a local one). */
  endpoint: z.string().optional(),
  /** Where this process calls it: a region that survives with this process. */
  awsRegion: z.string().min(1),
  table: z.string().min(1),
});

const regionSchema = z.strictObject({
  name: regionName,
  /** Path of the region's exchange.json. */
  exchange: z.string().min(1),
  /** Token for the operators' routes; else from the exchange's keys file. */
  operatorTokenFile: z.string().optional(),
  /** Where the region's controller says what it sees. */
  controller: z
    .strictObject({ host: z.string(), statusPort: z.int().min(1).max(65535) })
    .optional(),
  /** Passed on to the adapters in failover/adapters/. */
  zonalShift: z.record(z.string(), z.unknown()).optional(),
  store: z.record(z.string(), z.unknown()).optional(),
});

const gatesSchema = z
  .strictObject({
    /** A region that is further behind is not opened without force. */
    lagEntriesMax: z.int().min(0).default(10_000),
    lagMsMax: z.int().min(0).default(5_000),
    /** The other region counts as lost after that many failed looks in a row … */
    failedLooksMin: z.int().min(2).default(5),
    /** … over at least this long. */
    windowMs: z.int().min(0).default(5_000),
    /** After a move of the region nothing is moved by itself for so long. */
    antiFlapMs: z.int().min(0).default(600_000),
  })
  .prefault({});

const tlsSchema = z.strictObject({
  /** PEM files whose expiry `castle doctor` watches. */
  certificates: z.array(z.string()).default([]),
});

const deploymentSchema = z
  .strictObject({
    shard: z.string().regex(/^[a-z0-9-]{1,24}$/),
    register: registerSchema.optional(),
    regions: z.array(regionSchema).min(1).max(2),
    gates: gatesSchema,
    /** `manual`: the controller proposes a region failover, an operator approves it. */
    approval: z.enum(["manual", "automatic"]).default("manual"),
    /** Passed on to the adapters in failover/adapters/. */
    traffic: z.array(z.record(z.string(), z.unknown())).default([]),
    database: z.record(z.string(), z.unknown()).optional(),
    tls: tlsSchema.optional(),
    /** Directory of operations.jsonl; by default that of this file. */
    dataDir: z.string().optional(),
  })
  .refine((d) => d.regions.length === 1 || d.register !== undefined, {
    path: ["register"],
    message: "two regions need a register",
  })
  .refine((d) => new Set(d.regions.map(({ name }) => name)).size === d.regions.length, {
    path: ["regions"],
    message: "regions need different names",
  });

export type Gates = z.infer<typeof gatesSchema>;

export interface DeploymentRegion {
  readonly name: string;
  readonly exchangeFile: string;
  readonly exchange: ExchangeConfig;
  /** Absent where no key file is readable: then the region can be watched, not operated. */
  readonly operatorToken: string | undefined;
  readonly controller: { readonly host: string; readonly statusPort: number } | undefined;
  readonly zonalShift?: Readonly<Record<string, unknown>> | undefined;
  readonly store?: Readonly<Record<string, unknown>> | undefined;
}

export interface Deployment {
  readonly shard: string;
  readonly regions: readonly DeploymentRegion[];
  readonly register: z.infer<typeof registerSchema> | undefined;
  readonly gates: Gates;
  readonly approval: "manual" | "automatic";
  readonly traffic: readonly Readonly<Record<string, unknown>>[];
  readonly database: Readonly<Record<string, unknown>> | undefined;
  readonly certificates: readonly string[];
  /** Where operations.jsonl lies. */
  readonly dataDir: string;
  /** Of a local exchange: the directory whose supervisor can stop and start processes. */
  readonly supervisedDir: string | undefined;
}

/** Name of the one region of an exchange that knows no regions. */
const localRegion = "local";

/** @throws ClusterError NOT_POSSIBLE where no exchange has been made; CastleError CONFIG_INVALID */
export function localDeployment(dataDir: string): Deployment {
  const exchangeFile = join(dataDir, "exchange.json");
  if (!existsSync(exchangeFile)) {
    throw new ClusterError(
      "NOT_RUNNING",
      `there is no exchange on ${dataDir}: start one by castle up, or name its directory by --data`,
    );
  }
  const exchange = loadJson(exchangeSchema, exchangeFile);
  return {
    shard: exchange.shard,
    regions: [
      {
        name: exchange.region?.name ?? localRegion,
        exchangeFile,
        exchange,
        operatorToken: tokenOf(exchange.keysFile),
        controller: undefined,
      },
    ],
    register: undefined,
    gates: gatesSchema.parse({}),
    approval: "manual",
    traffic: [],
    database: undefined,
    certificates: [],
    dataDir,
    supervisedDir: dataDir,
  };
}

/** @throws CastleError CONFIG_INVALID with every fault and its path. */
export function loadDeployment(file: string): Deployment {
  const given = loadJson(deploymentSchema, file);
  const folder = dirname(resolve(file));
  return {
    shard: given.shard,
    regions: given.regions.map((region) => {
      const exchangeFile = resolve(folder, region.exchange);
      const exchange = loadJson(exchangeSchema, exchangeFile);
      if (exchange.shard !== given.shard) {
        const text = `${file}: region ${region.name} is of shard ${exchange.shard}, not ${given.shard}`;
        throw new CastleError("CONFIG_INVALID", text);
      }
      const { controller, operatorTokenFile, zonalShift, store } = region;
      return {
        name: region.name,
        exchangeFile,
        exchange,
        operatorToken: tokenOf(
          operatorTokenFile === undefined
            ? resolve(dirname(exchangeFile), exchange.keysFile)
            : resolve(folder, operatorTokenFile),
        ),
        controller,
        zonalShift,
        store,
      };
    }),
    register: given.register,
    gates: given.gates,
    approval: given.approval,
    traffic: given.traffic,
    database: given.database,
    certificates: given.tls?.certificates.map((path) => resolve(folder, path)) ?? [],
    dataDir: resolve(folder, given.dataDir ?? "."),
    supervisedDir: undefined,
  };
}

function tokenOf(keysFile: string): string | undefined {
  return existsSync(keysFile) ? loadJson(keysSchema, keysFile).operatorToken : undefined;
}
