// Kafka, built alone: what loses nothing, who comes in, and what wakes somebody.

import * as pulumi from "@pulumi/pulumi";
import { assert } from "chai";
import { exportersOf, OrderTopics } from "../../../infra/components/order-topics.ts";
import { serverProperties, topicShapes } from "../../../infra/components/topic-shapes.ts";
import { at } from "../../../infra/policy/rule.ts";
import { topicNames } from "../../../infra/workloads.ts";
import { alone, type PolicyStatement, statementsIn } from "./alone.ts";
import { alarmType, allowed, care, subnetIds } from "./kafka-facts.ts";

const ruleType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const topicArgs = {
  ...care,
  config: {
    instanceType: "kafka.m7g.large",
    brokersPerZone: 2,
    storageGiB: 500,
    kafkaVersion: "3.8.x",
  },
  vpcId: "vpc-1",
  dataSubnetIds: subnetIds,
  readers: [{ group: "positions", topics: ["trade-execution"] }],
  remoteReaders: [],
} as const;

const settled = (statements: readonly object[]): Promise<readonly PolicyStatement[]> =>
  new Promise((resolve) =>
    pulumi.output(statements).apply((all) => resolve(all as unknown as PolicyStatement[])),
  );

describe("OrderTopics", function () {
  this.timeout(30_000);
  const topics = () => alone(() => new OrderTopics("orders", topicArgs));

  it("stands in three zones, with one way in: IAM over TLS", async () => {
    const { named } = await topics();
    const { inputs, options } = named("orders-cluster");
    assert.deepEqual(at(inputs, "brokerNodeGroupInfo.clientSubnets"), subnetIds);
    assert.equal(inputs.numberOfBrokerNodes, 6);
    assert.deepEqual(inputs.clientAuthentication, {
      sasl: { iam: true, scram: false },
      unauthenticated: false,
    });
    assert.deepEqual(inputs.encryptionInfo, {
      encryptionAtRestKmsKeyArn: care.dataKeyArn,
      encryptionInTransit: { clientBroker: "TLS", inCluster: true },
    });
    assert.isTrue(options.protect);
  });

  it("answers a writer when two zones have its record, and never lets a lacking copy lead", async () => {
    const lines = serverProperties().split("\n");
    for (const line of [
      "min.insync.replicas=2",
      "default.replication.factor=3",
      "unclean.leader.election.enable=false",
      "auto.create.topics.enable=false",
    ]) {
      assert.include(lines, line);
    }
    const { all, named } = await topics();
    const configuration = named("orders-configuration");
    assert.equal(configuration.inputs.serverProperties, serverProperties());
    assert.equal(
      at(named("orders-cluster").inputs, "configurationInfo.arn"),
      configuration.outputs.arn,
    );
    for (const { inputs, options } of all("aws:msk/topic:Topic")) {
      assert.equal(inputs.replicationFactor, 3);
      assert.equal(JSON.parse(String(inputs.configs))["min.insync.replicas"], "2");
      assert.isTrue(options.protect);
    }
  });

  it("makes the four topics, the order path as wide as its readers ever are", async () => {
    const { all } = await topics();
    const made = all("aws:msk/topic:Topic");
    assert.sameMembers(
      made.map(({ inputs }) => inputs.name),
      [...topicNames],
    );
    assert.isAtLeast(topicShapes["order-requests"].partitions, 30, "compute.service.countMax");
    // Validated orders stay with the symbol's number: what is joined is cut alike.
    assert.equal(
      topicShapes["validated-orders"].partitions,
      topicShapes["order-requests"].partitions,
    );
    const trades = made.find(({ inputs }) => inputs.name === "trade-execution");
    assert.equal(
      JSON.parse(String(trades?.inputs.configs))["retention.ms"],
      String(7 * 86_400_000),
    );
  });

  it("grows its volumes, and lets an update leave them grown", async () => {
    const { named, all } = await topics();
    const [target] = all("aws:appautoscaling/target:Target");
    assert.deepInclude(target?.inputs, {
      serviceNamespace: "kafka",
      resourceId: named("orders-cluster").outputs.arn,
      maxCapacity: 2_000,
    });
    assert.include(
      named("orders-cluster").options.ignoreChanges,
      "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize",
    );
  });

  it("wakes somebody for a lost copy or volume of each broker, a lost leader, a late reader", async () => {
    const { all, named } = await topics();
    const metrics = all(alarmType).map(({ inputs }) => String(inputs.metricName));
    const count = (metric: string) => metrics.filter((one) => one === metric).length;
    assert.equal(count("UnderReplicatedPartitions"), 6);
    assert.equal(count("KafkaDataLogsDiskUsed"), 6);
    assert.includeMembers(metrics, ["OfflinePartitionsCount", "ActiveControllerCount"]);
    const silent = named("orders-no-controller").inputs;
    assert.deepEqual(
      [silent.comparisonOperator, silent.treatMissingData],
      ["LessThanThreshold", "breaching"],
    );
    const cluster = named("orders-cluster").outputs.clusterName;
    assert.deepEqual(named("orders-lag-positions-trade-execution").inputs.dimensions, {
      "Cluster Name": cluster,
      "Consumer Group": "positions",
      Topic: "trade-execution",
    });
  });

  it("lets in its own group and those who are named, at one port", async () => {
    const { all } = await alone(() => {
      const made = new OrderTopics("orders", topicArgs);
      made.allow("ingestion", "sg-ingestion");
      return made;
    });
    const rules = all(ruleType).map(({ inputs }) => inputs);
    assert.lengthOf(rules, 2);
    for (const rule of rules) assert.deepEqual([rule.fromPort, rule.toPort], [9098, 9098]);
    assert.equal(rules[1]?.referencedSecurityGroupId, "sg-ingestion");
  });

  it("tells collectors every broker, though AWS names three, and lets in who scrapes", async () => {
    const brokers = "b-2.orders.c1.kafka.us-east-1.amazonaws.com:9098,b-1.orders:9098";
    const targets = exportersOf(brokers, 6);
    assert.lengthOf(targets, 12);
    assert.include(targets, "b-6.orders.c1.kafka.us-east-1.amazonaws.com:11002");
    const { all } = await alone(() => {
      const made = new OrderTopics("orders", topicArgs);
      made.allowScrapes("collector", "sg-collector");
      return made;
    });
    const ports = all(ruleType)
      .filter(({ inputs }) => inputs.referencedSecurityGroupId === "sg-collector")
      .map(({ inputs }) => inputs.fromPort);
    assert.sameMembers(ports, [11_001, 11_002]);
  });

  it("opens private connections only for services that read from afar", async () => {
    const near = await topics();
    assert.isUndefined(
      at(near.named("orders-cluster").inputs, "brokerNodeGroupInfo.connectivityInfo"),
    );
    assert.isEmpty(near.all("aws:msk/clusterPolicy:ClusterPolicy"));
    const far = await alone(
      () => new OrderTopics("orders", { ...topicArgs, remoteReaders: ["firehose"] }),
    );
    const { inputs } = far.named("orders-cluster");
    const connectivity = at(inputs, "brokerNodeGroupInfo.connectivityInfo");
    assert.deepEqual(connectivity, {
      publicAccess: { type: "DISABLED" },
      vpcConnectivity: { clientAuthentication: { sasl: { iam: true } } },
    });
    const [only] = statementsIn(far.named("orders-remote-readers").inputs.policy);
    assert.deepEqual(only?.Action, ["kafka:CreateVpcConnection"]);
  });

  it("is known to readers when its topics are there", async () => {
    const { component, named } = await topics();
    const arn = await new Promise((resolve) => component.clusterArn.apply(resolve));
    assert.equal(arn, named("orders-cluster").outputs.arn);
  });

  it("gives writers and readers their topics and group, and no others", async () => {
    const { component } = await topics();
    const arn = await new Promise<string>((resolve) => component.clusterArn.apply(resolve));
    const on = (kind: string, name: string) => `${arn.replace(":cluster/", `:${kind}/`)}/${name}`;
    const writer = await settled(component.writerStatements(["order-requests"]));
    assert.sameMembers(allowed(writer), [
      `kafka-cluster:Connect on ${arn}`,
      `kafka-cluster:WriteDataIdempotently on ${arn}`,
      `kafka-cluster:DescribeTopic on ${on("topic", "order-requests")}`,
      `kafka-cluster:WriteData on ${on("topic", "order-requests")}`,
    ]);
    const reader = await settled(component.readerStatements("matcher", ["validated-orders"]));
    assert.sameMembers(allowed(reader), [
      `kafka-cluster:Connect on ${arn}`,
      `kafka-cluster:DescribeTopic on ${on("topic", "validated-orders")}`,
      `kafka-cluster:ReadData on ${on("topic", "validated-orders")}`,
      `kafka-cluster:DescribeGroup on ${on("group", "matcher")}`,
      `kafka-cluster:AlterGroup on ${on("group", "matcher")}`,
    ]);
  });
});
