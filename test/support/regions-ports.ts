// A range of ports for two regions, below those that the system gives away by itself: what a test of many
// processes picks one by one there, another program's connection may take before it listens.

import { assertPortsFree } from "../../failover/local/free-ports.ts";
import { type RegionsPorts, regionsPortsFrom } from "../../failover/local/region-files.ts";
import { listenersOf, portsFrom } from "../../failover/local/zones.ts";

const attemptsMax = 20;

/** Two regions take a thousand of them. */
export async function regionsPortBase(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const base = 20_000 + 1_100 * Math.floor(Math.random() * 10);
    const own = { ownRedis: true, ownPostgres: true };
    const listeners = [base, base + 500].flatMap((from) => listenersOf(portsFrom(from), own));
    const isFree = await assertPortsFree(listeners, "127.0.0.1").then(
      () => true,
      () => false,
    );
    if (isFree) return base;
  }
  throw new Error("no free range of ports");
}

export const regionsPorts = async (): Promise<RegionsPorts> =>
  regionsPortsFrom(await regionsPortBase());
