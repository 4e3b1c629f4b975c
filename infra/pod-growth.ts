// When pods are added: from what the catalogue says of a workload to what its scaler counts, and what KEDA must be allowed
// to read for it.

import type * as pulumi from "@pulumi/pulumi";
import { kafkaArns } from "./components/kafka-rights.ts";
import type { PodGrowth } from "./components/pod-scaling.ts";
import { connectionsPerTask } from "./components/service-scaling.ts";
import type { Statement } from "./components/trust.ts";
import type { Pipeline } from "./pipeline-access.ts";
import type { Doors } from "./region-doors.ts";
import type { WorkloadSpec } from "./workload-specs.ts";

interface Around {
  readonly doors: Pick<Doors, "countedBalancers">;
  readonly pipeline: Pick<Pipeline, "queue" | "topics">;
}

/** Where the workload itself says nothing that can be counted here: seed 003's CPU > 60 % for 2 minutes. */
const usual: PodGrowth = { kind: "use", metric: "cpu", percent: 60, minutes: 2 };

export function growthOf({ workload }: WorkloadSpec, { doors, pipeline }: Around): PodGrowth {
  const { growth, name } = workload;
  const { queue, topics } = pipeline;
  switch (growth.by) {
    case "cpu":
    case "memory":
      return {
        kind: "use",
        metric: growth.by,
        percent: growth.percent,
        minutes: growth.minutes,
      };
    case "connections": {
      const balancer = doors.countedBalancers[name];
      if (balancer === undefined) return usual;
      const { metric, target } = connectionsPerTask(growth.perTask, balancer);
      return { kind: "work", work: { in: "metric", metric, perPod: target } };
    }
    case "depth":
      if (queue === undefined) return usual;
      return {
        kind: "work",
        work: { in: "queue", queueUrl: queue.queueUrl, messages: growth.messages },
      };
    case "lag":
      if (topics === undefined) return usual;
      return {
        kind: "work",
        work: {
          in: "topic",
          bootstrapServers: topics.bootstrapBrokers,
          topic: growth.topic,
          consumerGroup: name,
          messages: growth.messages,
        },
      };
    case "nothing":
    case "source":
      return { kind: "fixed" };
  }
}

/** What KEDA must be allowed to ask, to count what waits for this workload. */
export function scalerStatements(spec: WorkloadSpec, around: Around): Statement[] {
  const { queue, topics } = around.pipeline;
  const growth = growthOf(spec, around);
  if (growth.kind !== "work") return [];
  const { work } = growth;
  switch (work.in) {
    case "metric":
      return [
        {
          Effect: "Allow",
          Action: "cloudwatch:GetMetricData",
          // Metrics have no ARN, and reading knows no condition.
          Resource: "*",
        },
      ];
    case "queue":
      return queue === undefined
        ? []
        : [{ Effect: "Allow", Action: "sqs:GetQueueAttributes", Resource: queue.queueArn }];
    case "topic":
      return topics === undefined ? [] : lagStatements(topics.clusterArn, work);
  }
}

/** To know how far a group has read a topic, and no record of it. */
function lagStatements(
  clusterArn: pulumi.Output<string>,
  { topic, consumerGroup }: { readonly topic: string; readonly consumerGroup: string },
): Statement[] {
  return [
    {
      Effect: "Allow",
      Action: ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"],
      Resource: clusterArn,
    },
    {
      Effect: "Allow",
      Action: "kafka-cluster:DescribeTopic",
      Resource: kafkaArns(clusterArn, "topic", [topic]),
    },
    {
      Effect: "Allow",
      Action: "kafka-cluster:DescribeGroup",
      Resource: kafkaArns(clusterArn, "group", [consumerGroup]),
    },
  ];
}
