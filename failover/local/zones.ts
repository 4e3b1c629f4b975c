// Zones and ports of a cluster on one machine: what runs where. Pure.

export const zoneNames = ["a", "b", "c"] as const;
export type Zone = (typeof zoneNames)[number];

/** Where a process can run: in a zone, or outside of all of them, where clients are. */
export type Place = Zone | "client";

/** A port for everything that listens. Gateways by zone; engines 1 and 2. */
export interface Ports {
  readonly gatewayHttp: readonly [number, number, number];
  readonly gatewayStatus: readonly [number, number, number];
  readonly engineLink: readonly [number, number];
  readonly engineStatus: readonly [number, number];
  readonly historyStatus: number;
  readonly redis: number;
  readonly postgres: number;
}

/** Fixed, so that bookmarks and scripts stay valid from one start to the next. */
export const defaultPortBase = 7000;

export function portsFrom(base: number): Ports {
  return {
    gatewayHttp: [base + 80, base + 81, base + 82],
    gatewayStatus: [base + 90, base + 91, base + 92],
    engineLink: [base + 180, base + 181],
    engineStatus: [base + 190, base + 191],
    historyStatus: base + 290,
    redis: base + 379,
    postgres: base + 432,
  };
}

export interface Listener {
  readonly name: string;
  readonly zone: Zone;
  readonly port: number;
}

/** Everything that will listen, with its owner: for the check that no port is taken. */
export function listenersOf(
  ports: Ports,
  { ownRedis, ownPostgres }: { ownRedis: boolean; ownPostgres: boolean },
): Listener[] {
  const listeners: Listener[] = [];
  zoneNames.forEach((zone, index) => {
    const name = `gateway-${zone}`;
    listeners.push({ name, zone, port: ports.gatewayHttp[index as 0 | 1 | 2] });
    listeners.push({ name, zone, port: ports.gatewayStatus[index as 0 | 1 | 2] });
  });
  (["a", "b"] as const).forEach((zone, index) => {
    const name = `engine-${index + 1}`;
    listeners.push({ name, zone, port: ports.engineLink[index as 0 | 1] });
    listeners.push({ name, zone, port: ports.engineStatus[index as 0 | 1] });
  });
  listeners.push({ name: "history", zone: "c", port: ports.historyStatus });
  if (ownRedis) listeners.push({ name: "redis", zone: "c", port: ports.redis });
  if (ownPostgres) listeners.push({ name: "postgres", zone: "c", port: ports.postgres });
  return listeners;
}
