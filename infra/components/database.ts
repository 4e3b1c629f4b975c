// Database: PostgreSQL of the history (orders, trades, balances, ledger). A follower of the journal: trading does not wait
// for it, and what it lacks after a loss it reads from the journal again. Two kinds: a member of an Aurora global database
// over three zones, or an RDS instance with a standby in another zone and read replicas, one such in each region.
// Whether the member begins as secondary is all that differs between prod and dr.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AuroraCluster } from "./aurora-cluster.ts";
import { PostgresInstance } from "./postgres-instance.ts";

export const databasePort = 5432;
export const databaseName = "castle";

export interface DatabaseSizes {
  readonly kind: "aurora-serverless" | "rds-multi-az";
  readonly engineVersion: string;
  readonly acuMin: number;
  readonly acuMax: number;
  readonly instanceClass: string;
  readonly storageGiB: number;
  readonly readersMin: number;
  readonly readersMax: number;
  readonly backupRetentionDays: number;
}

export interface DatabaseArgs {
  readonly config: DatabaseSizes;
  readonly vpcId: pulumi.Input<string>;
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  /** By zone, a to c. */
  readonly zoneNames: readonly pulumi.Input<string>[];
  readonly allowedSecurityGroupIds: readonly pulumi.Input<string>[];
  /** JSON with `username` and `password`, replicated to this region. */
  readonly masterSecretArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
  /** Aurora only. Without one the cluster stands alone and is filled from its own region's journal. */
  readonly global?: { readonly clusterId: pulumi.Input<string>; readonly isSecondary: boolean };
  /** RDS only: where automated backups are copied to. */
  readonly peer?: { readonly region: string; readonly dataKeyArn: pulumi.Input<string> };
}

/** What both kinds are given beyond the arguments. */
export interface DatabaseSurroundings extends DatabaseArgs {
  readonly subnetGroupName: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly monitoringRoleArn: pulumi.Input<string>;
}

export type DatabaseTarget =
  | { readonly kind: "cluster"; readonly identifier: pulumi.Output<string> }
  | { readonly kind: "instance"; readonly identifier: pulumi.Output<string> };

export class Database extends pulumi.ComponentResource {
  /** Writer; of a secondary it resolves and refuses writes until the member is promoted. */
  readonly endpoint: pulumi.Output<string>;
  readonly readerEndpoint: pulumi.Output<string>;
  readonly port = databasePort;
  readonly securityGroupId: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** What a proxy stands in front of. */
  readonly target: DatabaseTarget;
  /** `dbi-resource-id` or `cluster-resource-id`, as IAM authentication names it. */
  readonly resourceId: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Database", name, {}, options);
    const parent = { parent: this };

    const subnets = new aws.rds.SubnetGroup(
      `${name}-subnets`,
      { subnetIds: [...args.dataSubnetIds] },
      parent,
    );
    const group = this.securityGroup(name, args);
    const surroundings: DatabaseSurroundings = {
      ...args,
      subnetGroupName: subnets.name,
      securityGroupId: group.id,
      monitoringRoleArn: this.monitoringRole(name).arn,
    };
    const made =
      args.config.kind === "aurora-serverless"
        ? new AuroraCluster(name, surroundings, parent)
        : new PostgresInstance(name, surroundings, parent);

    this.endpoint = made.endpoint;
    this.readerEndpoint = made.readerEndpoint;
    this.securityGroupId = group.id;
    this.arn = made.arn;
    this.target = made.target;
    this.resourceId = made.resourceId;
    this.registerOutputs({ endpoint: this.endpoint, readerEndpoint: this.readerEndpoint });
  }

  /** In from those who are named; out to nobody. */
  private securityGroup(name: string, args: DatabaseArgs): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "PostgreSQL of the history" },
      { parent: this },
    );
    args.allowedSecurityGroupIds.forEach((referencedSecurityGroupId, index) => {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-from-${index}`,
        {
          securityGroupId: group.id,
          referencedSecurityGroupId,
          ipProtocol: "tcp",
          fromPort: databasePort,
          toPort: databasePort,
          description: "PostgreSQL",
        },
        { parent: this },
      );
    });
    return group;
  }

  private monitoringRole(name: string): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-monitoring`,
      { assumeRolePolicy: trust("monitoring.rds.amazonaws.com") },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-monitoring`,
      {
        role: role.name,
        policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
      },
      { parent: this },
    );
    return role;
  }
}

function trust(service: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });
}

/** The master's name and password, of the replicated secret. Outputs stay secret. */
export function masterOf(secretArn: pulumi.Input<string>, parent: pulumi.Resource) {
  const version = aws.secretsmanager.getSecretVersionOutput({ secretId: secretArn }, { parent });
  const master = pulumi.secret(
    version.secretString.apply(
      (text) => JSON.parse(text) as { username: string; password: string },
    ),
  );
  return { username: master.username, password: master.password };
}
