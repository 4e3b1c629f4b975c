// The network of the zones, as a shell script for a fresh network namespace: a bridge, and on it a
// namespace for each zone and one for clients. Pure.
// Every machine knows the others' hardware addresses for good: without them a dead zone would answer
// no ARP, and the kernel would tell senders "no route" after a while. Silence must stay silence.

import { type Place, zoneNames } from "./zones.ts";

/** 198.18.0.0/15 is set aside for tests of networks (RFC 2544): nobody's real address is shadowed. */
const network = "198.18.0";
const prefixLength = 24;

const lastBytes: Readonly<Record<Place | "operator", number>> = {
  a: 11,
  b: 12,
  c: 13,
  client: 100,
  operator: 254,
};

const namespaces: readonly Place[] = [...zoneNames, "client"];

export function addressOf(place: Place | "operator"): string {
  return `${network}.${lastBytes[place]}`;
}

/** The bridge's side of a zone's cable. */
export function portOf(place: Place): string {
  return `zone-${place}`;
}

export function namespacePath(place: Place): string {
  return `/run/netns/${place}`;
}

function hardwareAddress(place: Place | "operator"): string {
  // The second bit of the first byte marks an address as made up by its owner.
  return `02:ca:57:1e:00:${lastBytes[place].toString(16).padStart(2, "0")}`;
}

/** Run it with `set -e`, as root of fresh mount and network namespaces. */
export function zonesScript(): string {
  return [
    // Our own /run, so that the names of namespaces are nobody else's; and our own view of processes,
    // where the system lets us.
    "mount -t tmpfs -o mode=755 castle /run",
    "mkdir -p /run/netns",
    "mount -t proc proc /proc 2>/dev/null || true",
    ...namespaces.map((place) => `ip netns add ${place}`),
    batch("ip", bridgeLines()),
    ...namespaces.map((place) => batch(`ip -n ${place}`, zoneLines(place))),
  ].join("\n");
}

function bridgeLines(): string[] {
  return [
    "link set lo up",
    `link add zones address ${hardwareAddress("operator")} type bridge mcast_snooping 0`,
    `address add ${addressOf("operator")}/${prefixLength} dev zones`,
    "link set zones up",
    ...namespaces.flatMap((place) => [
      `link add ${portOf(place)} type veth peer name eth0 address ${hardwareAddress(place)} netns ${place}`,
      `link set ${portOf(place)} master zones up`,
    ]),
    ...namespaces.map((place) => neighbour(place, "zones")),
  ];
}

function zoneLines(place: Place): string[] {
  const others = [...namespaces.filter((other) => other !== place), "operator" as const];
  return [
    "link set lo up",
    `address add ${addressOf(place)}/${prefixLength} dev eth0`,
    "link set eth0 up",
    ...others.map((other) => neighbour(other, "eth0")),
  ];
}

function neighbour(place: Place | "operator", device: string): string {
  const lladdr = hardwareAddress(place);
  return `neighbour replace ${addressOf(place)} lladdr ${lladdr} dev ${device} nud permanent`;
}

function batch(command: string, lines: readonly string[]): string {
  return [`${command} -batch - <<'END'`, ...lines, "END"].join("\n");
}
