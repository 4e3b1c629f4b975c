// How orders and events are queued beside the engines: a FIFO queue or ordered streams, by configuration.

import type * as pulumi from "@pulumi/pulumi";
import { OrderQueue } from "./components/order-queue.ts";
import { OrderStream } from "./components/order-stream.ts";
import type { Site } from "./region-site.ts";

/** Each consumer has the stream's whole throughput for itself. */
const consumerNames = ["positions", "lake", "search"];

/** The event stream, where the pipeline has one. */
export function pipelineOf(
  site: Site,
  alarmTopicArn: pulumi.Output<string>,
): OrderStream | undefined {
  const { config, region, dataKeyArn, options } = site;
  const common = { region, dataKeyArn, alarmTopicArn };
  const { kind, sqs, kinesis } = config.pipeline;
  if (kind === "sqs") {
    new OrderQueue("orders-queue", { ...common, depthMax: sqs.queueDepthMax }, options);
  }
  if (kind !== "kinesis") return undefined;
  const lane = {
    ...common,
    shards: kinesis.shardCount,
    retentionHours: kinesis.retentionHours,
    recordsPerShardMax: kinesis.recordsPerShardMax,
    consumerNames,
  };
  // Seed 002: customers who are served first have a stream of their own.
  if (kinesis.hasPriorityStream) new OrderStream("events-priority", lane, options);
  return new OrderStream("events", lane, options);
}
