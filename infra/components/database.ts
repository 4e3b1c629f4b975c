// Database: PostgreSQL of the history (orders, trades, balances, ledger). A follower of the journal: trading does not wait
// for it, and what it lacks after a loss it reads from the journal again. Two kinds: a member of an Aurora global database
// over three zones, or an RDS instance with a standby in another zone and read replicas, one such in each region.
// Whether the member begins as secondary is all that differs between prod and dr.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AuroraCluster } from "./aurora-cluster.ts";
import {
  type DatabaseArgs,
  type DatabaseSurroundings,
  type DatabaseTarget,
  databasePort,
} from "./database-args.ts";
import { openTo } from "./ingress.ts";
import { PostgresInstance } from "./postgres-instance.ts";
import { serviceRole } from "./trust.ts";

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

  private readonly name: string;

  constructor(name: string, args: DatabaseArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Database", name, {}, options);
    this.name = name;
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

  allow(who: string, referencedSecurityGroupId: pulumi.Input<string>): void {
    openTo(this.name, who, this, { referencedSecurityGroupId }, this);
  }

  /** In from those who are allowed; out to nobody. */
  private securityGroup(name: string, args: DatabaseArgs): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "PostgreSQL of the history" },
      { parent: this },
    );
    return group;
  }

  private monitoringRole(name: string): aws.iam.Role {
    const role = serviceRole(
      `${name}-monitoring`,
      { service: "monitoring.rds.amazonaws.com", statements: [] },
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
