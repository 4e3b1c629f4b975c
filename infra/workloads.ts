// The catalogue of workloads: what each seed wants to run, as a pure function of a region's configuration.
// Wiring makes components from it, `castle cost` tells what is left out. Castle brings the code of some;
// the others come from the operator, and without an artefact they are left out: nothing stands in for them.

import type { otherFunctions, otherImages, ownWorkloads } from "./config/sections.ts";
import type { RegionConfig } from "./config/stack-config.ts";

export type WorkloadName =
  | (typeof ownWorkloads)[number]
  | (typeof otherImages)[number]
  | (typeof otherFunctions)[number];

/** `engine` runs on machines of its own; `task` when it is asked for, on Fargate. */
export type WorkloadKind = "engine" | "ecs" | "eks" | "task" | "lambda";

export type Artefact =
  /** Built by `npm run build`. */
  | { readonly from: "castle" }
  /** From the configuration: an image, or the path of an archive. */
  | { readonly from: "operator"; readonly reference: string }
  | { readonly from: "nobody"; readonly field: string };

/** What makes it grow; figures are the seeds'. */
export type Growth =
  | { readonly by: "nothing" }
  | { readonly by: "cpu"; readonly percent: number; readonly minutes: number }
  | { readonly by: "memory"; readonly percent: number; readonly minutes: number }
  | { readonly by: "connections"; readonly perTask: number }
  | { readonly by: "depth"; readonly messages: number }
  | { readonly by: "lag"; readonly topic: TopicName; readonly messages: number }
  /** Lambda adds copies by itself: one for each shard, partition or group; for each message that waits. */
  | { readonly by: "source" };

export const topicNames = [
  "order-requests",
  "validated-orders",
  "matched-events",
  "trade-execution",
] as const;
export type TopicName = (typeof topicNames)[number];

/** What a workload's role may use; wiring turns each into statements with ARNs. */
export type Right =
  | "api-keys"
  | "certificate"
  | "operator-token"
  /** The store's own writer: of Castle's programs alone. Others read streams, and hand orders to gateways. */
  | "journal"
  | "register"
  | "database"
  /** By the readers' endpoint: nothing can be written there. */
  | "database-read"
  | "wallet-table"
  | "order-tables"
  | "traffic"
  | "reports"
  | "archive"
  /** What was indexed of trades and logs; the domain's own roles decide which of it. */
  | "search"
  | "metrics"
  | "traces";

export interface Workload {
  readonly name: WorkloadName;
  readonly kind: WorkloadKind;
  readonly artefact: Artefact;
  readonly size: {
    readonly cpu: number;
    readonly memoryMiB: number;
    readonly countMin: number;
    readonly countMax: number;
  };
  readonly growth: Growth;
  /** Of the order pipeline: what it writes into and reads from; topics where there are any. */
  readonly produces: readonly (TopicName | "pipeline")[];
  readonly consumes: readonly (TopicName | "pipeline")[];
  readonly rights: readonly Right[];
  /** Who wants it, by seed. */
  readonly why: string;
}

/** Every workload that this configuration asks for, whether its artefact is there or not. */
export function workloadsOf(config: RegionConfig): readonly Workload[] {
  return [...ownOf(config), ...imagesOf(config), ...functionsOf(config)];
}

/** Services run on Fargate unless the cluster is all there is; seed 001 has both, pods for its topics. */
const placeOf = ({ compute }: RegionConfig): "ecs" | "eks" =>
  compute.kind === "eks" ? "eks" : "ecs";

const podsWhereThereAre = ({ compute }: RegionConfig): "ecs" | "eks" =>
  compute.kind === "ecs" ? "ecs" : "eks";

const hasTopics = ({ pipeline }: RegionConfig): boolean =>
  pipeline.kind === "msk" || pipeline.kind === "msk-flow";

export const isFlow = ({ pipeline }: RegionConfig): boolean => pipeline.kind === "msk-flow";

/** The history follower reads one journal: a second one is the spare, in another zone. */
const followerSize = { cpu: 1024, memoryMiB: 2048, countMin: 1, countMax: 2 };
const probeSize = { cpu: 1024, memoryMiB: 2048, countMin: 1, countMax: 1 };
const functionSize = { cpu: 1024, memoryMiB: 1769, countMin: 0, countMax: 100 };
/** Open sockets of one gateway or feed task, well below its file descriptors. */
const connectionsPerTask = 5_000;

function ownOf(config: RegionConfig): Workload[] {
  const castle: Artefact = { from: "castle" };
  const { compute } = config;
  return [
    {
      name: "engine",
      kind: "engine",
      artefact: castle,
      // Its machine's size is matching.instanceType; one in each of two zones, always.
      size: { cpu: 0, memoryMiB: 0, countMin: 2, countMax: 2 },
      growth: { by: "nothing" },
      produces: [],
      consumes: [],
      rights: ["operator-token", "journal", "register", "metrics"],
      why: "all seeds: the matching engine",
    },
    {
      name: "gateway",
      kind: placeOf(config),
      artefact: castle,
      size: compute.gateway,
      growth: { by: "connections", perTask: connectionsPerTask },
      // It hands orders to the engine itself; what is queued comes from elsewhere.
      produces: [],
      consumes: [],
      rights: [
        "api-keys",
        ...(config.api.hasTlsAtGateway ? (["certificate"] as const) : []),
        "journal",
        "database",
        "metrics",
      ],
      why: "all seeds: order entry and market data over HTTP and WebSocket",
    },
    {
      name: "history",
      kind: placeOf(config),
      artefact: castle,
      size: followerSize,
      growth: { by: "nothing" },
      produces: [],
      consumes: [],
      rights: ["journal", "database", "metrics"],
      why: "all seeds: trades and orders in PostgreSQL",
    },
    {
      name: "controller",
      kind: placeOf(config),
      artefact: castle,
      size: followerSize,
      growth: { by: "nothing" },
      produces: [],
      consumes: [],
      rights: ["operator-token", "register", "traffic", "metrics"],
      why: "seeds 000, 002, 003: moves leadership between regions",
    },
    {
      name: "chaos-probe",
      kind: "task",
      artefact: castle,
      size: probeSize,
      growth: { by: "nothing" },
      produces: [],
      consumes: [],
      rights: ["api-keys", "reports"],
      why: "seed 003: daily experiments",
    },
  ];
}

function imageOf({ workloads }: RegionConfig, name: (typeof otherImages)[number]): Artefact {
  const reference = workloads.images[name];
  return reference === undefined
    ? { from: "nobody", field: `workloads.images.${name}` }
    : { from: "operator", reference };
}

function imagesOf(config: RegionConfig): Workload[] {
  const size = config.compute.service;
  const common = { size, produces: [], consumes: [] } as const;
  const all: (Workload | false)[] = [
    orderIntake(config),
    config.pipeline.kind !== "direct" && orderProcessor(config),
    publisher(config),
    config.tables.hasWallet && {
      ...common,
      name: "wallet",
      kind: placeOf(config),
      artefact: imageOf(config, "wallet"),
      growth: { by: "memory", percent: 70, minutes: 2 },
      rights: ["wallet-table", "database", "metrics", "traces"],
      why: "seeds 001, 002, 003: balances, deposits and withdrawals",
    },
    {
      ...common,
      name: "users",
      kind: placeOf(config),
      artefact: imageOf(config, "users"),
      growth: { by: "cpu", percent: 60, minutes: 2 },
      rights: ["database", "metrics", "traces"],
      why: "seeds 000, 001, 002: accounts of people",
    },
    {
      ...common,
      name: "market-data",
      kind: isFlow(config) ? "eks" : placeOf(config),
      artefact: imageOf(config, "market-data"),
      growth: { by: "connections", perTask: connectionsPerTask },
      consumes: hasTopics(config) ? ["matched-events", "trade-execution"] : [],
      rights: [
        "order-tables",
        ...(config.analytics.hasOpenSearch ? (["search"] as const) : []),
        "metrics",
        "traces",
      ],
      why: "seeds 003, 004: prices over WebSocket",
    },
    isFlow(config) && {
      ...common,
      name: "matcher",
      kind: "eks",
      artefact: imageOf(config, "matcher"),
      growth: lagOf("validated-orders"),
      produces: ["matched-events", "trade-execution"],
      consumes: ["validated-orders"],
      rights: ["api-keys", "metrics", "traces"],
      why: "seed 004: hands validated orders to the book and publishes what comes of them",
    },
  ];
  return all.filter((one) => one !== false);
}

/** Seed 000's and 003's figure for a queue that is too deep, used for topics as well. */
const messagesMax = 1_000;
const lagOf = (topic: TopicName): Growth => ({ by: "lag", topic, messages: messagesMax });

/** Gateways hand orders to the engine themselves; what is queued comes this way. Seed 004 has a function for it. */
function orderIntake(config: RegionConfig): Workload | false {
  const { kind } = config.pipeline;
  if (kind === "direct" || kind === "msk-flow") return false;
  return {
    name: "order-intake",
    kind: placeOf(config),
    artefact: imageOf(config, "order-intake"),
    size: config.compute.service,
    growth: { by: "cpu", percent: 60, minutes: 2 },
    produces: hasTopics(config) ? ["order-requests"] : ["pipeline"],
    consumes: [],
    rights: ["metrics", "traces"],
    why: "seeds 000, 001, 002: queues orders for the order processor",
  };
}

/** A queue of orders takes none: what is committed would be ordered again. Seed 004's matcher publishes. */
function publisher(config: RegionConfig): Workload | false {
  const { kind } = config.pipeline;
  if (kind !== "kinesis" && kind !== "msk") return false;
  return {
    name: "publisher",
    kind: hasTopics(config) ? podsWhereThereAre(config) : placeOf(config),
    artefact: imageOf(config, "publisher"),
    size: followerSize,
    growth: { by: "nothing" },
    produces: hasTopics(config) ? ["matched-events", "trade-execution"] : ["pipeline"],
    consumes: [],
    rights: ["database-read", "metrics", "traces"],
    why: "seeds 001, 003: what the exchange committed, for lake, warehouse, search and functions",
  };
}

function orderProcessor(config: RegionConfig): Workload {
  const { pipeline } = config;
  const growths: Readonly<Record<string, Growth>> = {
    sqs: { by: "depth", messages: pipeline.sqs.queueDepthMax },
    // Orders of a pair stay in their shard: more tasks help only where CPU is short.
    kinesis: { by: "cpu", percent: 60, minutes: 2 },
    msk: lagOf("order-requests"),
    "msk-flow": lagOf("order-requests"),
  };
  return {
    name: "order-processor",
    kind: hasTopics(config) ? podsWhereThereAre(config) : placeOf(config),
    artefact: imageOf(config, "order-processor"),
    size: config.compute.service,
    growth: growths[pipeline.kind] ?? { by: "cpu", percent: 60, minutes: 2 },
    produces: hasTopics(config) ? ["validated-orders"] : [],
    consumes: hasTopics(config) ? ["order-requests"] : ["pipeline"],
    rights: ["database", "api-keys", "order-tables", "metrics", "traces"],
    why: "all seeds: validates orders and routes them to the engine",
  };
}

function functionOf({ workloads }: RegionConfig, name: (typeof otherFunctions)[number]): Artefact {
  const reference = workloads.functions[name];
  return reference === undefined
    ? { from: "nobody", field: `workloads.functions.${name}` }
    : { from: "operator", reference };
}

/** What takes the WebSocket API's messages: where orders go through topics, that which takes orders in. */
export const messageHandler = (config: RegionConfig): "ingestion" | "messages" =>
  isFlow(config) ? "ingestion" : "messages";

/** Behind the WebSocket API; gateways have streams of their own, which need neither. */
function messageFunctions(config: RegionConfig): (Workload | false)[] {
  const { hasWebSocket } = config.api;
  const name = messageHandler(config);
  const artefact = functionOf(config, name);
  const common = {
    kind: "lambda",
    size: functionSize,
    growth: { by: "source" },
    produces: [],
    consumes: [],
  } as const;
  return [
    hasWebSocket &&
      name === "messages" && {
        ...common,
        name,
        artefact,
        rights: ["order-tables", "traces"],
        why: "seed 002: WebSocket by API Gateway; a call for each message",
      },
    // IAM decides who may connect where there is none.
    hasWebSocket &&
      artefact.from === "operator" && {
        ...common,
        name: "messages-authorizer",
        artefact: functionOf(config, "messages-authorizer"),
        rights: ["traces"],
        why: "seed 002: who may connect, by token",
      },
  ];
}

function functionsOf(config: RegionConfig): Workload[] {
  const { pipeline, analytics } = config;
  const trades: readonly (TopicName | "pipeline")[] = hasTopics(config)
    ? ["trade-execution"]
    : pipeline.kind === "kinesis"
      ? ["pipeline"]
      : [];
  const common = {
    kind: "lambda",
    size: functionSize,
    growth: { by: "source" },
    produces: [],
  } as const;
  const all: (Workload | false)[] = [
    isFlow(config) && {
      ...common,
      name: "ingestion",
      artefact: functionOf(config, "ingestion"),
      produces: ["order-requests"],
      consumes: [],
      rights: ["traces"],
      why: "seed 004: from the API, REST and WebSocket, to the topic of order requests",
    },
    ...messageFunctions(config),
    trades.length > 0 && {
      ...common,
      name: "positions",
      artefact: functionOf(config, "positions"),
      consumes: trades,
      rights: ["order-tables", "traces"],
      why: "seed 003: positions as trades happen",
    },
    trades.length > 0 &&
      analytics.hasOpenSearch && {
        ...common,
        name: "fraud",
        artefact: functionOf(config, "fraud"),
        consumes: trades,
        rights: ["search", "traces"],
        why: "seeds 001, 003: fraud detection on the stream of trades",
      },
    trades.length > 0 &&
      analytics.hasArchive && {
        ...common,
        name: "archive",
        artefact: functionOf(config, "archive"),
        consumes: trades,
        rights: ["archive", "database", "traces"],
        why: "seeds 002, 003: old trades from the database to S3",
      },
  ];
  return all.filter((one) => one !== false);
}
