// How a VPC's network is cut: four kinds of subnets in three zones, twelve of sixteen equal parts. The
// last four parts stay free. Pure: the same network always gives the same subnets, and none overlap.

export const subnetKinds = ["public", "service", "engine", "data"] as const;
export type SubnetKind = (typeof subnetKinds)[number];

const zoneCount = 3;
/** Sixteen parts: the next power of two above twelve. */
const partBits = 4;

/** Networks by kind, each in the order of the zones. @param cidr from /16 to /20 */
export function planSubnets(cidr: string): Record<SubnetKind, readonly string[]> {
  const [address = "", bitsText = ""] = cidr.split("/");
  const bits = Number(bitsText);
  if (!(bits >= 16 && bits <= 20)) throw new RangeError(`${cidr}: write a network from /16 to /20`);
  const size = 2 ** (32 - bits);
  const base = Math.floor(numberOf(address) / size) * size;
  const partSize = size / 2 ** partBits;
  const part = (index: number) => `${textOf(base + index * partSize)}/${bits + partBits}`;
  const ofKind = (kind: number) =>
    Array.from({ length: zoneCount }, (_, zone) => part(kind * zoneCount + zone));
  return { public: ofKind(0), service: ofKind(1), engine: ofKind(2), data: ofKind(3) };
}

/** AWS keeps the first four addresses of a subnet and the last one for itself. */
const reservedCount = 4;

/** The address with this number, from 0, of those that a subnet gives out. */
export function addressIn(subnetCidr: string, number: number): string {
  const [address = ""] = subnetCidr.split("/");
  return textOf(numberOf(address) + reservedCount + number);
}

const numberOf = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

const textOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
