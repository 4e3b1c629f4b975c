// Analytics: trades as Parquet in this region's archive bucket, where Athena and the warehouse read them. The bucket, its
// lifecycle to Glacier and its copy in the other region are the archive's. Each region's lake is written from its own
// stream or topic: a lost region takes no reader of the other with it.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { findBrokers, kafkaArns } from "./kafka-rights.ts";
import { LakeCatalog } from "./lake-catalog.ts";
import { logGroup } from "./log-group.ts";
import { hourPrefix, tradePrefix } from "./trade-schema.ts";
import { keyUse, type Statement, serviceRole } from "./trust.ts";

export interface AnalyticsArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly bucketName: pulumi.Input<string>;
  readonly bucketArn: pulumi.Input<string>;
  /** As the pipeline has it; without one, records are put by those who have them. */
  readonly source?: LakeSource;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

export type LakeSource =
  | { readonly kind: "stream"; readonly arn: pulumi.Input<string> }
  | { readonly kind: "topic"; readonly clusterArn: pulumi.Input<string>; readonly topic: string };

/** The largest batch and the longest wait that still give files worth reading. */
const batchMiB = 128;
const batchSeconds = 300;
/** Twice the longest wait, in seconds: then it does not flow any more. */
const ageSecondsMax = 900;

export class Analytics extends pulumi.ComponentResource {
  readonly databaseName: pulumi.Output<string>;
  readonly tableName: pulumi.Output<string>;
  readonly workgroupName: pulumi.Output<string>;
  readonly deliveryStreamArn: pulumi.Output<string>;
  readonly deliveryStreamName: pulumi.Output<string>;

  constructor(name: string, args: AnalyticsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Analytics", name, {}, options);
    const catalog = new LakeCatalog(name, args, { parent: this });
    const delivery = this.delivery(name, args, catalog);
    this.alarms(name, args, delivery);

    this.databaseName = catalog.databaseName;
    this.tableName = catalog.tableName;
    this.workgroupName = catalog.workgroupName;
    this.deliveryStreamArn = delivery.arn;
    this.deliveryStreamName = delivery.name;
    this.registerOutputs({ databaseName: this.databaseName, workgroupName: this.workgroupName });
  }

  private delivery(
    name: string,
    args: AnalyticsArgs,
    catalog: LakeCatalog,
  ): aws.kinesis.FirehoseDeliveryStream {
    const logs = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      { parent: this },
    );
    const logStream = new aws.cloudwatch.LogStream(
      `${name}-log`,
      { logGroupName: logs.name, name: "delivery" },
      { parent: this },
    );
    const role = serviceRole(
      `${name}-delivery`,
      {
        service: "firehose.amazonaws.com",
        sourceAccount: args.accountId,
        statements: deliveryStatements(args, catalog, logs),
      },
      { parent: this },
    );
    return new aws.kinesis.FirehoseDeliveryStream(
      name,
      {
        destination: "extended_s3",
        ...sourceConfiguration(args, role.arn),
        extendedS3Configuration: {
          roleArn: role.arn,
          bucketArn: args.bucketArn,
          kmsKeyArn: args.dataKeyArn,
          prefix: hourPrefix,
          errorOutputPrefix:
            "trades-refused/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
          bufferingSize: batchMiB,
          bufferingInterval: batchSeconds,
          cloudwatchLoggingOptions: {
            enabled: true,
            logGroupName: logs.name,
            logStreamName: logStream.name,
          },
          dataFormatConversionConfiguration: {
            enabled: true,
            inputFormatConfiguration: { deserializer: { openXJsonSerDe: {} } },
            outputFormatConfiguration: { serializer: { parquetSerDe: { compression: "SNAPPY" } } },
            schemaConfiguration: {
              roleArn: role.arn,
              databaseName: catalog.databaseName,
              tableName: catalog.tableName,
              region: args.region,
            },
          },
        },
      },
      { parent: this },
    );
  }

  private alarms(
    name: string,
    args: AnalyticsArgs,
    delivery: aws.kinesis.FirehoseDeliveryStream,
  ): void {
    const common = {
      namespace: "AWS/Firehose",
      dimensions: { DeliveryStreamName: delivery.name },
      periodSeconds: 300,
      topicArn: args.alarmTopicArn,
      silence: "notBreaching",
    } as const;
    const options = { parent: this };
    alarm(
      `${name}-age`,
      {
        ...common,
        description: "Trades wait for the lake longer than they should",
        metricName: "DeliveryToS3.DataFreshness",
        statistic: "Maximum",
        periods: 2,
        when: ">",
        threshold: ageSecondsMax,
      },
      options,
    );
    alarm(
      `${name}-refused`,
      {
        ...common,
        description: "Records do not fit the trades' table; they lie below trades-refused/",
        metricName: "FailedConversion.Records",
        statistic: "Sum",
        periods: 1,
        when: ">",
        threshold: 0,
      },
      options,
    );
  }
}

function sourceConfiguration(
  { source, dataKeyArn }: AnalyticsArgs,
  roleArn: pulumi.Output<string>,
): Pick<
  aws.kinesis.FirehoseDeliveryStreamArgs,
  "serverSideEncryption" | "kinesisSourceConfiguration" | "mskSourceConfiguration"
> {
  switch (source?.kind) {
    case undefined:
      return {
        serverSideEncryption: {
          enabled: true,
          keyType: "CUSTOMER_MANAGED_CMK",
          keyArn: dataKeyArn,
        },
      };
    case "stream":
      return { kinesisSourceConfiguration: { kinesisStreamArn: source.arn, roleArn } };
    case "topic":
      return {
        mskSourceConfiguration: {
          mskClusterArn: source.clusterArn,
          topicName: source.topic,
          authenticationConfiguration: { connectivity: "PRIVATE", roleArn },
          // From the first record that is kept.
          readFromTimestamp: "1970-01-01T00:00:00Z",
        },
      };
  }
}

function sourceStatements({ source, dataKeyArn, region }: AnalyticsArgs): readonly Statement[] {
  switch (source?.kind) {
    case undefined:
      return [];
    case "stream":
      return [
        {
          Effect: "Allow",
          Action: [
            "kinesis:DescribeStream",
            "kinesis:GetShardIterator",
            "kinesis:GetRecords",
            "kinesis:ListShards",
          ],
          Resource: source.arn,
        },
        keyUse(dataKeyArn, "kinesis", region, ["kms:Decrypt"]),
      ];
    case "topic":
      return [
        findBrokers(source.clusterArn),
        { Effect: "Allow", Action: "kafka-cluster:Connect", Resource: source.clusterArn },
        {
          Effect: "Allow",
          Action: [
            "kafka-cluster:DescribeTopic",
            "kafka-cluster:DescribeTopicDynamicConfiguration",
            "kafka-cluster:ReadData",
          ],
          Resource: kafkaArns(source.clusterArn, "topic", [source.topic]),
        },
        {
          Effect: "Allow",
          Action: "kafka-cluster:DescribeGroup",
          // Firehose makes its group's name up.
          Resource: kafkaArns(source.clusterArn, "group", ["*"]),
        },
      ];
  }
}

function deliveryStatements(
  args: AnalyticsArgs,
  catalog: LakeCatalog,
  logs: aws.cloudwatch.LogGroup,
): Statement[] {
  return [
    ...sourceStatements(args),
    {
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
      Resource: args.bucketArn,
    },
    {
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
      Resource: [
        pulumi.interpolate`${args.bucketArn}/${tradePrefix}*`,
        pulumi.interpolate`${args.bucketArn}/trades-refused/*`,
      ],
    },
    keyUse(args.dataKeyArn, "s3", args.region),
    {
      Effect: "Allow",
      Action: ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"],
      Resource: catalog.arns,
    },
    {
      Effect: "Allow",
      Action: "logs:PutLogEvents",
      Resource: pulumi.interpolate`${logs.arn}:log-stream:delivery`,
    },
  ];
}
