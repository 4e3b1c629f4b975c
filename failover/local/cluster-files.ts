// The files of a cluster: exchange.json (what runs where) and keys.json (who may trade). Made once;
// a later start keeps what decides the meaning of the data (assets, symbols, capacity, keys) and
// writes anew only where things run.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ExchangeConfig,
  exchangeSchema,
  formatEngine,
  type Keys,
  keysSchema,
  loadJson,
  parseWith,
} from "../../engine/index.ts";
import { makeDemoKeys, makeOperatorToken } from "./demo-keys.ts";
import { genesis } from "./genesis.ts";
import { type Ports, type Zone, zoneNames } from "./zones.ts";

/** The one shard of a local exchange. */
const shard = "demo";

export interface Topology {
  readonly ports: Ports;
  readonly hostOf: (zone: Zone) => string;
  readonly redisUrl: string;
  readonly postgresUrl: string;
}

export interface Overrides {
  readonly timing?: Partial<ExchangeConfig["timing"]>;
  readonly capacity?: Partial<ExchangeConfig["capacity"]>;
  readonly limits?: Partial<ExchangeConfig["limits"]>;
  /** Absent: as before, and an exchange of one region at first. */
  readonly region?: ExchangeConfig["region"];
}

export interface ClusterFiles {
  readonly dataDir: string;
  readonly configFile: string;
  readonly isNew: boolean;
}

export function openDataDir(dataDir: string): ClusterFiles {
  // Keys and orders are nobody else's business.
  mkdirSync(join(dataDir, "logs"), { recursive: true, mode: 0o700 });
  const configFile = join(dataDir, "exchange.json");
  return { dataDir, configFile, isNew: !existsSync(configFile) };
}

export function loadOrMakeKeys({ dataDir }: ClusterFiles): Keys {
  const file = join(dataDir, "keys.json");
  if (!existsSync(file)) writeWhole(file, makeDemoKeys());
  const keys = loadJson(keysSchema, file);
  if (keys.operatorToken !== undefined) return keys;
  // Of a cluster that was made before operators' routes were.
  writeWhole(file, { ...keys, operatorToken: makeOperatorToken() });
  return loadJson(keysSchema, file);
}

/** The config for this start; not written yet. */
export function planConfig(
  files: ClusterFiles,
  topology: Topology,
  overrides: Overrides,
): ExchangeConfig {
  const kept = files.isNew ? undefined : loadJson(exchangeSchema, files.configFile);
  const { ports, hostOf } = topology;
  const planned = {
    shard: kept?.shard ?? shard,
    engines: (["a", "b"] as const).map((zone, index) => ({
      id: index + 1,
      zone,
      host: hostOf(zone),
      linkPort: ports.engineLink[index as 0 | 1],
      statusPort: ports.engineStatus[index as 0 | 1],
    })),
    gateways: zoneNames.map((zone, index) => ({
      id: `gateway-${zone}`,
      zone,
      host: hostOf(zone),
      httpPort: ports.gatewayHttp[index as 0 | 1 | 2],
      statusPort: ports.gatewayStatus[index as 0 | 1 | 2],
    })),
    history: { zone: "c", host: hostOf("c"), statusPort: ports.historyStatus },
    redis: { zone: "c", url: topology.redisUrl },
    postgres: { zone: "c", url: topology.postgresUrl },
    dataDir: files.dataDir,
    keysFile: join(files.dataDir, "keys.json"),
    timing: { ...kept?.timing, ...overrides.timing },
    capacity: { ...kept?.capacity, ...overrides.capacity },
    limits: { ...kept?.limits, ...overrides.limits },
    genesis: kept?.genesis ?? genesis,
    region: overrides.region ?? kept?.region,
  };
  return parseWith(exchangeSchema, planned, "the planned exchange");
}

/** Lays out a new cluster's engines. Interrupted anywhere, the next start finds all or nothing. */
export function formatNewEngines({ dataDir }: ClusterFiles): void {
  for (const engineId of [1, 2] as const) {
    const dir = join(dataDir, `engine-${engineId}`);
    // One that is there is never made anew: an engine that lost its disk must know that it did.
    if (existsSync(dir)) continue;
    const staged = `${dir}.new`;
    rmSync(staged, { recursive: true, force: true });
    formatEngine(staged, { shard, engineId });
    renameSync(staged, dir);
  }
}

/** Whole or not at all; holds a password, so for the owner only. */
export function writeWhole(file: string, value: unknown): void {
  const staged = `${file}.new`;
  writeFileSync(staged, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(staged, file);
}
