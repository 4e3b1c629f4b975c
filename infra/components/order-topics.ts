// OrderTopics: orders and what becomes of them in Kafka (MSK), over three zones with a copy of each record in each. Two
// of three must have a record before its writer is answered: a zone's loss loses nothing and stops nothing. Who
// comes is known by IAM, over TLS; there is no other way in, and no topic but those that are declared.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { TopicName } from "../workloads.ts";
import { openTo } from "./ingress.ts";
import { readTopics, writeTopics } from "./kafka-rights.ts";
import { logGroup } from "./log-group.ts";
import type { ScalingRule } from "./service-scaling.ts";
import { type TopicReader, topicAlarms } from "./topic-alarms.ts";
import { copies, serverProperties, topicConfigs, topicShapes } from "./topic-shapes.ts";
import { policyDocument, type Statement } from "./trust.ts";

export interface OrderTopicsArgs {
  readonly config: {
    readonly instanceType: string;
    readonly brokersPerZone: number;
    /** Of each broker at first; it grows by itself. */
    readonly storageGiB: number;
    readonly kafkaVersion: string;
  };
  readonly vpcId: pulumi.Input<string>;
  /** One in each of three zones. */
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  /** Whose lag is watched. */
  readonly readers: readonly TopicReader[];
  /** Services of AWS that read topics from networks of their own. */
  readonly remoteReaders: readonly RemoteReader[];
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

export type RemoteReader = "firehose" | "search-ingestion";

/** TLS with IAM. */
const brokerPort = 9098;
/** AWS's: of Kafka's own metrics, and of the machine's. */
const exporterPorts = { jmx: 11001, node: 11002 } as const;
/** At 60 % of a volume it grows; four times what it began with is a mistake of somebody's. */
const growAtPercent = 60;
const growthMax = 4;

export class OrderTopics extends pulumi.ComponentResource {
  /** Known when the topics are there: who reads them is made after them. */
  readonly clusterArn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** Of all brokers: `host:port,host:port,…`. */
  readonly bootstrapBrokers: pulumi.Output<string>;

  /** Of Prometheus: `host:port` of each broker's two exporters. */
  readonly exporterTargets: pulumi.Output<string[]>;

  private readonly name: string;

  constructor(name: string, args: OrderTopicsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:OrderTopics", name, {}, options);
    this.name = name;
    this.securityGroupId = this.securityGroup(args);
    const cluster = this.cluster(args);
    this.storageGrowth(args, cluster);
    const made = [...this.topics(cluster), ...this.admit(args, cluster)];
    topicAlarms(
      name,
      {
        clusterName: cluster.clusterName,
        brokerCount: brokersOf(args),
        readers: args.readers,
        alarmTopicArn: args.alarmTopicArn,
      },
      { parent: this },
    );
    this.clusterArn = pulumi.all(made).apply(() => cluster.arn);
    this.clusterName = cluster.clusterName;
    this.bootstrapBrokers = cluster.bootstrapBrokersSaslIam;
    this.exporterTargets = this.bootstrapBrokers.apply((brokers) =>
      exportersOf(brokers, brokersOf(args)),
    );
    this.registerOutputs({
      clusterArn: this.clusterArn,
      bootstrapBrokers: this.bootstrapBrokers,
    });
  }

  writerStatements(topics: readonly TopicName[]): readonly Statement[] {
    return writeTopics(this.clusterArn, topics);
  }

  readerStatements(group: string, topics: readonly TopicName[]): readonly Statement[] {
    return readTopics(this.clusterArn, group, topics);
  }

  /** Of a service that reads: seed 000's and 003's depth of a queue, as records that wait in a topic. */
  lagAbove(group: string, topic: TopicName, messages: number): ScalingRule {
    return {
      kind: "above",
      label: `lag-${topic}`,
      metric: {
        namespace: "AWS/Kafka",
        name: "SumOffsetLag",
        statistic: "Maximum",
        dimensions: { "Cluster Name": this.clusterName, "Consumer Group": group, Topic: topic },
      },
      threshold: messages,
      // The metric's own period.
      minutes: 1,
    };
  }

  allow(who: string, referencedSecurityGroupId: pulumi.Input<string>): void {
    const door = { securityGroupId: this.securityGroupId, port: brokerPort };
    openTo(this.name, who, door, { referencedSecurityGroupId }, this);
  }

  /** Of the collector: exporters speak plain HTTP, to it alone. */
  allowScrapes(who: string, referencedSecurityGroupId: pulumi.Input<string>): void {
    for (const [exporter, port] of Object.entries(exporterPorts)) {
      const door = { securityGroupId: this.securityGroupId, port };
      openTo(this.name, `${who}-${exporter}`, door, { referencedSecurityGroupId }, this);
    }
  }

  private securityGroup({ vpcId }: OrderTopicsArgs): pulumi.Output<string> {
    const group = new aws.ec2.SecurityGroup(
      `${this.name}-group`,
      { vpcId, description: "Brokers of orders' topics", egress: [] },
      { parent: this },
    );
    // Lambda and the search's ingestion ask for records from within the brokers' own group.
    const door = { securityGroupId: group.id, port: brokerPort };
    openTo(this.name, "group", door, { referencedSecurityGroupId: group.id }, this);
    new aws.vpc.SecurityGroupEgressRule(
      `${this.name}-to-group`,
      {
        securityGroupId: group.id,
        description: "Each other",
        ipProtocol: "tcp",
        fromPort: brokerPort,
        toPort: brokerPort,
        referencedSecurityGroupId: group.id,
      },
      { parent: this },
    );
    return group.id;
  }

  private cluster(args: OrderTopicsArgs): aws.msk.Cluster {
    const { name } = this;
    const { config } = args;
    const parent = { parent: this };
    const configuration = new aws.msk.Configuration(
      `${name}-configuration`,
      { serverProperties: serverProperties(), kafkaVersions: [config.kafkaVersion] },
      parent,
    );
    const log = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      parent,
    );
    return new aws.msk.Cluster(
      `${name}-cluster`,
      {
        kafkaVersion: config.kafkaVersion,
        numberOfBrokerNodes: brokersOf(args),
        brokerNodeGroupInfo: {
          instanceType: config.instanceType,
          clientSubnets: [...args.dataSubnetIds],
          securityGroups: [this.securityGroupId],
          storageInfo: { ebsStorageInfo: { volumeSize: config.storageGiB } },
          ...(args.remoteReaders.length === 0
            ? {}
            : {
                connectivityInfo: {
                  publicAccess: { type: "DISABLED" },
                  vpcConnectivity: { clientAuthentication: { sasl: { iam: true } } },
                },
              }),
        },
        clientAuthentication: { sasl: { iam: true, scram: false }, unauthenticated: false },
        encryptionInfo: {
          encryptionAtRestKmsKeyArn: args.dataKeyArn,
          encryptionInTransit: { clientBroker: "TLS", inCluster: true },
        },
        configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
        enhancedMonitoring: "PER_TOPIC_PER_BROKER",
        openMonitoring: {
          prometheus: {
            jmxExporter: { enabledInBroker: true },
            nodeExporter: { enabledInBroker: true },
          },
        },
        loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: log.name } } },
      },
      {
        parent: this,
        protect: true,
        // A volume that grew stays grown: MSK takes nothing back, and an update that asks for it fails.
        ignoreChanges: ["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"],
      },
    );
  }

  private storageGrowth({ config }: OrderTopicsArgs, cluster: aws.msk.Cluster): void {
    const target = new aws.appautoscaling.Target(
      `${this.name}-storage`,
      {
        serviceNamespace: "kafka",
        scalableDimension: "kafka:broker-storage:VolumeSize",
        resourceId: cluster.arn,
        // AWS wants one: volumes never shrink.
        minCapacity: 1,
        maxCapacity: config.storageGiB * growthMax,
      },
      { parent: this },
    );
    new aws.appautoscaling.Policy(
      `${this.name}-storage`,
      {
        policyType: "TargetTrackingScaling",
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          targetValue: growAtPercent,
          disableScaleIn: true,
          predefinedMetricSpecification: {
            predefinedMetricType: "KafkaBrokerStorageUtilization",
          },
        },
      },
      { parent: this },
    );
  }

  private topics(cluster: aws.msk.Cluster): pulumi.Output<string>[] {
    return Object.entries(topicShapes).map(([topic, shape]) => {
      const { arn } = new aws.msk.Topic(
        `${this.name}-${topic}`,
        {
          clusterArn: cluster.arn,
          name: topic,
          partitionCount: shape.partitions,
          replicationFactor: copies,
          configs: topicConfigs(shape),
        },
        { parent: this, protect: true },
      );
      return arn;
    });
  }

  /** By PrivateLink, each service by its own right; what it then reads is said by its role. */
  private admit(
    { remoteReaders }: OrderTopicsArgs,
    cluster: aws.msk.Cluster,
  ): pulumi.Output<string>[] {
    if (remoteReaders.length === 0) return [];
    const { id } = new aws.msk.ClusterPolicy(
      `${this.name}-remote-readers`,
      {
        clusterArn: cluster.arn,
        policy: policyDocument(
          remoteReaders.flatMap((reader) => remoteReaderStatements(reader, cluster.arn)),
        ),
      },
      { parent: this },
    );
    return [id];
  }
}

/** AWS tells three brokers of however many; they are called b-1, b-2 and so on. */
export function exportersOf(bootstrapBrokers: string, brokerCount: number): string[] {
  const [first = ""] = bootstrapBrokers.split(",");
  const [host = ""] = first.split(":");
  const hosts = Array.from({ length: brokerCount }, (_, index) =>
    host.replace(/^b-\d+\./, `b-${index + 1}.`),
  );
  return hosts.flatMap((one) => Object.values(exporterPorts).map((port) => `${one}:${port}`));
}

const brokersOf = ({ config, dataSubnetIds }: OrderTopicsArgs): number =>
  config.brokersPerZone * dataSubnetIds.length;

function remoteReaderStatements(
  reader: RemoteReader,
  clusterArn: pulumi.Input<string>,
): readonly Statement[] {
  const to = (service: string, actions: readonly string[]): Statement => ({
    Effect: "Allow",
    Principal: { Service: service },
    Action: actions,
    Resource: clusterArn,
  });
  switch (reader) {
    case "firehose":
      return [to("firehose.amazonaws.com", ["kafka:CreateVpcConnection"])];
    case "search-ingestion":
      return [
        to("osis.amazonaws.com", ["kafka:CreateVpcConnection", "kafka:DescribeClusterV2"]),
        to("osis-pipelines.amazonaws.com", [
          "kafka:CreateVpcConnection",
          "kafka:DescribeClusterV2",
          "kafka:GetBootstrapBrokers",
        ]),
      ];
  }
}
