// Warehouse: Redshift Serverless for the hourly figures. It holds nothing that the lake does not: each region's reads its own lake, and one that
// is lost is loaded anew. A schedule starts each load; one that cannot be started ends in a queue with an alarm.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { logGroup } from "./log-group.ts";
import { tradePrefix } from "./trade-schema.ts";
import { keyUse, serviceRole } from "./trust.ts";
import { hourlyLoad, lakeSchema, tradesTable } from "./warehouse-load.ts";

export interface WarehouseArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  readonly rpus: number;
  readonly catalogDatabase: pulumi.Input<string>;
  readonly bucketArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

const databaseName = "castle";
const port = 5439;
/** Seconds a statement may run: the load that comes an hour later must not wait for it. */
const queryTimeoutSeconds = 1800;

export class Warehouse extends pulumi.ComponentResource {
  readonly workgroupName: pulumi.Output<string>;
  readonly workgroupArn: pulumi.Output<string>;
  readonly adminSecretArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: WarehouseArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Warehouse", name, {}, options);
    const lakeRole = this.lakeRole(name, args);
    const namespace = this.namespace(name, args, lakeRole);
    const group = this.securityGroup(name, args);
    const workgroup = this.workgroup(name, args, namespace, group);
    const tables = this.tables(name, args, workgroup, namespace, lakeRole);
    this.schedule(name, args, workgroup, namespace, tables);

    this.workgroupName = workgroup.workgroupName;
    this.workgroupArn = workgroup.arn;
    this.adminSecretArn = namespace.adminPasswordSecretArn;
    this.securityGroupId = group.id;
    this.registerOutputs({ workgroupName: this.workgroupName });
  }

  private namespace(
    name: string,
    args: WarehouseArgs,
    lakeRole: aws.iam.Role,
  ): aws.redshiftserverless.Namespace {
    const namespaceName = `castle-${name}`;
    const logKinds = ["userlog", "connectionlog", "useractivitylog"];
    const logs = logKinds.map((kind) =>
      logGroup(
        `${name}-${kind}`,
        {
          name: `/aws/redshift/${namespaceName}/${kind}`,
          keyArn: args.logKeyArn,
          retentionDays: args.logRetentionDays,
        },
        { parent: this },
      ),
    );
    return new aws.redshiftserverless.Namespace(
      name,
      {
        namespaceName,
        dbName: databaseName,
        adminUsername: "castle",
        manageAdminPassword: true,
        adminPasswordSecretKmsKeyId: args.dataKeyArn,
        kmsKeyId: args.dataKeyArn,
        iamRoles: [lakeRole.arn],
        defaultIamRoleArn: lakeRole.arn,
        logExports: logKinds,
        tags: { backup: "daily" },
      },
      { parent: this, protect: true, dependsOn: logs },
    );
  }

  private workgroup(
    name: string,
    args: WarehouseArgs,
    namespace: aws.redshiftserverless.Namespace,
    group: aws.ec2.SecurityGroup,
  ): aws.redshiftserverless.Workgroup {
    return new aws.redshiftserverless.Workgroup(
      name,
      {
        workgroupName: `castle-${name}`,
        namespaceName: namespace.namespaceName,
        baseCapacity: args.rpus,
        // A query that goes wild costs at most four times as much.
        maxCapacity: args.rpus * 4,
        subnetIds: [...args.dataSubnetIds],
        securityGroupIds: [group.id],
        enhancedVpcRouting: true,
        publiclyAccessible: false,
        port,
        configParameters: [
          { parameterKey: "require_ssl", parameterValue: "true" },
          { parameterKey: "max_query_execution_time", parameterValue: String(queryTimeoutSeconds) },
          { parameterKey: "enable_user_activity_logging", parameterValue: "true" },
        ],
      },
      { parent: this },
    );
  }

  private tables(
    name: string,
    args: WarehouseArgs,
    workgroup: aws.redshiftserverless.Workgroup,
    namespace: aws.redshiftserverless.Namespace,
    lakeRole: aws.iam.Role,
  ): pulumi.Resource[] {
    const where = {
      workgroupName: workgroup.workgroupName,
      database: databaseName,
      secretArn: namespace.adminPasswordSecretArn,
    };
    const schema = new aws.redshiftdata.Statement(
      `${name}-lake`,
      {
        ...where,
        sql: pulumi
          .all([args.catalogDatabase, lakeRole.arn])
          .apply(([catalogDatabase, roleArn]) =>
            lakeSchema({ catalogDatabase, roleArn, region: args.region }),
          ),
      },
      { parent: this },
    );
    const trades = new aws.redshiftdata.Statement(
      `${name}-trades`,
      { ...where, sql: tradesTable },
      { parent: this },
    );
    return [schema, trades];
  }

  private schedule(
    name: string,
    args: WarehouseArgs,
    workgroup: aws.redshiftserverless.Workgroup,
    namespace: aws.redshiftserverless.Namespace,
    dependsOn: pulumi.Resource[],
  ): void {
    const failed = new aws.sqs.Queue(
      `${name}-dead`,
      { kmsMasterKeyId: args.dataKeyArn, messageRetentionSeconds: 14 * 86_400 },
      { parent: this },
    );
    const role = serviceRole(
      `${name}-schedule`,
      {
        service: "scheduler.amazonaws.com",
        sourceAccount: args.accountId,
        statements: [
          {
            Effect: "Allow",
            Action: "redshift-data:ExecuteStatement",
            Resource: workgroup.arn,
          },
          {
            Effect: "Allow",
            Action: "secretsmanager:GetSecretValue",
            Resource: namespace.adminPasswordSecretArn,
          },
          keyUse(args.dataKeyArn, "secretsmanager", args.region, ["kms:Decrypt"]),
          { Effect: "Allow", Action: "sqs:SendMessage", Resource: failed.arn },
          keyUse(args.dataKeyArn, "sqs", args.region),
        ],
      },
      { parent: this },
    );
    new aws.scheduler.Schedule(
      `${name}-load`,
      {
        description: "Trades of the last hours into the warehouse",
        // The hour's last file is there after five minutes, and its partition after the crawler's run.
        scheduleExpression: "cron(20 * * * ? *)",
        flexibleTimeWindow: { mode: "OFF" },
        kmsKeyArn: args.dataKeyArn,
        target: {
          arn: "arn:aws:scheduler:::aws-sdk:redshiftdata:executeStatement",
          roleArn: role.arn,
          input: pulumi.jsonStringify({
            WorkgroupName: workgroup.workgroupName,
            Database: databaseName,
            SecretArn: namespace.adminPasswordSecretArn,
            Sql: hourlyLoad,
            StatementName: "hourly-load",
          }),
          deadLetterConfig: { arn: failed.arn },
          retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 1800 },
        },
      },
      { parent: this, dependsOn },
    );
    alarm(
      `${name}-failed`,
      {
        description: "An hourly load of the warehouse could not be started",
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: failed.name },
        statistic: "Maximum",
        periodSeconds: 300,
        periods: 1,
        when: ">",
        threshold: 0,
        silence: "notBreaching",
        topicArn: args.alarmTopicArn,
      },
      { parent: this },
    );
  }

  /** What the warehouse reads of the lake. */
  private lakeRole(name: string, args: WarehouseArgs): aws.iam.Role {
    const scope = pulumi.interpolate`arn:aws:glue:${args.region}:${args.accountId}`;
    return serviceRole(
      `${name}-lake`,
      {
        service: "redshift.amazonaws.com",
        statements: [
          { Effect: "Allow", Action: "s3:ListBucket", Resource: args.bucketArn },
          {
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: pulumi.interpolate`${args.bucketArn}/${tradePrefix}*`,
          },
          keyUse(args.dataKeyArn, "s3", args.region, ["kms:Decrypt"]),
          {
            Effect: "Allow",
            Action: ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartitions"],
            Resource: [
              pulumi.interpolate`${scope}:catalog`,
              pulumi.interpolate`${scope}:database/${args.catalogDatabase}`,
              pulumi.interpolate`${scope}:table/${args.catalogDatabase}/trades`,
            ],
          },
        ],
      },
      { parent: this },
    );
  }

  private securityGroup(name: string, args: WarehouseArgs): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "Redshift Serverless" },
      { parent: this },
    );
    // Nobody connects: statements come by the Data API. With enhanced routing, S3 and the catalog are reached through the VPC's endpoints alone: data
    // subnets have no NAT.
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-to-aws`,
      {
        securityGroupId: group.id,
        cidrIpv4: "0.0.0.0/0",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        description: "S3 and Glue",
      },
      { parent: this },
    );
    return group;
  }
}
