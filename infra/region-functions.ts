// The functions beside the engines: the ingestion before the pipeline, and those that follow what comes out of it. Each is made
// where the operator gives its archive (workloads.functions), and reads as the pipeline is: a stream or a topic.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { IngestionFunction } from "./components/ingestion-function.ts";
import { findBrokers } from "./components/kafka-rights.ts";
import type { Network } from "./components/network.ts";
import { type FunctionSource, StreamFunction } from "./components/stream-function.ts";
import { topicShapes } from "./components/topic-shapes.ts";
import { keyUse, type Statement } from "./components/trust.ts";
import type { FunctionTarget } from "./components/web-socket-api.ts";
import { of } from "./peer.ts";
import { accessOf, type Pipeline } from "./pipeline-access.ts";
import { careOf, type Site } from "./region-site.ts";
import { type Facts, rightsOf, visitorsValues } from "./workload-rights.ts";
import { type TopicName, type Workload, workloadsOf } from "./workloads.ts";

interface Around {
  readonly network: Network;
  readonly pipeline: Pipeline;
  readonly alarmTopicArn: pulumi.Output<string>;
}

/** Artefacts are named relative to the stack's file. */
const root = fileURLToPath(new URL("..", import.meta.url));
const ordersIn: TopicName = "order-requests";

interface Brought {
  readonly workload: Workload;
  /** Path of its archive. */
  readonly archive: string;
}

/** Of functions, those whose archive is there. */
const broughtOf = ({ config }: Site): readonly Brought[] =>
  workloadsOf(config).flatMap((workload) => {
    const { kind, artefact } = workload;
    return kind === "lambda" && artefact.from === "operator"
      ? [{ workload, archive: artefact.reference }]
      : [];
  });

const placedAt = (site: Site, { network, alarmTopicArn }: Around, { archive }: Brought) => ({
  ...careOf(site),
  region: site.region,
  code: new pulumi.asset.FileArchive(resolve(root, archive)),
  vpcId: network.vpcId,
  subnetIds: network.serviceSubnetIds,
  alarmTopicArn,
});

/** Seed 004: what APIs call with an order; absent without topics, or without its archive. */
export function ingestionOf(site: Site, around: Around): FunctionTarget | undefined {
  const { pipeline } = around;
  const brought = broughtOf(site).find(({ workload }) => workload.name === "ingestion");
  if (brought === undefined || pipeline.topics === undefined) return undefined;
  const { name } = brought.workload;
  const { statements, environment } = accessOf(pipeline, brought.workload);
  const ingestion = new IngestionFunction(
    name,
    {
      ...placedAt(site, around, brought),
      statements,
      environment: { ...environment, KAFKA_TOPIC: ordersIn },
      load: site.config.api,
    },
    site.options,
  );
  pipeline.topics.allow(name, ingestion.securityGroupId);
  return ingestion.target;
}

/** Those that follow trades: positions, fraud, archive. */
export function followersOf(site: Site, around: Around, facts: Facts): void {
  for (const brought of broughtOf(site)) {
    const { workload } = brought;
    if (workload.consumes.length === 0) continue;
    const follower = new StreamFunction(
      workload.name,
      {
        ...placedAt(site, around, brought),
        source: sourceOf(around.pipeline, workload),
        statements: [
          ...rightsOf(site, facts, workload),
          ...secretStatements(site, facts, workload),
        ],
        environment: environmentOf(site, facts, workload),
      },
      site.options,
    );
    if (workload.rights.includes("order-tables")) {
      facts.stores.tableCache?.allow(workload.name, follower.securityGroupId);
    }
    if (workload.rights.includes("search")) {
      facts.stores.search?.allow(workload.name, follower.securityGroupId);
    }
    if (workload.rights.includes("database")) {
      const { database, proxy } = facts.stores;
      (proxy ?? database).allow(workload.name, follower.securityGroupId);
    }
  }
}

function environmentOf(site: Site, facts: Facts, workload: Workload) {
  const { global, region } = site;
  const { environment, secrets } = visitorsValues(site, facts, workload);
  // Nobody asks a function at a port.
  const { PORT: _, ...told } = environment;
  return {
    ...told,
    ...Object.fromEntries(secrets.map(({ variable, arn }) => [`${variable}_SECRET_ARN`, arn])),
    ...(workload.rights.includes("archive")
      ? { ARCHIVE_BUCKET: of(global.archiveBuckets, region) }
      : {}),
  };
}

/** Lambda hands no secret over: a function is told where each lies, and reads it. */
function secretStatements(site: Site, facts: Facts, workload: Workload): readonly Statement[] {
  const { secrets } = visitorsValues(site, facts, workload);
  if (secrets.length === 0) return [];
  return [
    {
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue"],
      Resource: secrets.map(({ arn }) => arn),
    },
    keyUse(site.dataKeyArn, "secretsmanager", site.region, ["kms:Decrypt"]),
  ];
}

function sourceOf(pipeline: Pipeline, workload: Workload): FunctionSource {
  const { name, consumes } = workload;
  const { statements } = accessOf(pipeline, workload);
  const [topic] = consumes.filter((one) => one !== "pipeline");
  const { topics, stream } = pipeline;
  if (topics !== undefined && topic !== undefined) {
    return {
      kind: "topic",
      clusterArn: topics.clusterArn,
      topic,
      group: name,
      partitions: topicShapes[topic].partitions,
      statements: [...statements, findBrokers(topics.clusterArn)],
    };
  }
  const arn = stream?.consumerArns[name];
  if (stream === undefined || arn === undefined) {
    throw new Error(
      `${name} follows a pipeline of kind ${pipeline.kind}, which has no lane for it`,
    );
  }
  return {
    kind: "stream",
    arn,
    statements: [
      ...statements,
      // Lambda asks for these when it is told of a stream, though it then reads its lane only.
      {
        Effect: "Allow",
        Action: ["kinesis:GetRecords", "kinesis:GetShardIterator"],
        Resource: stream.streamArn,
      },
    ],
  };
}
