// AuroraCluster: a member of the global database, Serverless v2, its instances spread over the zones by index. A region failover
// is a call of the toolkit, never an update: identity, version, master and database name are what the service says
// they are, so a later `up` neither detaches the member nor names a new primary.
// The first reader has the writer's promotion tier and so always the writer's size: it takes over warm.

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

/** Promotion, detachment and upgrades of a global database happen outside of Pulumi. */
const globalMemberIgnores = [
  "replicationSourceIdentifier",
  "globalClusterIdentifier",
  "engineVersion",
  "availabilityZones",
  "databaseName",
  "masterUsername",
  "masterPassword",
];

/** The longest lag asked for, of any member. */
const replicationLagMsMax = 15_000;
const logKinds = ["postgresql", "iam-db-auth-error"];

export class AuroraCluster extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>;
  readonly readerEndpoint: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly resourceId: pulumi.Output<string>;
  readonly target: { readonly kind: "cluster"; readonly identifier: pulumi.Output<string> };

  constructor(
    name: string,
    args: DatabaseSurroundings,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:AuroraCluster", name, {}, options);
    const cluster = this.cluster(name, args);
    this.instances(name, args, cluster);
    if (args.global?.isSecondary !== true) this.readerScaling(name, args, cluster);
    this.alarms(name, args, cluster);

    this.endpoint = cluster.endpoint;
    this.readerEndpoint = cluster.readerEndpoint;
    this.arn = cluster.arn;
    this.resourceId = cluster.clusterResourceId;
    this.target = { kind: "cluster", identifier: cluster.clusterIdentifier };
    this.registerOutputs({ endpoint: this.endpoint, arn: this.arn });
  }

  private cluster(name: string, args: DatabaseSurroundings): aws.rds.Cluster {
    // Explicit: its log groups are named after it, and must be there first with key and retention.
    const identifier = `castle-${name}`;
    const logs = logKinds.map((kind) =>
      logGroup(
        `${name}-log-${kind}`,
        {
          name: `/aws/rds/cluster/${identifier}/${kind}`,
          keyArn: args.logKeyArn,
          retentionDays: args.logRetentionDays,
        },
        { parent: this },
      ),
    );
    const parameters = new aws.rds.ClusterParameterGroup(
      `${name}-parameters`,
      {
        family: parameterFamily("aurora-postgresql", args.config.engineVersion),
        parameters: databaseParameters(),
      },
      { parent: this },
    );
    return new aws.rds.Cluster(
      name,
      {
        clusterIdentifier: identifier,
        engine: aws.rds.EngineType.AuroraPostgresql,
        engineVersion: args.config.engineVersion,
        ...this.origin(args),
        port: databasePort,
        serverlessv2ScalingConfiguration: {
          minCapacity: args.config.acuMin,
          maxCapacity: args.config.acuMax,
        },
        dbSubnetGroupName: args.subnetGroupName,
        vpcSecurityGroupIds: [args.securityGroupId],
        dbClusterParameterGroupName: parameters.name,
        iamDatabaseAuthenticationEnabled: true,
        storageEncrypted: true,
        kmsKeyId: args.dataKeyArn,
        enabledCloudwatchLogsExports: logKinds,
        backupRetentionPeriod: args.config.backupRetentionDays,
        preferredBackupWindow: "18:00-18:30",
        preferredMaintenanceWindow: "sun:19:00-sun:19:30",
        copyTagsToSnapshot: true,
        deletionProtection: true,
        deleteAutomatedBackups: false,
        skipFinalSnapshot: false,
        finalSnapshotIdentifier: `${identifier}-final`,
        tags: { backup: "daily", AzImpairmentPower: "DisruptRds" },
      },
      {
        parent: this,
        protect: true,
        retainOnDelete: true,
        dependsOn: logs,
        ignoreChanges: globalMemberIgnores,
        additionalSecretOutputs: ["masterPassword"],
      },
    );
  }

  /** A secondary has the primary's master and databases, and must not be told of any. */
  private origin(args: DatabaseSurroundings): Partial<aws.rds.ClusterArgs> {
    const membership =
      args.global === undefined ? {} : { globalClusterIdentifier: args.global.clusterId };
    if (args.global?.isSecondary === true) return membership;
    const master = masterOf(args.masterSecretArn, this);
    return {
      ...membership,
      databaseName,
      masterUsername: master.username,
      masterPassword: master.password,
    };
  }

  private instances(name: string, args: DatabaseSurroundings, cluster: aws.rds.Cluster): void {
    for (let index = 0; index <= args.config.readersMin; index += 1) {
      const zone = args.zoneNames[index % args.zoneNames.length];
      new aws.rds.ClusterInstance(
        `${name}-${index + 1}`,
        {
          clusterIdentifier: cluster.id,
          engine: aws.rds.EngineType.AuroraPostgresql,
          instanceClass: "db.serverless",
          ...(zone === undefined ? {} : { availabilityZone: zone }),
          promotionTier: Math.min(index, 2),
          dbSubnetGroupName: args.subnetGroupName,
          publiclyAccessible: false,
          autoMinorVersionUpgrade: false,
          monitoringInterval: 1,
          monitoringRoleArn: args.monitoringRoleArn,
          performanceInsightsEnabled: true,
          performanceInsightsKmsKeyId: args.dataKeyArn,
          copyTagsToSnapshot: true,
        },
        { parent: this, protect: true, ignoreChanges: ["engineVersion"] },
      );
    }
  }

  /** AWS scales no readers of a secondary; it grows by capacity units alone until it is promoted. */
  private readerScaling(name: string, args: DatabaseSurroundings, cluster: aws.rds.Cluster): void {
    const target = new aws.appautoscaling.Target(
      `${name}-readers`,
      {
        serviceNamespace: "rds",
        scalableDimension: "rds:cluster:ReadReplicaCount",
        resourceId: pulumi.interpolate`cluster:${cluster.clusterIdentifier}`,
        minCapacity: args.config.readersMin,
        maxCapacity: args.config.readersMax,
      },
      { parent: this },
    );
    new aws.appautoscaling.Policy(
      `${name}-readers`,
      {
        policyType: "TargetTrackingScaling",
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: {
            predefinedMetricType: "RDSReaderAverageCPUUtilization",
          },
          targetValue: 60,
          scaleInCooldown: 600,
          scaleOutCooldown: 120,
        },
      },
      { parent: this },
    );
  }

  private alarms(name: string, args: DatabaseSurroundings, cluster: aws.rds.Cluster): void {
    const common = {
      namespace: "AWS/RDS",
      dimensions: { DBClusterIdentifier: cluster.clusterIdentifier },
      periodSeconds: 60,
      when: ">",
      silence: "notBreaching",
      topicArn: args.alarmTopicArn,
    } as const;
    const options = { parent: this };
    alarm(
      `${name}-capacity`,
      {
        ...common,
        description: "The history's database is near its largest capacity",
        metricName: "ACUUtilization",
        statistic: "Average",
        periods: 5,
        threshold: 90,
      },
      options,
    );
    alarm(
      `${name}-replica-lag`,
      {
        ...common,
        description: "A reader in this region is more than a second behind",
        metricName: "AuroraReplicaLagMaximum",
        statistic: "Maximum",
        periods: 5,
        threshold: 1000,
      },
      options,
    );
    if (args.global !== undefined) {
      // In both members: after a failover the other one is secondary. A primary reports none.
      alarm(
        `${name}-region-lag`,
        {
          ...common,
          description: "The copy in this region is more than 15 s behind the writer's region",
          metricName: "AuroraGlobalDBReplicationLag",
          statistic: "Maximum",
          periods: 3,
          threshold: replicationLagMsMax,
        },
        options,
      );
    }
    new aws.rds.EventSubscription(
      `${name}-events`,
      {
        snsTopic: args.alarmTopicArn,
        sourceType: "db-cluster",
        sourceIds: [cluster.id],
        eventCategories: ["failover", "failure", "global-failover"],
      },
      options,
    );
  }
}
