// What orders and trades flow through: nobody unknown comes in, and nothing that was answered is lost.

import { across, at, each, isGiven, ofType, type Rule } from "./rule.ts";

const cluster = "aws:msk/cluster:Cluster";
const configuration = "aws:msk/configuration:Configuration";
const topic = "aws:msk/topic:Topic";
const connector = "aws:mskconnect/connector:Connector";
const workgroup = "aws:redshiftserverless/workgroup:Workgroup";
const endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint";

/** Seed 004's, and what every part of the flow is told by name. */
const topicsOfTheFlow = ["order-requests", "validated-orders", "matched-events", "trade-execution"];

/** `key=value` a line. */
function properties(text: unknown): ReadonlyMap<string, string> {
  const lines = typeof text === "string" ? text.split("\n") : [];
  return new Map(
    lines.map((line) => {
      const [key = "", ...value] = line.split("=");
      return [key.trim(), value.join("=").trim()];
    }),
  );
}

/** Of a topic; none where the text is not known yet. Its keys have dots. */
function configsOf(text: unknown): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(String(text ?? "{}"));
  } catch {
    return {};
  }
}

export const pipelineRules: readonly Rule[] = [
  across(
    "warehouse-reaches-catalog",
    "its calls stay in subnets without a way out: without the endpoint every load waits until it fails",
    (all) => {
      const isAsked = ofType(all, endpoint).some(({ props }) =>
        String(props.serviceName).endsWith(".glue"),
      );
      return ofType(all, workgroup).map((one) => [
        one,
        one.props.enhancedVpcRouting === true && !isAsked && "give the VPC an endpoint for glue",
      ]);
    },
  ),
  each(
    "kafka-iam-only",
    "whoever reaches the brokers would read every order [MSK3]",
    [cluster],
    (props) => {
      const others = [
        "clientAuthentication.unauthenticated",
        "clientAuthentication.sasl.scram",
        "clientAuthentication.tls",
      ].filter((path) => isGiven(at(props, path)));
      const publicAccess = at(props, "brokerNodeGroupInfo.connectivityInfo.publicAccess.type");
      return [
        at(props, "clientAuthentication.sasl.iam") !== true && "set clientAuthentication.sasl.iam",
        others.length > 0 && `leave ${others.join(" and ")} out: there is one way in`,
        isGiven(publicAccess) &&
          publicAccess !== "DISABLED" &&
          "leave public access out: brokers are for the VPC",
      ];
    },
  ),
  each("kafka-encrypted-between-brokers", "copies cross zones", [cluster], (props) => [
    at(props, "encryptionInfo.encryptionInTransit.inCluster") === false &&
      "leave encryptionInTransit.inCluster true",
  ]),
  each(
    "kafka-loses-nothing",
    "a copy that lacks records must not lead, and one copy alone is none",
    [configuration],
    (props) => {
      const told = properties(props.serverProperties);
      const number = (key: string) => Number(told.get(key) ?? 0);
      const factor = number("default.replication.factor");
      const inSync = number("min.insync.replicas");
      return [
        told.get("unclean.leader.election.enable") !== "false" &&
          "set unclean.leader.election.enable=false",
        factor < 3 && "set default.replication.factor=3",
        inSync < 2 && "set min.insync.replicas=2",
        factor >= 3 && inSync >= factor && "min.insync.replicas must be less than the copies",
        told.get("auto.create.topics.enable") !== "false" && "set auto.create.topics.enable=false",
      ];
    },
  ),
  each("kafka-configured", "AWS's own settings keep one copy in sync", [cluster], (props) => [
    !isGiven(at(props, "configurationInfo.arn")) && "set configurationInfo",
  ]),
  each(
    "topic-copies",
    "a copy in each zone, and two of them before a writer is answered",
    [topic],
    (props) => {
      const copies = Number(props.replicationFactor ?? 0);
      const inSync = Number(configsOf(props.configs)["min.insync.replicas"] ?? 2);
      return [
        copies < 3 && "set replicationFactor to 3",
        inSync < 2 && "set min.insync.replicas to 2",
        copies >= 3 && inSync >= copies && "min.insync.replicas must be less than the copies",
      ];
    },
  ),
  across("topics-there", "nobody makes a topic that is missing: its writers only fail", (all) =>
    ofType(all, cluster).map((one) => {
      const there = ofType(all, topic).map(({ props }) => props.name);
      const missing = topicsOfTheFlow.filter((name) => !there.includes(name));
      return [one, missing.length > 0 && `topics lack ${missing.join(", ")}`] as const;
    }),
  ),
  across("kafka-storage-grows", "a full volume takes no order", (all) =>
    ofType(all, cluster).map((one) => {
      const grows = ofType(all, "aws:appautoscaling/target:Target").some(
        ({ props }) => props.serviceNamespace === "kafka" && props.resourceId === one.props.arn,
      );
      return [one, !grows && "no scaling target of kafka:broker-storage names it"] as const;
    }),
  ),
  each(
    "connector-known",
    "a connector comes to the brokers as everybody does",
    [connector],
    (props) => [
      at(props, "kafkaClusterClientAuthentication.authenticationType") !== "IAM" &&
        "set kafkaClusterClientAuthentication.authenticationType to IAM",
      at(props, "kafkaClusterEncryptionInTransit.encryptionType") !== "TLS" &&
        "set kafkaClusterEncryptionInTransit.encryptionType to TLS",
    ],
  ),
  each(
    "connector-two-workers",
    "one worker's zone is lost, and nothing moves until somebody looks",
    [connector],
    (props) => {
      const workers =
        at(props, "capacity.autoscaling.minWorkerCount") ??
        at(props, "capacity.provisionedCapacity.workerCount");
      return [Number(workers ?? 0) < 2 && "run two workers or more"];
    },
  ),
  each(
    "connector-logs",
    "a task that failed stays so, and its log says why",
    [connector],
    (props) => [!isGiven(at(props, "logDelivery.workerLogDelivery")) && "set logDelivery"],
  ),
  each(
    "source-sets-aside",
    "one bad record would stop its shard or partition until it expires, and be lost then",
    ["aws:lambda/eventSourceMapping:EventSourceMapping"],
    (props) => [
      !isGiven(at(props, "destinationConfig.onFailure.destinationArn")) &&
        "set destinationConfig.onFailure",
      Number(props.maximumRetryAttempts ?? -1) < 0 &&
        "set maximumRetryAttempts: for ever is the default",
    ],
  ),
  across("stream-splits", "a shard takes 1,000 records a second and refuses the rest", (all) =>
    ofType(all, "aws:kinesis/stream:Stream")
      .filter(({ props }) => at(props, "streamModeDetails.streamMode") === "PROVISIONED")
      .map((one) => {
        const name =
          one.props.name ??
          String(one.props.arn ?? one.id)
            .split("/")
            .at(-1);
        const isSplit = ofType(all, "aws:sfn/stateMachine:StateMachine").some(({ props }) => {
          const text = String(props.definition ?? "");
          return text.includes("kinesis:updateShardCount") && text.includes(`"${String(name)}"`);
        });
        return [one, !isSplit && "nothing splits its shards"] as const;
      }),
  ),
];
