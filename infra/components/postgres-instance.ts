// PostgresInstance: RDS for PostgreSQL with a synchronous standby in another zone, and read replicas. Each region has its own and
// fills it from its own journal, so the DR database is no copy that waits for its source; beyond that, automated backups go to
// the other region. Readers are reached by a weighted name of AWS's making only in Aurora: here the first
// replica's address stands for them.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import {
  type DatabaseSurroundings,
  databaseName,
  databasePort,
  masterOf,
} from "./database-args.ts";
import { databaseParameters, parameterFamily } from "./database-parameters.ts";
import { logGroup } from "./log-group.ts";

const logKinds = ["postgresql", "upgrade"];
/** Storage grows by itself up to this many times what it begins with. */
const storageGrowth = 4;
const gib = 1024 ** 3;

export class PostgresInstance extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>;
  readonly readerEndpoint: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly resourceId: pulumi.Output<string>;
  readonly target: { readonly kind: "instance"; readonly identifier: pulumi.Output<string> };

  constructor(
    name: string,
    args: DatabaseSurroundings,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:PostgresInstance", name, {}, options);
    const parameters = new aws.rds.ParameterGroup(
      `${name}-parameters`,
      {
        family: parameterFamily("postgres", args.config.engineVersion),
        parameters: databaseParameters(),
      },
      { parent: this },
    );
    const writer = this.writer(name, args, parameters.name);
    const readers = Array.from({ length: args.config.readersMin }, (_, index) =>
      this.reader(`${name}-reader-${index + 1}`, args, writer, parameters.name, index),
    );
    this.backupCopies(name, args, writer);
    this.alarms(name, args, writer, readers);

    this.endpoint = writer.address;
    this.readerEndpoint = readers[0]?.address ?? writer.address;
    this.arn = writer.arn;
    this.resourceId = writer.resourceId;
    this.target = { kind: "instance", identifier: writer.identifier };
    this.registerOutputs({ endpoint: this.endpoint, arn: this.arn });
  }

  private writer(
    name: string,
    args: DatabaseSurroundings,
    parameterGroupName: pulumi.Input<string>,
  ): aws.rds.Instance {
    const { config } = args;
    const identifier = `castle-${name}`;
    const master = masterOf(args.masterSecretArn, this);
    return new aws.rds.Instance(
      name,
      {
        ...this.everyInstance(args, parameterGroupName),
        identifier,
        engine: "postgres",
        engineVersion: config.engineVersion,
        dbName: databaseName,
        username: master.username,
        password: master.password,
        multiAz: true,
        dbSubnetGroupName: args.subnetGroupName,
        allocatedStorage: config.storageGiB,
        maxAllocatedStorage: config.storageGiB * storageGrowth,
        enabledCloudwatchLogsExports: logKinds,
        backupRetentionPeriod: config.backupRetentionDays,
        backupWindow: "18:00-18:30",
        deleteAutomatedBackups: false,
        deletionProtection: true,
        skipFinalSnapshot: false,
        finalSnapshotIdentifier: `${identifier}-final`,
        tags: { backup: "daily", AzImpairmentPower: "DisruptRds" },
      },
      {
        parent: this,
        protect: true,
        retainOnDelete: true,
        dependsOn: this.logGroups(name, identifier, args),
        ignoreChanges: ["password"],
      },
    );
  }

  private logGroups(name: string, identifier: string, args: DatabaseSurroundings) {
    return logKinds.map((kind) =>
      logGroup(
        `${name}-log-${kind}`,
        {
          name: `/aws/rds/instance/${identifier}/${kind}`,
          keyArn: args.logKeyArn,
          retentionDays: args.logRetentionDays,
        },
        { parent: this },
      ),
    );
  }

  private reader(
    name: string,
    args: DatabaseSurroundings,
    writer: aws.rds.Instance,
    parameterGroupName: pulumi.Input<string>,
    index: number,
  ): aws.rds.Instance {
    const zone = args.zoneNames[index % args.zoneNames.length];
    return new aws.rds.Instance(
      name,
      {
        ...this.everyInstance(args, parameterGroupName),
        replicateSourceDb: writer.identifier,
        ...(zone === undefined ? {} : { availabilityZone: zone }),
        deletionProtection: true,
        // It holds nothing that the writer lacks.
        skipFinalSnapshot: true,
      },
      { parent: this, protect: true },
    );
  }

  private everyInstance(args: DatabaseSurroundings, parameterGroupName: pulumi.Input<string>) {
    return {
      instanceClass: args.config.instanceClass,
      port: databasePort,
      parameterGroupName,
      vpcSecurityGroupIds: [args.securityGroupId],
      publiclyAccessible: false,
      storageType: "gp3",
      storageEncrypted: true,
      kmsKeyId: args.dataKeyArn,
      iamDatabaseAuthenticationEnabled: true,
      autoMinorVersionUpgrade: false,
      maintenanceWindow: "sun:19:00-sun:19:30",
      monitoringInterval: 1,
      monitoringRoleArn: args.monitoringRoleArn,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: args.dataKeyArn,
      copyTagsToSnapshot: true,
    } satisfies aws.rds.InstanceArgs;
  }

  private backupCopies(name: string, args: DatabaseSurroundings, writer: aws.rds.Instance): void {
    if (args.peer === undefined) return;
    new aws.rds.InstanceAutomatedBackupsReplication(
      `${name}-backups`,
      {
        region: args.peer.region,
        sourceDbInstanceArn: writer.arn,
        kmsKeyId: args.peer.dataKeyArn,
        retentionPeriod: args.config.backupRetentionDays,
      },
      { parent: this, protect: true },
    );
  }

  private alarms(
    name: string,
    args: DatabaseSurroundings,
    writer: aws.rds.Instance,
    readers: readonly aws.rds.Instance[],
  ): void {
    const common = { namespace: "AWS/RDS", periodSeconds: 60, topicArn: args.alarmTopicArn };
    const options = { parent: this };
    const dimensions = { DBInstanceIdentifier: writer.identifier };
    alarm(
      `${name}-cpu`,
      {
        ...common,
        description: "The history's database computes more than it should for five minutes",
        dimensions,
        metricName: "CPUUtilization",
        statistic: "Average",
        periods: 5,
        when: ">",
        threshold: 80,
        silence: "breaching",
      },
      options,
    );
    alarm(
      `${name}-storage`,
      {
        ...common,
        description: "The history's database has less than a tenth of its first storage left",
        dimensions,
        metricName: "FreeStorageSpace",
        statistic: "Minimum",
        periods: 5,
        when: "<",
        threshold: (args.config.storageGiB / 10) * gib,
        silence: "breaching",
      },
      options,
    );
    readers.forEach((reader, index) => {
      alarm(
        `${name}-reader-${index + 1}-lag`,
        {
          ...common,
          description: "A read replica is more than 15 s behind",
          dimensions: { DBInstanceIdentifier: reader.identifier },
          metricName: "ReplicaLag",
          statistic: "Maximum",
          periods: 3,
          when: ">",
          threshold: 15,
          silence: "breaching",
        },
        options,
      );
    });
    new aws.rds.EventSubscription(
      `${name}-events`,
      {
        snsTopic: args.alarmTopicArn,
        sourceType: "db-instance",
        sourceIds: [writer.identifier],
        eventCategories: ["failover", "failure", "low storage"],
      },
      options,
    );
  }
}
