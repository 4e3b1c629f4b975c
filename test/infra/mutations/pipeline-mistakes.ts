// Mistakes in what orders flow through: Kafka and its connectors (seeds 001 and 004), streams and who follows them.

import { firstOf, having, nested, type ResourceMistake, without } from "./mistake.ts";

const cluster = "aws:msk/cluster:Cluster";
const configuration = "aws:msk/configuration:Configuration";
const topic = "aws:msk/topic:Topic";
const connector = "aws:mskconnect/connector:Connector";
const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
const source = "aws:lambda/eventSourceMapping:EventSourceMapping";

const setting = (key: string, value: string) => (inputs: Readonly<Record<string, unknown>>) => ({
  ...inputs,
  serverProperties: String(inputs.serverProperties).replace(
    new RegExp(`^${key.replaceAll(".", "\\.")}=.*$`, "m"),
    `${key}=${value}`,
  ),
});

/** Every statement's actions become all of its service's. */
const greedy = (inputs: Readonly<Record<string, unknown>>) => {
  const policy = JSON.parse(String(inputs.policy));
  policy.Statement[0].Action = "kafka-cluster:*";
  return { ...inputs, policy: JSON.stringify(policy) };
};

export const pipelineMistakes: readonly ResourceMistake[] = [
  {
    mistake: "brokers in two zones",
    stack: "seed-001",
    type: cluster,
    caughtBy: "policy",
    says: /kafka-three-zones/,
    inputs: nested("brokerNodeGroupInfo", { clientSubnets: ["subnet-1", "subnet-2"] }),
  },
  {
    mistake: "brokers for whoever reaches them",
    stack: "seed-001",
    type: cluster,
    caughtBy: "policy",
    says: /leave clientAuthentication.unauthenticated out.*kafka-iam-only/,
    inputs: nested("clientAuthentication", { unauthenticated: true }),
  },
  {
    mistake: "brokers on the internet",
    stack: "seed-001",
    type: cluster,
    caughtBy: "policy",
    says: /leave public access out/,
    inputs: nested("brokerNodeGroupInfo", {
      connectivityInfo: { publicAccess: { type: "SERVICE_PROVIDED_EIPS" } },
    }),
  },
  {
    mistake: "records in plain text beside TLS",
    stack: "seed-001",
    type: cluster,
    caughtBy: "policy",
    says: /kafka-encrypted/,
    inputs: nested("encryptionInfo", { encryptionInTransit: { clientBroker: "TLS_PLAINTEXT" } }),
  },
  {
    mistake: "a level of monitoring that does not exist",
    stack: "seed-001",
    type: cluster,
    caughtBy: "range",
    says: /write one of DEFAULT/,
    inputs: having({ enhancedMonitoring: "PER_TOPIC" }),
  },
  {
    mistake: "a broker's volume that an update sets back",
    stack: "seed-001",
    type: cluster,
    caughtBy: "policy",
    says: /autoscaling-stays/,
    options: { ignoreChanges: [] },
  },
  {
    mistake: "two copies instead of three",
    stack: "seed-001",
    type: configuration,
    caughtBy: "policy",
    says: /set default.replication.factor=3/,
    inputs: setting("default.replication.factor", "2"),
  },
  {
    mistake: "one copy in sync is enough",
    stack: "seed-001",
    type: configuration,
    caughtBy: "policy",
    says: /set min.insync.replicas=2/,
    inputs: setting("min.insync.replicas", "1"),
  },
  {
    mistake: "leaders that lack records",
    stack: "seed-001",
    type: configuration,
    caughtBy: "policy",
    says: /unclean.leader.election/,
    inputs: setting("unclean.leader.election.enable", "true"),
  },
  {
    mistake: "a topic with two copies",
    stack: "seed-004",
    type: topic,
    nameEnd: "order-requests",
    caughtBy: "policy",
    says: /topic-copies/,
    inputs: having({ replicationFactor: 2 }),
  },
  {
    mistake: "a topic that is forgotten",
    stack: "seed-004",
    type: topic,
    nameEnd: "matched-events",
    caughtBy: "policy",
    says: /topics lack matched-events/,
    isForgotten: true,
  },
  {
    mistake: "topics that a destroy takes along",
    stack: "seed-004",
    type: topic,
    caughtBy: "policy",
    says: /stateful-protected/,
    options: { protect: false },
  },
  {
    mistake: "volumes that do not grow",
    stack: "seed-004",
    type: "aws:appautoscaling/target:Target",
    nameEnd: "orders-storage",
    caughtBy: "policy",
    says: /kafka-storage-grows/,
    isForgotten: true,
  },
  {
    mistake: "a connector that nobody knows",
    stack: "seed-004",
    type: connector,
    caughtBy: "policy",
    says: /connector-known/,
    inputs: having({ kafkaClusterClientAuthentication: { authenticationType: "NONE" } }),
  },
  {
    mistake: "a connector that may do everything in Kafka",
    stack: "seed-004",
    type: rolePolicy,
    nameEnd: "trades-connect-bucket-role-policy",
    caughtBy: "policy",
    says: /no-wildcard-action/,
    inputs: greedy,
  },
  {
    mistake: "three units a worker",
    stack: "seed-004",
    type: connector,
    caughtBy: "range",
    says: /write one of 1, 2, 4, 8/,
    inputs: having({
      capacity: { autoscaling: { mcuCount: 3, minWorkerCount: 2, maxWorkerCount: 4 } },
    }),
  },
  {
    mistake: "a connector's plugin without its kind",
    stack: "seed-004",
    type: "aws:mskconnect/customPlugin:CustomPlugin",
    caughtBy: "schema",
    says: /contentType/,
    inputs: without("contentType"),
  },
  {
    mistake: "a connector whose plugin is named beside its place",
    stack: "seed-004",
    type: connector,
    caughtBy: "schema",
    says: /arn: no such/,
    inputs: firstOf("plugins", { arn: "arn:plugin" }),
  },
  {
    mistake: "a function that stops at one bad record",
    stack: "seed-003",
    type: source,
    caughtBy: "policy",
    says: /set maximumRetryAttempts/,
    inputs: without("maximumRetryAttempts"),
  },
  {
    mistake: "a function whose bad records are lost",
    stack: "seed-003",
    type: source,
    caughtBy: "policy",
    says: /set destinationConfig.onFailure/,
    inputs: without("destinationConfig"),
  },
  {
    mistake: "shards that nobody splits",
    stack: "prod",
    type: "aws:sfn/stateMachine:StateMachine",
    nameEnd: "events-shards",
    caughtBy: "policy",
    says: /stream-splits/,
    isForgotten: true,
  },
];
