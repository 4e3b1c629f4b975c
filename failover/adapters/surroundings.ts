// Surroundings: what of AWS stands around the engines, made from the deployment file: register, traffic,
// database. Each entry names its `kind`; regions are ours, and the entry says what they are in AWS.

import { z } from "zod";
import type { GlobalDatabase } from "../database.ts";
import { ClusterError } from "../errors.ts";
import type { TrafficRouter } from "../traffic.ts";
import { AuroraDatabase } from "./aurora-database.ts";
import { DynamoDbRegister } from "./dynamodb-register.ts";
import { GlobalAcceleratorTraffic } from "./global-accelerator-traffic.ts";
import { Route53Traffic } from "./route53-traffic.ts";

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
