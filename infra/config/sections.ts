// The sections of a stack's configuration, one schema each. Every field has a meaning in AWS and a
// default that fits seed 003; what a reader must know to choose is beside it. Laws that span
// sections are in laws.ts.

import { z } from "zod";

const cidr = z.cidrv4("write a network such as 10.16.0.0/16");
const days = z.int().min(1).max(3653);
const zoneId = z
  .string()
  .regex(
    /^[a-z]{3,4}\d-az\d$/,
    "write a zone *id* such as use1-az4; letters differ between accounts",
  );
const cron = z.string().regex(/^cron\(.+\)$|^rate\(.+\)$/, "write cron(...) or rate(...)");

export const roles = ["global", "prod", "dr"] as const;

/** What all resources of a stack share. */
export const siteSection = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "write a region such as us-east-1"),
  /** Owned hosted zone; API, streams and pages live below it. */
  domain: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "write a domain such as castle.example"),
  owner: z.string().min(1),
  costCenter: z.string().min(1),
  alarmEmail: z.email(),
});

/** A region of the pair: where it lies, and where traffic goes at first. */
export const placeSection = z.strictObject({
  /** Zones by id, in the order a, b, c: engine 1, engine 2, the journal store. */
  zoneIds: z
    .array(zoneId)
    .length(3, "write three zones: two engines and the journal need one each"),
  /**
   * Where traffic goes when the stack is made. A failover changes it outside of Pulumi, and no
   * later update changes it back.
   */
  isActive: z.boolean(),
  /** Orders come by the accelerator; by DNS otherwise. Must say what `global.hasAccelerator` says. */
  hasAccelerator: z.boolean().default(true),
  /** The other region of the pair: it takes copies of backups. */
  peerRegion: z.string(),
  /** Full names of the stacks that are read: organization/castle/global. */
  globalStack: z.string().min(1).default("organization/castle/global"),
  /** Of prod only, once dr stands: its outputs journalEndpoint and journalSecretArn. The secret is read here, in its replica. */
  peerJournal: z
    .strictObject({
      host: z.string().min(1),
      secretArn: z.string().startsWith("arn:aws:secretsmanager:"),
    })
    .optional(),
  /** Of prod only, once dr stands: its output endpointGroupArn. prod's controller shuts it when prod leads again. */
  peerEndpointGroupArn: z.string().startsWith("arn:aws:globalaccelerator:").optional(),
  /** Of prod only, once dr stands: its output userPoolArn. People who signed in there are let in here too. */
  peerUserPoolArn: z.string().startsWith("arn:aws:cognito-idp:").optional(),
  /** Of dr only: its counterpart. prod never reads dr. */
  prodStack: z.string().min(1).optional(),
});

export const networkSection = z.strictObject({
  cidr,
  /** Of the other region: both are routed to each other. */
  peerCidr: cidr,
  peering: z.enum(["vpc-peering", "transit-gateway", "none"]).default("vpc-peering"),
  flowLogRetentionDays: days.default(30),
});

export const matchingSection = z.strictObject({
  instanceType: z.string().default("z1d.2xlarge"),
  /** `efa` only where the type has it; z1d has none. */
  networkInterface: z.enum(["ena", "efa"]).default("ena"),
  isHyperThreadingOff: z.boolean().default(true),
  /** One targeted reservation an engine: the capacity is there when the zone is not. */
  hasCapacityReservations: z.boolean().default(true),
  /** The standby on Spot: cheaper, and gone when its price rises. Off-peak backups only. */
  isStandbySpot: z.boolean().default(false),
  /** A Local Zone for a further follower, such as us-east-1-nyc-2a; its group must be opted in to. */
  localZone: z
    .strictObject({
      name: z.string().regex(/^[a-z]{2}-[a-z]+-\d-[a-z]{3}-\d[a-z]$/),
      instanceType: z.string().default("c5d.2xlarge"),
      cidr,
    })
    .optional(),
  failureTimeoutMs: z.int().min(15).default(200),
  /** `region-sync`: nothing is acknowledged before the other region has it; one more round trip. */
  durability: z.enum(["zone", "region-sync"]).default("zone"),
});

export const journalSection = z.strictObject({
  kind: z.enum(["elasticache", "memorydb"]).default("elasticache"),
  engineVersion: z.string().default("8.2"),
  nodeType: z.string().default("cache.r7g.large"),
  /** Of ElastiCache; MemoryDB has none. */
  replicaCount: z.int().min(1).max(5).default(1),
  /**
   * prod: a Global Datastore; dr: a read-only copy of prod's journal in it, beside the store that dr's engines
   * write either way. In prod's file first.
   */
  hasGlobalDatastore: z.boolean().default(false),
});

interface TaskSize {
  readonly cpu: 256 | 512 | 1024 | 2048 | 4096;
  readonly memoryMiB: number;
  readonly countMin: number;
  readonly countMax: number;
}

const taskSize = (usual: TaskSize) =>
  z
    .strictObject({
      cpu: z.literal([256, 512, 1024, 2048, 4096]).default(usual.cpu),
      memoryMiB: z.int().min(512).max(30720).default(usual.memoryMiB),
      countMin: z.int().min(1).default(usual.countMin),
      countMax: z.int().min(1).default(usual.countMax),
    })
    .prefault({});

export const computeSection = z.strictObject({
  kind: z.enum(["ecs", "eks", "ecs+eks"]).default("ecs"),
  /** Kept beyond what the load needs, over three zones: one zone's loss leaves enough. */
  spareCapacityPercent: z.int().min(0).max(200).default(40),
  /** Of tasks beyond the on-demand base. */
  spotSharePercent: z.int().min(0).max(100).default(50),
  gateway: taskSize({ cpu: 2048, memoryMiB: 4096, countMin: 3, countMax: 12 }),
  service: taskSize({ cpu: 1024, memoryMiB: 2048, countMin: 3, countMax: 30 }),
  eks: z
    .strictObject({
      version: z.string().default("1.35"),
      autoscaler: z.enum(["karpenter", "cluster-autoscaler"]).default("karpenter"),
      /** Alike in size, the preferred one first; more of them make Spot last longer. */
      instanceTypes: z
        .array(z.string())
        .min(1)
        .default(["m7i.xlarge", "m6i.xlarge", "m7a.xlarge", "m6a.xlarge"]),
      /** Always there: one in each zone at least. */
      onDemandNodesMin: z.int().min(3).default(3),
      onDemandNodesMax: z.int().min(3).default(12),
      spotNodesMax: z.int().min(0).default(12),
      /** Roles that may do everything in the cluster, beside the one that made it. */
      administratorRoleArns: z
        .array(z.string().regex(/^arn:aws:iam::\d{12}:role\/\S+$/, "write the ARN of a role"))
        .default([]),
    })
    .prefault({}),
});

const archive = z.string().regex(/\.zip$/, "write the path of a .zip");

export const pipelineSection = z.strictObject({
  kind: z.enum(["direct", "sqs", "kinesis", "msk", "msk-flow"]).default("kinesis"),
  kinesis: z
    .strictObject({
      shardCount: z.int().min(1).default(50),
      retentionHours: z.int().min(24).max(8760).default(168),
      /**
       * Seed 003's trigger, which no shard can reach: it takes 1,000 and refuses the rest. Above 800 it
       * means 800: shards are split before they are full.
       */
      recordsPerShardMax: z.int().min(1).default(2000),
      /** A second stream for customers who are served first. */
      hasPriorityStream: z.boolean().default(false),
    })
    .prefault({}),
  sqs: z.strictObject({ queueDepthMax: z.int().min(1).default(1000) }).prefault({}),
  msk: z
    .strictObject({
      instanceType: z.string().default("kafka.m7g.large"),
      brokersPerZone: z.int().min(1).default(1),
      storageGiB: z.int().min(10).default(500),
      kafkaVersion: z.string().default("3.8.x"),
      connectVersion: z.string().default("3.7.x"),
      /**
       * Plugins of MSK Connect, which Castle does not bring: Confluent's S3 sink, and AWS's
       * kinesis-kafka-connector. Of msk-flow; a connector without its plugin is left out.
       */
      connectors: z
        .strictObject({ s3: archive.optional(), kinesis: archive.optional() })
        .prefault({}),
    })
    .prefault({}),
});

export const apiSection = z.strictObject({
  hasRest: z.boolean().default(true),
  hasWebSocket: z.boolean().default(true),
  /** Of all clients together; the REST API answers 429 beyond it, and API Gateway's own quota is 10,000. */
  requestsPerSecond: z.int().min(1).default(500),
  burst: z.int().min(1).default(1000),
  /** Requests in five minutes from one client: an API key at an address. */
  rateLimit: z.int().min(100).default(10_000),
  /** In front of the gateways: order flow by Global Accelerator and NLB, the rest by ALB. */
  hasTlsAtGateway: z.boolean().default(true),
  /** `latency` also answers from the nearest region; orders still go to the active one. */
  routing: z.enum(["failover", "latency"]).default("failover"),
});

export const identitySection = z.strictObject({
  isEnabled: z.boolean().default(true),
  mfa: z.enum(["ON", "OPTIONAL"]).default("ON"),
  /** Secrets Manager names with client id and secret, by provider. */
  socialProviders: z
    .partialRecord(
      z.enum(["Google", "Facebook", "SignInWithApple", "LoginWithAmazon"]),
      z.strictObject({ secretName: z.string() }),
    )
    .default({}),
});

export const databaseSection = z.strictObject({
  kind: z.enum(["aurora-serverless", "rds-multi-az"]).default("aurora-serverless"),
  /**
   * Of Aurora: a member of the global database. Must say what `global.hasGlobalDatabase` says. Without it each
   * region has a database of its own, filled from its own journal, and none moves in a failover.
   */
  isGlobal: z.boolean().default(true),
  /** Of a member: must say what `global.databaseEngineVersion` says. */
  engineVersion: z.string().default("17.7"),
  acuMin: z.number().min(0.5).max(256).multipleOf(0.5).default(2),
  acuMax: z.number().min(1).max(256).multipleOf(0.5).default(96),
  /** Of rds-multi-az. */
  instanceClass: z.string().default("db.r7g.xlarge"),
  storageGiB: z.int().min(20).default(400),
  readersMin: z.int().min(1).max(15).default(1),
  readersMax: z.int().min(1).max(15).default(5),
  hasProxy: z.boolean().default(true),
  backupRetentionDays: z.int().min(7).max(35).default(35),
});

export const tablesSection = z.strictObject({
  /** Whether a wallet service belongs to the design. */
  hasWallet: z.boolean().default(true),
  dax: z
    .strictObject({
      nodeType: z.string().default("dax.r5.large"),
      nodes: z.int().min(3).default(3),
    })
    .or(z.literal("off"))
    .prefault({}),
});

export const analyticsSection = z.strictObject({
  hasArchive: z.boolean().default(true),
  hasRedshift: z.boolean().default(true),
  redshiftRpus: z.int().min(8).multipleOf(8).default(32),
  hasOpenSearch: z.boolean().default(true),
  openSearchInstanceType: z.string().default("r7g.large.search"),
  openSearchStorageGiB: z.int().min(10).default(100),
});

export const observabilitySection = z.strictObject({
  hasPrometheus: z.boolean().default(true),
  hasGrafana: z.boolean().default(true),
  hasTracing: z.boolean().default(true),
  logRetentionDays: days.default(90),
  /** AWS Chatbot: workspace and channel, both authorised by hand once. */
  slack: z.strictObject({ teamId: z.string(), channelId: z.string() }).optional(),
  budgetUsdPerMonth: z.int().min(1).default(40_000),
});

export const resilienceSection = z.strictObject({
  /** Off leaves the templates in place and starts none. */
  experimentSchedule: cron.or(z.literal("off")).default("off"),
  hasZonalAutoshift: z.boolean().default(true),
  /** Records obey the switches of ARC as well. Must say what `global.hasRoutingControls` says. */
  hasRoutingControls: z.boolean().default(false),
  hasBackupPlan: z.boolean().default(true),
  hasGuardDuty: z.boolean().default(true),
  hasConfigRecorder: z.boolean().default(false),
});

/** What the global stack owns for both regions. */
export const globalSection = z.strictObject({
  prodRegion: z.string(),
  drRegion: z.string(),
  /** Third region of the register: a witness that keeps no data. */
  witnessRegion: z.string(),
  /** $3,000 a month and a year's commitment. */
  hasShieldAdvanced: z.boolean().default(false),
  hasAccelerator: z.boolean().default(true),
  hasWeb: z.boolean().default(true),
  /** ARC, a switch a region: about $1,825 a month; health checks do without. */
  hasRoutingControls: z.boolean().default(false),
  /** Of the pages' distribution: requests in five minutes from one address. */
  rateLimit: z.int().min(100).default(10_000),
  /** One trail for the account and all its regions. */
  hasCloudTrail: z.boolean().default(true),
  /** Of the distribution, its firewall and the trail. */
  logRetentionDays: days.default(90),
  /** Of reports, of what the archive took out of the database, and of trades, which stay readable at once. */
  glacierAfterDays: days.default(90),
  hasGlobalDatabase: z.boolean().default(true),
  /** Tables replicated to both regions; their capacity scales by itself from here on. */
  hasWallet: z.boolean().default(true),
  marketDataWriteUnits: z.int().min(1).default(10_000),
  tradeReadUnits: z.int().min(1).default(5_000),
  databaseEngineVersion: z.string().default("17.7"),
});

/** Built by `npm run build`; the others come from the operator, or are left out. */
export const ownWorkloads = ["engine", "gateway", "history", "chaos-probe", "controller"] as const;
export const otherImages = [
  "order-intake",
  "order-processor",
  "publisher",
  "wallet",
  "users",
  "market-data",
  "matcher",
] as const;
export const otherFunctions = [
  "ingestion",
  "positions",
  "fraud",
  "archive",
  "messages",
  "messages-authorizer",
] as const;

const image = z.string().regex(/^[^\s:]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/, "write repository:tag");
export const workloadsSection = z.strictObject({
  /** Container images of services that Castle does not bring. */
  images: z.partialRecord(z.enum(otherImages), image).default({}),
  /** Lambda archives of functions that Castle does not bring. */
  functions: z.partialRecord(z.enum(otherFunctions), archive).default({}),
});
