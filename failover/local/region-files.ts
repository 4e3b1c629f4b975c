// The files of two regions on one machine: who is where, seen from each side of the border, and the
// deployment file that operators' commands and controllers read. Pure but for the writing.

import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ExchangeConfig } from "../../engine/index.ts";
import { loadOrMakeKeys, openDataDir, writeWhole } from "./cluster-files.ts";
import type { ProxyLink } from "./delay-proxy.ts";
import { type Ports, portsFrom } from "./zones.ts";

export const regionNames = ["prod", "dr"] as const;
export type RegionName = (typeof regionNames)[number];

/** The way into one region from the other: its engines and its Redis. */
export interface BorderPorts {
  readonly engineLink: readonly [number, number];
  readonly redis: number;
}

export interface RegionsPorts {
  readonly exchange: Readonly<Record<RegionName, Ports>>;
  readonly border: Readonly<Record<RegionName, BorderPorts>>;
  readonly controller: Readonly<Record<RegionName, number>>;
  readonly register: number;
}

const host = "127.0.0.1";
const shard = "demo";
/** From one region to the next: an exchange takes 433 ports above its base. */
const regionStride = 500;

/** Fixed, as those of one exchange are. */
export function regionsPortsFrom(base: number): RegionsPorts {
  const above = base + 2 * regionStride;
  return {
    exchange: { prod: portsFrom(base), dr: portsFrom(base + regionStride) },
    border: {
      prod: { engineLink: [above, above + 1], redis: above + 2 },
      dr: { engineLink: [above + 10, above + 11], redis: above + 12 },
    },
    controller: { prod: above + 20, dr: above + 21 },
    register: above + 30,
  };
}

function otherOf(name: RegionName): RegionName {
  return name === "prod" ? "dr" : "prod";
}

/** What a region's exchange.json says of regions. */
export function regionConfig(
  name: RegionName,
  ports: RegionsPorts,
  durability: "zone" | "region-sync",
): NonNullable<ExchangeConfig["region"]> {
  const peer = otherOf(name);
  const { engineLink, redis } = ports.border[peer];
  return {
    name,
    startsAs: name === "prod" ? "active" : "dr",
    durability,
    hasRegister: true,
    peer: {
      name: peer,
      engines: engineLink.map((linkPort) => ({ host, linkPort })),
      redisUrl: `redis://${host}:${redis}`,
    },
  };
}

/** Everything that crosses the border. */
export function borderLinks(ports: RegionsPorts): ProxyLink[] {
  return regionNames.flatMap((name) => {
    const into = ports.border[name];
    const { engineLink, redis } = ports.exchange[name];
    return [
      { host, port: into.engineLink[0], target: { host, port: engineLink[0] } },
      { host, port: into.engineLink[1], target: { host, port: engineLink[1] } },
      { host, port: into.redis, target: { host, port: redis } },
    ];
  });
}

/** One set of keys: accounts trade in whichever region leads, and operators reach both. */
export function shareKeys(dataDir: string): void {
  const [from, to] = regionNames.map((name) => {
    const dir = join(dataDir, name);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return join(dir, "keys.json");
  }) as [string, string];
  loadOrMakeKeys(openDataDir(join(dataDir, "prod")));
  if (!existsSync(to)) copyFileSync(from, to);
}

/** Who lets a takeover go, where that is not to be a person. */
export interface TakeoverPolicy {
  readonly approval?: "manual" | "automatic";
}

/** Where it lies. */
export function writeDeployment(
  dataDir: string,
  ports: RegionsPorts,
  options: { readonly endpoint: string; readonly table: string } & TakeoverPolicy,
): string {
  const file = join(dataDir, "deployment.json");
  const { endpoint, table, approval } = options;
  writeWhole(file, {
    shard,
    register: { endpoint, table, awsRegion: "us-east-1" },
    ...(approval !== undefined && { approval }),
    regions: regionNames.map((name) => ({
      name,
      exchange: join(name, "exchange.json"),
      controller: { host, statusPort: ports.controller[name] },
    })),
  });
  return file;
}
