// What IAM says about Kafka: statements for one topic and one group at a time. Pure but for the ARNs. AWS's names of
// topics and groups hang on the cluster's: `cluster/NAME/UUID` becomes `topic/NAME/UUID/TOPIC`.

import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "./trust.ts";

function kafkaArn(clusterArn: string, kind: "topic" | "group", name: string): string {
  return `${clusterArn.replace(":cluster/", `:${kind}/`)}/${name}`;
}

/** @param names topics or groups; a trailing `*` is for names that a service makes up */
export const kafkaArns = (
  clusterArn: pulumi.Input<string>,
  kind: "topic" | "group",
  names: readonly string[],
): pulumi.Output<string[]> =>
  pulumi.output(clusterArn).apply((arn) => names.map((name) => kafkaArn(arn, kind, name)));

/** Each record once, though it may be sent twice: producers are idempotent, which is a right of its own. */
export function writeTopics(
  clusterArn: pulumi.Input<string>,
  topics: readonly string[],
): readonly Statement[] {
  return [
    {
      Effect: "Allow",
      Action: ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"],
      Resource: clusterArn,
    },
    {
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
      Resource: kafkaArns(clusterArn, "topic", topics),
    },
  ];
}

/** In one group: it cannot move another reader's position. */
export function readTopics(
  clusterArn: pulumi.Input<string>,
  group: string,
  topics: readonly string[],
): readonly Statement[] {
  return [
    { Effect: "Allow", Action: "kafka-cluster:Connect", Resource: clusterArn },
    {
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
      Resource: kafkaArns(clusterArn, "topic", topics),
    },
    {
      Effect: "Allow",
      Action: ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"],
      Resource: kafkaArns(clusterArn, "group", [group]),
    },
  ];
}

/** Where a service of AWS finds the brokers before it connects. */
export const findBrokers = (clusterArn: pulumi.Input<string>): Statement => ({
  Effect: "Allow",
  Action: ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
  Resource: clusterArn,
});
