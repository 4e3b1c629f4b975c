// From a deployment to what operations act through. The AWS adapters are loaded only where the deployment
// names them: their SDK takes longer to load than a local operation takes.

import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment, DeploymentRegion } from "./deployment.ts";
import { type Carrier, regionPorts } from "./engines.ts";
import { throughSupervisor } from "./local/forward.ts";
import { localProcesses } from "./local/processes.ts";
import type { Ports, RegionPorts } from "./ports.ts";

export async function openPorts(deployment: Deployment): Promise<Ports> {
  const { shard, regions, supervisedDir } = deployment;
  return {
    shard,
    regions: await Promise.all(
      regions.map(async (region) => ({
        ...regionPorts(region, carrierTo(region, supervisedDir)),
        ...(await insideOf(region)),
      })),
    ),
    ...(await surroundingsOf(deployment)),
    processes: supervisedDir === undefined ? undefined : localProcesses(supervisedDir),
    pause: async (ms, signal) => {
      await sleep(ms, undefined, { signal });
    },
  };
}

/** Zones that are network namespaces are reached through the supervisor, which is inside of them. */
function carrierTo(
  { exchange }: DeploymentRegion,
  supervisedDir: string | undefined,
): Carrier | undefined {
  const isNear = exchange.engines.every(({ host }) => host.startsWith("127."));
  if (isNear || supervisedDir === undefined) return undefined;
  return (url, request) => throughSupervisor(supervisedDir, { url, ...request });
}

async function insideOf({
  name,
  zonalShift,
  store,
}: DeploymentRegion): Promise<Pick<RegionPorts, "zoneTraffic" | "store">> {
  if (zonalShift === undefined && store === undefined) return {};
  const { zoneTrafficOf, storeOf } = await import("./adapters/surroundings.ts");
  return { zoneTraffic: zoneTrafficOf(name, zonalShift), store: storeOf(name, store) };
}

async function surroundingsOf({
  register,
  traffic,
  database,
}: Deployment): Promise<Pick<Ports, "register" | "membership" | "traffic" | "database">> {
  if (register === undefined && traffic.length === 0 && database === undefined) {
    return { register: undefined, membership: undefined, traffic: [], database: undefined };
  }
  const { registerOf, trafficOf, databaseOf } = await import("./adapters/surroundings.ts");
  const opened = register === undefined ? undefined : registerOf(register);
  return {
    register: opened,
    membership: opened,
    traffic: trafficOf(traffic),
    database: databaseOf(database),
  };
}
