// TopicConnectors: MSK Connect from topics to the archive and to Kinesis (seed 004). Each has a plugin that the operator
// brings, a role for exactly its way, and two workers at least, so that a zone's loss slows it and does not stop it.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { pluginKey } from "./archive-prefixes.ts";
import { closedGroup } from "./closed-group.ts";
import {
  bucketSettings,
  streamSettings,
  topicFolder,
  workerProperties,
} from "./connector-settings.ts";
import { kafkaArns, readTopics } from "./kafka-rights.ts";
import { logGroup } from "./log-group.ts";
import { keyUse, type Statement, serviceRole } from "./trust.ts";

export interface TopicConnectorsArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly cluster: {
    readonly arn: pulumi.Input<string>;
    readonly bootstrapBrokers: pulumi.Input<string>;
  };
  readonly topics: readonly string[];
  readonly connectVersion: string;
  readonly vpcId: pulumi.Input<string>;
  /** With a way out: to Kinesis, to logs. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Plugins are kept in it, and records below `topics/`. */
  readonly bucket: { readonly name: pulumi.Input<string>; readonly arn: pulumi.Input<string> };
  /** There where the S3 sink's archive is given. */
  readonly toBucket?: { readonly plugin: pulumi.asset.Asset };
  readonly toStream?: {
    readonly plugin: pulumi.asset.Asset;
    readonly streamName: pulumi.Input<string>;
    readonly statements: readonly Statement[];
  };
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

interface Way {
  readonly label: "bucket" | "stream";
  readonly plugin: pulumi.asset.Asset;
  readonly settings: pulumi.Output<Record<string, string>>;
  readonly statements: readonly Statement[];
}

const workersMin = 2;
const workersMax = 4;

export class TopicConnectors extends pulumi.ComponentResource {
  readonly securityGroupId: pulumi.Output<string>;
  /** By way: bucket, stream. */
  readonly connectorArns: Readonly<Record<string, pulumi.Output<string>>>;

  private readonly name: string;
  private readonly args: TopicConnectorsArgs;

  constructor(
    name: string,
    args: TopicConnectorsArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:TopicConnectors", name, {}, options);
    this.name = name;
    this.args = args;
    this.securityGroupId = closedGroup(name, args.vpcId, this).id;
    const workers = new aws.mskconnect.WorkerConfiguration(
      `${name}-workers`,
      { propertiesFileContent: workerProperties },
      { parent: this },
    );
    this.connectorArns = Object.fromEntries(
      waysOf(args).map((way) => [way.label, this.connector(way, workers).arn]),
    );
    this.registerOutputs({ connectorArns: this.connectorArns });
  }

  private connector(
    way: Way,
    workers: aws.mskconnect.WorkerConfiguration,
  ): aws.mskconnect.Connector {
    const { args } = this;
    const name = `${this.name}-${way.label}`;
    // Explicit: Kafka keeps its position under it, as group `connect-NAME`.
    const connectorName = `castle-${name}`;
    const object = this.pluginObject(name, way);
    const plugin = new aws.mskconnect.CustomPlugin(
      `${name}-plugin`,
      {
        contentType: "ZIP",
        location: {
          s3: { bucketArn: args.bucket.arn, fileKey: object.key, objectVersion: object.versionId },
        },
      },
      { parent: this },
    );
    const log = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      { parent: this },
    );
    const connector = new aws.mskconnect.Connector(
      name,
      {
        name: connectorName,
        kafkaconnectVersion: args.connectVersion,
        connectorConfiguration: way.settings,
        capacity: {
          autoscaling: {
            mcuCount: 1,
            minWorkerCount: workersMin,
            maxWorkerCount: workersMax,
            scaleInPolicy: { cpuUtilizationPercentage: 20 },
            scaleOutPolicy: { cpuUtilizationPercentage: 70 },
          },
        },
        kafkaCluster: {
          apacheKafkaCluster: {
            bootstrapServers: args.cluster.bootstrapBrokers,
            vpc: { subnets: [...args.subnetIds], securityGroups: [this.securityGroupId] },
          },
        },
        kafkaClusterClientAuthentication: { authenticationType: "IAM" },
        kafkaClusterEncryptionInTransit: { encryptionType: "TLS" },
        plugins: [{ customPlugin: { arn: plugin.arn, revision: plugin.latestRevision } }],
        workerConfiguration: { arn: workers.arn, revision: workers.latestRevision },
        serviceExecutionRoleArn: this.role(name, connectorName, way, object).arn,
        logDelivery: {
          workerLogDelivery: { cloudwatchLogs: { enabled: true, logGroup: log.name } },
        },
      },
      // Two cannot have one name; the next one goes on where the last one stopped.
      { parent: this, deleteBeforeReplace: true },
    );
    this.alarm(name, connectorName);
    return connector;
  }

  private pluginObject(name: string, { plugin }: Way): aws.s3.BucketObjectv2 {
    const { bucket, dataKeyArn, region } = this.args;
    return new aws.s3.BucketObjectv2(
      `${name}-archive`,
      {
        bucket: bucket.name,
        key: pluginKey(region, name),
        source: plugin,
        serverSideEncryption: "aws:kms",
        kmsKeyId: dataKeyArn,
      },
      { parent: this },
    );
  }

  private role(
    name: string,
    connectorName: string,
    way: Way,
    object: aws.s3.BucketObjectv2,
  ): aws.iam.Role {
    const { cluster, topics, bucket, dataKeyArn, region, accountId } = this.args;
    // Made up by MSK Connect: positions, settings and states of its workers.
    const own = ["__amazon_msk_connect_*"];
    return serviceRole(
      `${name}-role`,
      {
        service: "kafkaconnect.amazonaws.com",
        sourceAccount: accountId,
        statements: [
          ...readTopics(cluster.arn, `connect-${connectorName}`, topics),
          { Effect: "Allow", Action: "kafka-cluster:DescribeCluster", Resource: cluster.arn },
          {
            Effect: "Allow",
            Action: [
              "kafka-cluster:CreateTopic",
              "kafka-cluster:DescribeTopic",
              "kafka-cluster:ReadData",
              "kafka-cluster:WriteData",
            ],
            Resource: kafkaArns(cluster.arn, "topic", own),
          },
          {
            Effect: "Allow",
            Action: ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"],
            Resource: kafkaArns(cluster.arn, "group", own),
          },
          {
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:GetObjectVersion"],
            Resource: pulumi.interpolate`${bucket.arn}/${object.key}`,
          },
          keyUse(dataKeyArn, "s3", region),
          ...way.statements,
        ],
      },
      { parent: this },
    );
  }

  private alarm(name: string, connectorName: string): void {
    alarm(
      `${name}-stopped`,
      {
        description: `${connectorName} has tasks that failed; they stay so until it is started again: read its log`,
        namespace: "AWS/KafkaConnect",
        metricName: "ErroredTaskCount",
        dimensions: { ConnectorName: connectorName },
        statistic: "Maximum",
        periodSeconds: 60,
        periods: 3,
        when: ">",
        threshold: 0,
        silence: "breaching",
        topicArn: this.args.alarmTopicArn,
      },
      { parent: this },
    );
  }
}

function waysOf({ toBucket, toStream, bucket, dataKeyArn, ...task }: TopicConnectorsArgs): Way[] {
  const ways: (Way | false)[] = [
    toBucket !== undefined && {
      label: "bucket",
      plugin: toBucket.plugin,
      settings: pulumi
        .all([bucket.name, dataKeyArn])
        .apply(([name, keyArn]) => bucketSettings(task, name, keyArn)),
      statements: [
        {
          Effect: "Allow",
          Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
          Resource: bucket.arn,
        },
        {
          Effect: "Allow",
          Action: [
            "s3:PutObject",
            "s3:GetObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
          ],
          Resource: pulumi.interpolate`${bucket.arn}/${topicFolder(task.region)}*`,
        },
      ],
    },
    toStream !== undefined && {
      label: "stream",
      plugin: toStream.plugin,
      settings: pulumi
        .output(toStream.streamName)
        .apply((streamName) => streamSettings(task, streamName)),
      // Its producer looks at the shards before it writes.
      statements: toStream.statements,
    },
  ];
  return ways.filter((way) => way !== false);
}
