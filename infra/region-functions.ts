// The functions beside the engines: the ingestion before the pipeline, and those that follow what comes out of it. Each is made
// where the operator gives its archive (workloads.functions), and reads as the pipeline is: a stream or a topic.

import * as pulumi from "@pulumi/pulumi";
import type { HandlerArgs } from "./components/handler.ts";
import { IngestionFunction, type IngestionRoute } from "./components/ingestion-function.ts";
import { findBrokers } from "./components/kafka-rights.ts";
import type { Network } from "./components/network.ts";
import { type FunctionSource, StreamFunction } from "./components/stream-function.ts";
import { topicShapes } from "./components/topic-shapes.ts";
import { granted } from "./function-rights.ts";
import { accessOf, type Pipeline } from "./pipeline-access.ts";
import { careOf, type Site } from "./region-site.ts";
import { type TopicName, type Workload, workloadsOf } from "./workloads.ts";

interface Around {
  readonly network: Network;
  readonly pipeline: Pipeline;
  readonly alarmTopicArn: pulumi.Output<string>;
}

/** What the REST API hands to a function instead of a gateway. */
export interface FunctionRoutes {
  readonly ingestion?: IngestionRoute;
}

/** Of docs/api.md: where orders are placed. */
const orderRoute = { method: "post", path: "/api/v3/order" } as const;
const ordersIn: TopicName = "order-requests";

export function functionsOf(site: Site, around: Around): FunctionRoutes {
  const functions = workloadsOf(site.config).flatMap((workload) => {
    const { kind, artefact } = workload;
    return kind === "lambda" && artefact.from === "operator"
      ? [{ workload, archive: artefact.reference }]
      : [];
  });
  let routes: FunctionRoutes = {};
  for (const { workload, archive } of functions) {
    const placed = { ...careOf(site), ...placeOf(around), code: codeIn(archive) };
    if (workload.name === "ingestion") {
      routes = { ingestion: ingestionOf(site, around, workload, placed) };
    } else follow(site, around, workload, placed);
  }
  return routes;
}

const placeOf = ({ network }: Around) => ({
  vpcId: network.vpcId,
  subnetIds: network.serviceSubnetIds,
});

const codeIn = (path: string) => new pulumi.asset.FileArchive(path);

function ingestionOf(
  { config, region, options }: Site,
  { pipeline, alarmTopicArn }: Around,
  workload: Workload,
  placed: HandlerArgs,
): IngestionRoute {
  const { statements, environment } = accessOf(pipeline, workload);
  const ingestion = new IngestionFunction(
    workload.name,
    {
      ...placed,
      region,
      statements,
      environment: { ...environment, KAFKA_TOPIC: ordersIn },
      load: config.api,
      route: orderRoute,
      alarmTopicArn,
    },
    options,
  );
  pipeline.topics?.allow(workload.name, ingestion.securityGroupId);
  return ingestion.route;
}

function follow(
  site: Site,
  { pipeline, alarmTopicArn }: Around,
  workload: Workload,
  placed: HandlerArgs,
): void {
  const { region, options } = site;
  const rights = granted(site, workload.rights);
  new StreamFunction(
    workload.name,
    {
      ...placed,
      region,
      source: sourceOf(pipeline, workload),
      statements: rights.statements,
      environment: rights.environment,
      alarmTopicArn,
    },
    options,
  );
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
    throw new Error(`${name} follows a pipeline of kind ${pipeline.kind}, which has no lane for it`);
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
