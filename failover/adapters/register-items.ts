// Register items: the records of the register as DynamoDB keeps them, and back. One table, key `shard`:
// `<shard>` is the leadership, `<shard>#<region>` the members there (a shard's name has no `#`).

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import { FailoverError } from "../errors.ts";
import type { Member, Membership } from "../membership.ts";
import type { Leadership, Move } from "../register.ts";

export type Item = Record<string, AttributeValue>;

/** A leadership, and the one it ended: what tells a repeat of a move from another move. */
export interface LeadershipRecord extends Leadership {
  /** Region that led before; "" in the first term. */
  readonly previous: string;
}

export const membersKey = (shard: string, region: string): string => `${shard}#${region}`;

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const count = z
  .object({ N: z.string().regex(/^\d+$/) })
  .transform(({ N }) => Number(N))
  .pipe(z.int());

const leadershipItem = z
  .object({
    shard: text,
    region: text,
    term: count.pipe(z.int().min(1)),
    sinceTerm: count.pipe(z.int().min(1)).optional(),
    previous: text,
    by: text,
    reason: text,
    atMs: count,
  })
  .transform((item) => ({ ...item, sinceTerm: item.sinceTerm ?? knownSince(item) }))
  .refine(({ term, sinceTerm }) => sinceTerm <= term, {
    path: ["sinceTerm"],
    error: "is above its term",
  });

/** Of a record that an older version wrote: no further back than what it proves. */
function knownSince({ region, term, previous }: Omit<LeadershipRecord, "sinceTerm">): number {
  return previous === region ? term - 1 : term;
}

const membersJson = z.array(
  z.strictObject({
    node: z.string(),
    kind: z.enum(["engine", "redis"]),
    zone: z.string(),
    address: z.string(),
    incarnation: z.int().min(1),
  }),
);

const membershipItem = z.object({
  shard: text,
  region: text,
  version: count.pipe(z.int().min(1)),
  members: text,
  by: text,
  reason: text,
  atMs: count,
});

export const leadershipToItem = (record: LeadershipRecord): Item => ({
  shard: { S: record.shard },
  region: { S: record.region },
  term: { N: String(record.term) },
  sinceTerm: { N: String(record.sinceTerm) },
  previous: { S: record.previous },
  by: { S: record.by },
  reason: { S: record.reason },
  atMs: { N: String(record.atMs) },
});

/** @throws FailoverError REGISTER_DAMAGED */
export function leadershipOf(item: Item): LeadershipRecord {
  return parsed(leadershipItem, item, item.shard?.S);
}

export const membershipToItem = (membership: Membership): Item => ({
  shard: { S: membersKey(membership.shard, membership.region) },
  region: { S: membership.region },
  version: { N: String(membership.version) },
  members: { S: membersText(membership.members) },
  by: { S: membership.by },
  reason: { S: membership.reason },
  atMs: { N: String(membership.atMs) },
});

/** @throws FailoverError REGISTER_DAMAGED */
export function membershipOf(shard: string, item: Item): Membership {
  const record = parsed(membershipItem, item, shard);
  return { ...record, shard, members: parsed(membersJson, jsonOf(record.members), shard) };
}

/** Fixed order of members and of their attributes, so that equal members are equal text. */
export function membersText(members: readonly Member[]): string {
  const ordered = [...members].sort((a, b) => (a.node < b.node ? -1 : 1));
  return JSON.stringify(
    ordered.map(({ node, kind, zone, address, incarnation }) => ({
      node,
      kind,
      zone,
      address,
      incarnation,
    })),
  );
}

/** Whether the record is what this move leaves behind: then it has succeeded already. */
export const isResultOf = (record: LeadershipRecord, move: Move): boolean =>
  record.term === move.from.term + 1 &&
  record.previous === move.from.region &&
  record.region === move.toRegion &&
  record.by === move.by &&
  record.reason === move.reason;

/** As callers know it. */
export function withoutPrevious({ previous: _, ...leadership }: LeadershipRecord): Leadership {
  return leadership;
}

function jsonOf(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

function parsed<T>(schema: z.ZodType<T>, given: unknown, shard: string | undefined): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new FailoverError(
    "REGISTER_DAMAGED",
    `the register's record of shard ${shard ?? "?"} cannot be read: ${faults.join("; ")}`,
    { faults },
  );
}
