// TableCache: DAX in front of the tables, a node in each zone. It knows its own region only and is cold after its loss, which costs
// time, never data. It answers with what may be a moment old: nobody decides on a balance by it.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { openTo } from "./ingress.ts";
import { keyUse, serviceRole } from "./trust.ts";

/** Of DAX with TLS; without it is 8111. */
const encryptedPort = 9111;
/** Milliseconds an answer may be old: the market moves on. */
const recordTtlMs = 1000;

export interface TableCacheArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  readonly zoneNames: readonly pulumi.Input<string>[];
  readonly nodeType: string;
  readonly nodes: number;
  /** Of this region. */
  readonly tableArns: pulumi.Input<string[]>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
  /** Of NodeEvents. */
  readonly eventTopicArn: pulumi.Input<string>;
}

export class TableCache extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly port = encryptedPort;

  private readonly name: string;

  constructor(name: string, args: TableCacheArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:TableCache", name, {}, options);
    this.name = name;
    const parent = { parent: this };
    const group = this.securityGroup(name, args);
    const subnets = new aws.dax.SubnetGroup(
      `${name}-subnets`,
      { subnetIds: [...args.dataSubnetIds] },
      parent,
    );
    const parameters = new aws.dax.ParameterGroup(
      `${name}-parameters`,
      {
        parameters: [
          { name: "record-ttl-millis", value: String(recordTtlMs) },
          { name: "query-ttl-millis", value: String(recordTtlMs) },
        ],
      },
      parent,
    );
    const cluster = new aws.dax.Cluster(
      name,
      {
        clusterName: `castle-${name}`,
        iamRoleArn: this.role(name, args).arn,
        nodeType: args.nodeType,
        replicationFactor: args.nodes,
        availabilityZones: [...args.zoneNames],
        subnetGroupName: subnets.name,
        parameterGroupName: parameters.name,
        securityGroupIds: [group.id],
        clusterEndpointEncryptionType: "TLS",
        serverSideEncryption: { enabled: true },
        notificationTopicArn: args.eventTopicArn,
        maintenanceWindow: "sun:19:00-sun:20:00",
      },
      parent,
    );
    alarm(
      `${name}-errors`,
      {
        description: "The cache in front of the tables fails requests",
        namespace: "AWS/DAX",
        metricName: "FaultRequestCount",
        dimensions: { ClusterId: cluster.clusterName },
        statistic: "Sum",
        periodSeconds: 60,
        periods: 3,
        when: ">",
        threshold: 10,
        silence: "notBreaching",
        topicArn: args.alarmTopicArn,
      },
      parent,
    );
    this.endpoint = cluster.configurationEndpoint;
    this.arn = cluster.arn;
    this.securityGroupId = group.id;
    this.registerOutputs({ endpoint: this.endpoint });
  }

  allow(who: string, referencedSecurityGroupId: pulumi.Input<string>): void {
    openTo(this.name, who, this, { referencedSecurityGroupId }, this);
  }

  /** What the cache asks the tables for on behalf of those who ask the cache. */
  private role(name: string, args: TableCacheArgs): aws.iam.Role {
    return serviceRole(
      `${name}-role`,
      {
        service: "dax.amazonaws.com",
        statements: [
          {
            Effect: "Allow",
            Action: [
              "dynamodb:DescribeTable",
              "dynamodb:GetItem",
              "dynamodb:BatchGetItem",
              "dynamodb:Query",
              "dynamodb:PutItem",
              "dynamodb:UpdateItem",
              "dynamodb:DeleteItem",
              "dynamodb:BatchWriteItem",
              "dynamodb:ConditionCheckItem",
            ],
            Resource: args.tableArns,
          },
          keyUse(args.dataKeyArn, "dynamodb", args.region, ["kms:Decrypt", "kms:DescribeKey"]),
        ],
      },
      { parent: this },
    );
  }

  private securityGroup(name: string, args: TableCacheArgs): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "DAX" },
      { parent: this },
    );
    return group;
  }
}
