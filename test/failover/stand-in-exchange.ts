// An exchange of stand-in nodes, with a real Redis and a real PostgreSQL, on free ports.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExchangeOptions } from "../../failover/local/start.ts";
import type { Ports } from "../../failover/local/zones.ts";
import { freePort } from "../support/free-port.ts";

const standIn = fileURLToPath(new URL("stand-in-node.ts", import.meta.url));

export function temporaryDir(): string {
  return mkdtempSync(join(tmpdir(), "castle-test-"));
}

export async function freePorts(): Promise<Ports> {
  const found = new Set<number>();
  while (found.size < 13) found.add(await freePort());
  const [a, b, c, d, e, f, g, h, i, j, k, l, m] = [...found] as [number, ...number[]] as number[];
  const port = (value: number | undefined) => value ?? 0;
  return {
    gatewayHttp: [port(a), port(b), port(c)],
    gatewayStatus: [port(d), port(e), port(f)],
    engineLink: [port(g), port(h)],
    engineStatus: [port(i), port(j)],
    historyStatus: port(k),
    redis: port(l),
    postgres: port(m),
  };
}

export async function standInOptions(dataDir: string): Promise<ExchangeOptions> {
  return {
    dataDir,
    ports: await freePorts(),
    mains: { engine: standIn, gateway: standIn, history: standIn },
    startTimeoutMs: 20_000,
  };
}
