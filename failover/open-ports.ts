// From a deployment to what operations act through. The AWS adapters are loaded only where the deployment
// names them: their SDK takes longer to load than a local operation takes.

import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment } from "./deployment.ts";
import { regionPorts } from "./engines.ts";
import { localProcesses } from "./local/processes.ts";
import type { Ports } from "./ports.ts";

export async function openPorts(deployment: Deployment): Promise<Ports> {
  const { shard, regions, register, supervisedDir } = deployment;
  return {
    shard,
    regions: regions.map(regionPorts),
    register: register === undefined ? undefined : await openRegister(register),
    traffic: [],
    database: undefined,
    processes: supervisedDir === undefined ? undefined : localProcesses(supervisedDir),
    pause: async (ms, signal) => {
      await sleep(ms, undefined, { signal });
    },
  };
}

async function openRegister({ endpoint, awsRegion, table }: NonNullable<Deployment["register"]>) {
  const { DynamoDbRegister } = await import("./adapters/dynamodb-register.ts");
  return new DynamoDbRegister({
    region: awsRegion,
    table,
    ...(endpoint !== undefined && { endpoint }),
  });
}
