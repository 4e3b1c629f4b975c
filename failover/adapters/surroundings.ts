// Surroundings: what of AWS stands around the engines, made from the deployment file: register, traffic, database,
// and of a region its zonal shifts and its managed Redis. Each entry names its `kind`; regions and zones
// are ours, and the entry says what they are in AWS.

import { z } from "zod";
import type { GlobalDatabase } from "../database.ts";
import { ClusterError } from "../errors.ts";
import type { JournalStore } from "../store.ts";
import type { TrafficRouter, ZoneTraffic } from "../traffic.ts";
import { AuroraDatabase } from "./aurora-database.ts";
import { DynamoDbRegister } from "./dynamodb-register.ts";
import { ElastiCacheStore } from "./elasticache-store.ts";
import { GlobalAcceleratorTraffic } from "./global-accelerator-traffic.ts";
import { Route53Traffic } from "./route53-traffic.ts";
import { ZonalShift } from "./zonal-shift.ts";

/** A stand-in's address; AWS's own where absent. */
const endpoint = z.string().optional();
const waitMs = z.int().min(0).optional();

const route53 = z.strictObject({
  kind: z.literal("route53"),
  endpoint,
  hostedZoneId: z.string().min(1),
  records: z
    .array(z.strictObject({ name: z.string().min(1), type: z.enum(["A", "AAAA", "CNAME"]) }))
    .min(1),
  regions: z.record(
    z.string(),
    z.strictObject({ setIdentifier: z.string().min(1), healthCheckId: z.string().optional() }),
  ),
  excludesOld: z.boolean().optional(),
  inSyncWaitMs: waitMs,
});

const globalAccelerator = z.strictObject({
  kind: z.literal("globalAccelerator"),
  endpoint,
  groups: z.record(
    z.string(),
    z.strictObject({
      arn: z.string().startsWith("arn:"),
      endpoints: z.array(z.string()).min(1).optional(),
    }),
  ),
});

const trafficSchema = z.discriminatedUnion("kind", [route53, globalAccelerator]);

const databaseSchema = z.strictObject({
  kind: z.literal("aurora"),
  endpoint,
  globalClusterId: z.string().min(1),
  clusters: z.record(
    z.string(),
    z.strictObject({ arn: z.string().startsWith("arn:"), awsRegion: z.string().min(1) }),
  ),
  moveTimeoutMs: waitMs,
});

/** By our zones, each one letter. */
const zonesOf = (inAws: z.ZodString) => z.record(z.string().regex(/^[a-z]$/), inAws);

const zonalShiftSchema = z.strictObject({
  kind: z.literal("arc"),
  endpoint,
  awsRegion: z.string().min(1),
  /** Balancers that allow it, and a Kubernetes cluster. */
  resources: z.array(z.string().startsWith("arn:")).min(1),
  /** Ids: zones of one name are different ones in two accounts. */
  zones: zonesOf(z.string().regex(/^[a-z0-9]+-az\d+$/)),
});

const storeSchema = z.strictObject({
  kind: z.literal("elasticache"),
  endpoint,
  awsRegion: z.string().min(1),
  replicationGroupId: z.string().min(1),
  /** Names, as ElastiCache tells them of its nodes. */
  zones: zonesOf(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/)),
  hasAutomaticFailover: z.boolean().optional(),
  moveTimeoutMs: waitMs,
});

/** As in the deployment file, not looked at yet. */
type Unread = Readonly<Record<string, unknown>>;

export function registerOf(register: {
  readonly awsRegion: string;
  readonly table: string;
  readonly endpoint?: string | undefined;
}): DynamoDbRegister {
  const { awsRegion, ...rest } = register;
  return new DynamoDbRegister({ region: awsRegion, ...reached(rest) });
}

/** @throws ClusterError OPTION_INVALID with every fault and its path. */
export function trafficOf(entries: readonly Unread[]): TrafficRouter[] {
  return read(z.array(trafficSchema), entries, "traffic").map((entry) =>
    entry.kind === "route53"
      ? new Route53Traffic(reached(entry))
      : new GlobalAcceleratorTraffic(reached(entry)),
  );
}

/** @throws ClusterError OPTION_INVALID with every fault and its path. */
export function databaseOf(entry: Unread | undefined): GlobalDatabase | undefined {
  if (entry === undefined) return undefined;
  return new AuroraDatabase(reached(read(databaseSchema, entry, "database")));
}

/** @throws ClusterError OPTION_INVALID with every fault and its path. */
export function zoneTrafficOf(region: string, entry: Unread | undefined): ZoneTraffic | undefined {
  if (entry === undefined) return undefined;
  const { awsRegion, ...rest } = read(zonalShiftSchema, entry, `regions.${region}.zonalShift`);
  return new ZonalShift({ region: awsRegion, ...reached(rest) });
}

/** @throws ClusterError OPTION_INVALID with every fault and its path. */
export function storeOf(region: string, entry: Unread | undefined): JournalStore | undefined {
  if (entry === undefined) return undefined;
  const { awsRegion, ...rest } = read(storeSchema, entry, `regions.${region}.store`);
  return new ElastiCacheStore({ region: awsRegion, ...reached(rest) });
}

/** Without the endpoint where there is none: then it is AWS's own. */
function reached<T extends { readonly endpoint?: string | undefined }>(
  entry: T,
): Omit<T, "endpoint"> & { readonly endpoint?: string } {
  const { endpoint: address, ...rest } = entry;
  return address === undefined ? rest : { ...rest, endpoint: address };
}

function read<T>(schema: z.ZodType<T>, given: unknown, place: string): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${[place, ...path].join(".")}: ${message}`,
  );
  throw new ClusterError("OPTION_INVALID", `deployment file: ${faults.join("; ")}`, { faults });
}
