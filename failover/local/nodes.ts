// Nodes: the exchange's own processes (engines, gateways, history), one a Node process.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExchangeConfig } from "../../engine/index.ts";
import type { Zone } from "./zones.ts";

export interface NodePlan {
  readonly name: string;
  readonly kind: "engine" | "gateway" | "history";
  readonly zone: Zone;
  readonly statusUrl: string;
}

/** Programs to run; tests put stand-ins in their place. */
export type Mains = Readonly<Record<NodePlan["kind"], string>>;

const engineDir = fileURLToPath(new URL("../../engine/", import.meta.url));

export const defaultMains: Mains = {
  engine: join(engineDir, "engine-main.ts"),
  gateway: join(engineDir, "gateway-main.ts"),
  history: join(engineDir, "history-main.ts"),
};

export function nodesOf(config: ExchangeConfig): NodePlan[] {
  const url = (host: string, port: number) => `http://${host}:${port}`;
  return [
    ...config.engines.map(({ id, zone, host, statusPort }) => ({
      name: `engine-${id}`,
      kind: "engine" as const,
      zone: zone as Zone,
      statusUrl: url(host, statusPort),
    })),
    ...config.gateways.map(({ id, zone, host, statusPort }) => ({
      name: id,
      kind: "gateway" as const,
      zone: zone as Zone,
      statusUrl: url(host, statusPort),
    })),
    {
      name: "history",
      kind: "history" as const,
      zone: config.history.zone as Zone,
      statusUrl: url(config.history.host, config.history.statusPort),
    },
  ];
}
