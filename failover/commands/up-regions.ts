// castle up --regions: two regions in the foreground, with the distance between them, a register and a
// controller each, until Ctrl-C or `castle down`.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openControl } from "../local/control.ts";
import type { Exchange } from "../local/exchange.ts";
import { beganAtMs } from "../local/open-substrate.ts";
import { regionsPortsFrom } from "../local/region-files.ts";
import { type Regions, startRegions } from "../local/regions.ts";

export interface UpRegionsOptions {
  readonly data: string;
  readonly portBase: number;
  readonly regionSync: boolean;
  readonly rtt: number;
  readonly json: boolean;
}

export async function upRegions(options: UpRegionsOptions): Promise<void> {
  const tell = (line: string) => process.stderr.write(`castle: ${line}\n`);
  const interrupted = new AbortController();
  let regions: Regions | undefined;
  let onStopped = () => {};
  const stopped = new Promise<void>((resolve) => {
    onStopped = resolve;
  });
  const stop = () => {
    if (interrupted.signal.aborted) return;
    tell("stopping");
    interrupted.abort();
    void regions?.stop().then(onStopped);
  };
  mkdirSync(options.data, { recursive: true, mode: 0o700 });
  const control = await openControl(options.data, {
    status: async () => ({ prod: await regions?.prod.status(), dr: await regions?.dr.status() }),
    stop,
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  try {
    regions = await startRegions({
      dataDir: options.data,
      ports: regionsPortsFrom(options.portBase),
      rttMs: options.rtt,
      durability: options.regionSync ? "region-sync" : "zone",
      signal: interrupted.signal,
      tell,
    });
    for (const name of ["prod", "dr"] as const) noteDeaths(regions[name], name, tell);
    const afterMs = Math.round(performance.timeOrigin + performance.now() - beganAtMs);
    process.stdout.write(
      options.json ? `${JSON.stringify(asJson(regions, afterMs))}\n` : asText(regions, afterMs),
    );
    await stopped;
  } finally {
    await control.close();
  }
  tell("stopped");
}

function noteDeaths(exchange: Exchange, region: string, tell: (line: string) => void): void {
  exchange.on("exit", ({ name, code, signal, error, restartInMs }) => {
    const how = error?.message ?? (signal === null ? `exit code ${code}` : signal);
    tell(`${region}: ${name} died (${how}); started again in ${restartInMs} ms`);
  });
}

function asJson(regions: Regions, afterMs: number): object {
  const { prod, dr, deploymentFile } = regions;
  return {
    servingAfterMs: afterMs,
    deploymentFile,
    regions: [prod, dr].map(({ config, dataDir, gatewayUrls }) => ({
      name: config.region?.name,
      dataDir,
      gateways: gatewayUrls,
    })),
    accounts: prod.keys.accounts,
  };
}

function asText({ prod, dr, deploymentFile }: Regions, afterMs: number): string {
  const [account] = prod.keys.accounts;
  return [
    `two regions after ${afterMs} ms`,
    "",
    ...[prod, dr].flatMap(({ config, gatewayUrls }) =>
      gatewayUrls.map(
        ({ zone, http, ws }) =>
          `${(config.region?.name ?? "").padEnd(5)} gateway ${zone}   ${http}/api/v3   ${ws}/ws-api/v3`,
      ),
    ),
    "",
    `${account?.name.padEnd(5)} key    ${account?.apiKey}`,
    `      secret ${account?.secretKey}`,
    `and ${prod.keys.accounts.length - 1} more in ${join(prod.dataDir, "keys.json")}, the same in both regions`,
    "",
    "# who leads, and how far the other one is behind:",
    `castle status --config ${deploymentFile}`,
    "# lose the region that leads, and open the other one:",
    `castle failover --config ${deploymentFile} --region dr --reason drill`,
    "",
    "Ctrl-C stops it cleanly.",
    "",
  ].join("\n");
}
