// What a workload may do with the order pipeline, and what it is told of it: from what the catalogue says that it produces
// and consumes, to statements, environment and rules of growth, whatever kind of pipeline there is.

import type * as pulumi from "@pulumi/pulumi";
import type { OrderQueue } from "./components/order-queue.ts";
import type { OrderStream } from "./components/order-stream.ts";
import type { OrderTopics } from "./components/order-topics.ts";
import type { ScalingRule } from "./components/service-scaling.ts";
import type { Statement } from "./components/trust.ts";
import type { RegionConfig } from "./config/stack-config.ts";
import type { TopicName, Workload } from "./workloads.ts";

export interface PipelineAccess {
  readonly statements: readonly Statement[];
  /** Names in docs/deploy.md, "What services are told of the pipeline". */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** Of a service that reads; functions and pods have their own. */
  readonly scaling: readonly ScalingRule[];
}

export interface Pipeline {
  readonly kind: RegionConfig["pipeline"]["kind"];
  /** Kinesis: orders and events, or, of Kafka's, trades for who analyses them. */
  readonly stream?: OrderStream;
  /** Orders of customers who are served first (seed 002). */
  readonly priorityStream?: OrderStream;
  readonly queue?: OrderQueue;
  readonly topics?: OrderTopics;
  /** Of workloads that produce `pipeline`: order intake and publisher. Topics have writers of their own. */
  readonly producer: PipelineAccess;
  /** Of the order processor. */
  readonly consumer: PipelineAccess;
}

type Named = Pick<Workload, "name" | "produces" | "consumes" | "growth">;

export const nothing: PipelineAccess = { statements: [], environment: {}, scaling: [] };

/** One workload's share of the pipeline. Where there are topics, its group has its own name. */
export function accessOf(pipeline: Pipeline, workload: Named): PipelineAccess {
  const { name, produces, consumes } = workload;
  return together([
    produces.includes("pipeline") ? pipeline.producer : nothing,
    consumes.includes("pipeline") ? readerOf(pipeline, name) : nothing,
    ofTopics(pipeline.topics, workload),
  ]);
}

/** In Kinesis each reader has a lane of its own; a queue has one kind of reader. */
function readerOf({ kind, stream, priorityStream, consumer }: Pipeline, name: string) {
  if (kind !== "kinesis" || stream === undefined) return consumer;
  return ofLanes([stream, ...(priorityStream === undefined ? [] : [priorityStream])], name);
}

/** @param streams the events' first */
export function ofLanes(streams: readonly OrderStream[], name: string): PipelineAccess {
  const [arn, priorityArn] = streams.map(({ consumerArns }) => consumerArns[name]);
  return {
    statements: streams.flatMap(({ consumerStatements }) => consumerStatements[name] ?? []),
    environment: {
      ...(arn === undefined ? {} : { STREAM_CONSUMER_ARN: arn }),
      ...(priorityArn === undefined ? {} : { PRIORITY_STREAM_CONSUMER_ARN: priorityArn }),
    },
    scaling: [],
  };
}

function ofTopics(topics: OrderTopics | undefined, workload: Named): PipelineAccess {
  const [writes, reads] = [namedIn(workload.produces), namedIn(workload.consumes)];
  if (topics === undefined || writes.length + reads.length === 0) return nothing;
  const { name, growth } = workload;
  return {
    statements: [
      ...(writes.length === 0 ? [] : topics.writerStatements(writes)),
      ...(reads.length === 0 ? [] : topics.readerStatements(name, reads)),
    ],
    environment: {
      KAFKA_BROKERS: topics.bootstrapBrokers,
      ...(reads.length === 0 ? {} : { KAFKA_GROUP: name }),
    },
    scaling: growth.by === "lag" ? [topics.lagAbove(name, growth.topic, growth.messages)] : [],
  };
}

const namedIn = (names: Workload["produces"]): readonly TopicName[] =>
  names.filter((name) => name !== "pipeline");

function together(parts: readonly PipelineAccess[]): PipelineAccess {
  return {
    statements: parts.flatMap(({ statements }) => statements),
    environment: Object.assign({}, ...parts.map(({ environment }) => environment)),
    scaling: parts.flatMap(({ scaling }) => scaling),
  };
}
