// LakeCatalog: what is in the lake (Glue) and who may ask how much (Athena). The table is declared, since Firehose converts by it. Athena
// knows its partitions from the clock; the warehouse does not, so the crawler registers each hour, and reports files that are not what
// is declared without changing it. Results of queries are encrypted, and gone after a week.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  lakeQueries,
  partitionProjection,
  tradeColumns,
  tradePartition,
  tradePrefix,
} from "./trade-schema.ts";
import { keyUse, policyDocument, type Statement, serviceRole } from "./trust.ts";

export interface LakeCatalogArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly bucketName: pulumi.Input<string>;
  readonly bucketArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
}

/** A query that reads more than this, in GiB, is a mistake: the day's trades are far fewer. */
const scanGibMax = 500;
const databaseName = "castle";
const tableName = "trades";
const resultDays = 7;

export class LakeCatalog extends pulumi.ComponentResource {
  readonly databaseName: pulumi.Output<string>;
  readonly tableName: pulumi.Output<string>;
  readonly workgroupName: pulumi.Output<string>;
  /** Catalog, database and table, as a policy names them. */
  readonly arns: pulumi.Output<string>[];

  constructor(name: string, args: LakeCatalogArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:LakeCatalog", name, {}, options);
    const database = new aws.glue.CatalogDatabase(
      `${name}-catalog`,
      { name: databaseName, description: "Facts of the exchange, as files" },
      { parent: this },
    );
    const table = this.table(name, args, database);
    this.databaseName = database.name;
    this.tableName = table.name;
    const scope = pulumi.interpolate`arn:aws:glue:${args.region}:${args.accountId}`;
    this.arns = [
      pulumi.interpolate`${scope}:catalog`,
      pulumi.interpolate`${scope}:database/${database.name}`,
      pulumi.interpolate`${scope}:table/${database.name}/${table.name}`,
    ];
    this.crawler(name, args, database, table);
    this.workgroupName = this.workgroup(name, args, database).name;
    this.registerOutputs({ databaseName: this.databaseName, tableName: this.tableName });
  }

  private table(
    name: string,
    args: LakeCatalogArgs,
    database: aws.glue.CatalogDatabase,
  ): aws.glue.CatalogTable {
    return new aws.glue.CatalogTable(
      `${name}-trades`,
      {
        databaseName: database.name,
        name: tableName,
        tableType: "EXTERNAL_TABLE",
        parameters: pulumi.output(args.bucketName).apply(partitionProjection),
        partitionKeys: [tradePartition],
        storageDescriptor: {
          location: pulumi.interpolate`s3://${args.bucketName}/${tradePrefix}`,
          inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
          outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
          compressed: true,
          serDeInfo: {
            serializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            parameters: { "serialization.format": "1" },
          },
          columns: [...tradeColumns],
        },
      },
      { parent: this, protect: true },
    );
  }

  private crawler(
    name: string,
    args: LakeCatalogArgs,
    database: aws.glue.CatalogDatabase,
    table: aws.glue.CatalogTable,
  ): aws.glue.Crawler {
    const security = new aws.glue.SecurityConfiguration(
      `${name}-crawler`,
      {
        encryptionConfiguration: {
          cloudwatchEncryption: {
            cloudwatchEncryptionMode: "SSE-KMS",
            kmsKeyArn: args.logKeyArn,
          },
          jobBookmarksEncryption: {
            jobBookmarksEncryptionMode: "CSE-KMS",
            kmsKeyArn: args.dataKeyArn,
          },
          s3Encryption: { s3EncryptionMode: "SSE-KMS", kmsKeyArn: args.dataKeyArn },
        },
      },
      { parent: this },
    );
    const role = serviceRole(
      `${name}-crawler`,
      { service: "glue.amazonaws.com", statements: this.crawlerStatements(args) },
      { parent: this },
    );
    return new aws.glue.Crawler(
      `${name}-crawler`,
      {
        databaseName: database.name,
        role: role.arn,
        securityConfiguration: security.name,
        schedule: "cron(7 * * * ? *)",
        catalogTargets: [{ databaseName: database.name, tables: [table.name] }],
        // New partitions are registered; a difference is reported in its log, and the declared table stays.
        schemaChangePolicy: { updateBehavior: "LOG", deleteBehavior: "LOG" },
        configuration: JSON.stringify({
          Version: 1.0,
          Grouping: { TableGroupingPolicy: "CombineCompatibleSchemas" },
        }),
      },
      { parent: this },
    );
  }

  private crawlerStatements(args: LakeCatalogArgs): Statement[] {
    const scope = pulumi.interpolate`arn:aws:glue:${args.region}:${args.accountId}`;
    return [
      { Effect: "Allow", Action: "s3:ListBucket", Resource: args.bucketArn },
      {
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: pulumi.interpolate`${args.bucketArn}/${tradePrefix}*`,
      },
      keyUse(args.dataKeyArn, "s3", args.region, ["kms:Decrypt"]),
      {
        Effect: "Allow",
        Action: [
          "glue:GetDatabase",
          "glue:GetTable",
          "glue:UpdateTable",
          "glue:GetPartitions",
          "glue:BatchGetPartition",
          "glue:BatchCreatePartition",
          "glue:UpdatePartition",
          "glue:GetSecurityConfiguration",
        ],
        Resource: [
          pulumi.interpolate`${scope}:catalog`,
          pulumi.interpolate`${scope}:database/${databaseName}`,
          pulumi.interpolate`${scope}:table/${databaseName}/${tableName}`,
        ],
      },
      {
        Effect: "Allow",
        Action: [
          "logs:CreateLogGroup",
          "logs:CreateLogStream",
          "logs:PutLogEvents",
          "logs:AssociateKmsKey",
        ],
        Resource: pulumi.interpolate`arn:aws:logs:${args.region}:${args.accountId}:log-group:/aws-glue/crawlers*`,
      },
    ];
  }

  private workgroup(
    name: string,
    args: LakeCatalogArgs,
    database: aws.glue.CatalogDatabase,
  ): aws.athena.Workgroup {
    const results = this.resultBucket(name, args);
    const workgroup = new aws.athena.Workgroup(
      name,
      {
        description: "Queries on the lake; settings of clients do not count",
        configuration: {
          enforceWorkgroupConfiguration: true,
          publishCloudwatchMetricsEnabled: true,
          bytesScannedCutoffPerQuery: scanGibMax * 1024 ** 3,
          engineVersion: { selectedEngineVersion: "Athena engine version 3" },
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${results.bucket}/athena/`,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: args.dataKeyArn },
          },
        },
      },
      { parent: this },
    );
    for (const [title, { description, sql }] of Object.entries(lakeQueries(tableName))) {
      new aws.athena.NamedQuery(
        `${name}-${title}`,
        { database: database.name, workgroup: workgroup.name, description, query: sql },
        { parent: this },
      );
    }
    return workgroup;
  }

  /** Results can be computed again: they are kept for a week and nowhere else. */
  private resultBucket(name: string, args: LakeCatalogArgs): aws.s3.Bucket {
    const parent = { parent: this };
    const bucket = new aws.s3.Bucket(
      `${name}-results`,
      { tags: { contents: "reproducible" } },
      parent,
    );
    const id = bucket.id;
    new aws.s3.BucketPublicAccessBlock(
      `${name}-results`,
      {
        bucket: id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      parent,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-results`,
      {
        bucket: id,
        rules: [
          {
            applyServerSideEncryptionByDefault: {
              sseAlgorithm: "aws:kms",
              kmsMasterKeyId: args.dataKeyArn,
            },
            bucketKeyEnabled: true,
          },
        ],
      },
      parent,
    );
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-results`,
      {
        bucket: id,
        rules: [
          {
            id: "forget",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days: resultDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      parent,
    );
    new aws.s3.BucketPolicy(
      `${name}-results`,
      {
        bucket: id,
        policy: policyDocument([
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ]),
      },
      parent,
    );
    return bucket;
  }
}
