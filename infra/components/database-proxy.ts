// DatabaseProxy: RDS Proxy in front of the database. It keeps connections through a failover inside the region, which then costs
// clients a pause rather than errors. Clients sign in by IAM and speak TLS; only the proxy reads the password. In dr its writing
// endpoint answers once the member is promoted, and needs no change for it.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type DatabaseTarget, databasePort } from "./database-args.ts";
import { openTo } from "./ingress.ts";
import { logGroup } from "./log-group.ts";
import { keyUse, serviceRole } from "./trust.ts";

export interface DatabaseProxyArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  readonly databaseSecurityGroupId: pulumi.Input<string>;
  readonly target: DatabaseTarget;
  readonly masterSecretArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

export class DatabaseProxy extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>;
  /** Of Aurora; the writing endpoint where the target has no readers behind one name. */
  readonly readerEndpoint: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly port = databasePort;

  private readonly name: string;

  constructor(
    name: string,
    args: DatabaseProxyArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:DatabaseProxy", name, {}, options);
    this.name = name;
    const group = this.securityGroup(name, args);
    const proxy = this.proxy(name, args, group.id);
    this.targets(name, args, proxy);

    this.endpoint = proxy.endpoint;
    this.readerEndpoint =
      args.target.kind === "cluster"
        ? this.readers(name, args, proxy, group.id).endpoint
        : proxy.endpoint;
    this.securityGroupId = group.id;
    this.arn = proxy.arn;
    this.registerOutputs({ endpoint: this.endpoint, readerEndpoint: this.readerEndpoint });
  }

  allow(who: string, referencedSecurityGroupId: pulumi.Input<string>): void {
    openTo(this.name, who, this, { referencedSecurityGroupId }, this);
  }

  private proxy(
    name: string,
    args: DatabaseProxyArgs,
    groupId: pulumi.Input<string>,
  ): aws.rds.Proxy {
    // Explicit: the log group is named after it.
    const proxyName = `castle-${name}`;
    const logs = logGroup(
      `${name}-log`,
      {
        name: `/aws/rds/proxy/${proxyName}`,
        keyArn: args.logKeyArn,
        retentionDays: args.logRetentionDays,
      },
      { parent: this },
    );
    return new aws.rds.Proxy(
      name,
      {
        name: proxyName,
        engineFamily: "POSTGRESQL",
        roleArn: this.role(name, args).arn,
        requireTls: true,
        auths: [
          {
            authScheme: "SECRETS",
            iamAuth: "REQUIRED",
            clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
            secretArn: args.masterSecretArn,
          },
        ],
        vpcSubnetIds: [...args.dataSubnetIds],
        vpcSecurityGroupIds: [groupId],
        idleClientTimeout: 1800,
      },
      { parent: this, dependsOn: [logs] },
    );
  }

  private targets(name: string, args: DatabaseProxyArgs, proxy: aws.rds.Proxy): void {
    const pool = new aws.rds.ProxyDefaultTargetGroup(
      `${name}-pool`,
      {
        dbProxyName: proxy.name,
        connectionPoolConfig: {
          maxConnectionsPercent: 90,
          maxIdleConnectionsPercent: 50,
          // How long a client waits while the writer moves; beyond the 35 s of the slowest failover.
          connectionBorrowTimeout: 60,
        },
      },
      { parent: this },
    );
    new aws.rds.ProxyTarget(
      `${name}-target`,
      {
        dbProxyName: proxy.name,
        targetGroupName: pool.name,
        ...(args.target.kind === "cluster"
          ? { dbClusterIdentifier: args.target.identifier }
          : { dbInstanceIdentifier: args.target.identifier }),
      },
      { parent: this },
    );
  }

  private readers(
    name: string,
    args: DatabaseProxyArgs,
    proxy: aws.rds.Proxy,
    groupId: pulumi.Input<string>,
  ): aws.rds.ProxyEndpoint {
    return new aws.rds.ProxyEndpoint(
      `${name}-readers`,
      {
        dbProxyEndpointName: `castle-${name}-readers`,
        dbProxyName: proxy.name,
        targetRole: "READ_ONLY",
        vpcSubnetIds: [...args.dataSubnetIds],
        vpcSecurityGroupIds: [groupId],
      },
      { parent: this },
    );
  }

  private role(name: string, args: DatabaseProxyArgs): aws.iam.Role {
    return serviceRole(
      `${name}-role`,
      {
        service: "rds.amazonaws.com",
        statements: [
          {
            Effect: "Allow",
            Action: "secretsmanager:GetSecretValue",
            Resource: args.masterSecretArn,
          },
          keyUse(args.dataKeyArn, "secretsmanager", args.region, ["kms:Decrypt"]),
        ],
      },
      { parent: this },
    );
  }

  /** In from the services; out to the database, which lets the proxy in. */
  private securityGroup(name: string, args: DatabaseProxyArgs): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "RDS Proxy of the history" },
      { parent: this },
    );
    const postgres = { ipProtocol: "tcp", fromPort: databasePort, toPort: databasePort };
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-to-database`,
      {
        ...postgres,
        securityGroupId: group.id,
        referencedSecurityGroupId: args.databaseSecurityGroupId,
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-into-database`,
      {
        ...postgres,
        securityGroupId: args.databaseSecurityGroupId,
        referencedSecurityGroupId: group.id,
      },
      { parent: this },
    );
    return group;
  }
}
