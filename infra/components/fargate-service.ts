// FargateService: a stateless service over three zones, with spare capacity for the loss of one, partly on
// Spot, growing by the rules of its workload. A bad image is rolled back before a good task is stopped.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { capacityOf, capacityShares } from "./service-capacity.ts";
import { type ScalingRule, scaleService } from "./service-scaling.ts";
import { defineTask, type TaskArgs } from "./task-definition.ts";

export interface FargateServiceArgs extends Omit<TaskArgs, "size"> {
  readonly clusterName: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  /** One in each zone. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly size: {
    readonly cpu: number;
    readonly memoryMiB: number;
    readonly countMin: number;
    readonly countMax: number;
  };
  readonly spareCapacityPercent: number;
  readonly spotSharePercent: number;
  readonly scaling: readonly ScalingRule[];
  readonly targetGroups?: readonly {
    readonly arn: pulumi.Input<string>;
    readonly port: number;
  }[];
  /** Who may connect, to which port: a group of the VPC, or a network beyond it. */
  readonly clients?: readonly ServiceClient[];
  /** Found by other services under its name, through the cluster's namespace. */
  readonly namespaceArn?: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

export type ServiceClient = { readonly name: string; readonly port: number } & (
  | { readonly securityGroupId: pulumi.Input<string> }
  | { readonly cidr: pulumi.Input<string> }
);

export class FargateService extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly taskRoleArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;

  constructor(name: string, args: FargateServiceArgs, options?: pulumi.ComponentResourceOptions) {
    super("castle:infra:FargateService", name, {}, options);
    const zones = args.subnetIds.length;
    const { tasksMin, tasksMax } = capacityOf(args.size, args.spareCapacityPercent, zones);
    const task = defineTask(name, args, this);
    const securityGroup = this.securityGroup(name, args);
    const service = this.service(name, args, task.arn, securityGroup.id, tasksMin);
    scaleService(
      name,
      {
        clusterName: args.clusterName,
        serviceName: service.name,
        tasksMin,
        tasksMax,
        zones,
        sparePercent: args.spareCapacityPercent,
        rules: args.scaling,
      },
      this,
    );
    this.alarmOfTasks(name, args, service.name);
    this.serviceName = service.name;
    this.taskDefinitionArn = task.arn;
    this.securityGroupId = securityGroup.id;
    this.taskRoleArn = task.taskRoleArn;
    this.logGroupName = task.logGroupName;
    this.registerOutputs({
      serviceName: this.serviceName,
      taskDefinitionArn: this.taskDefinitionArn,
      securityGroupId: this.securityGroupId,
      taskRoleArn: this.taskRoleArn,
      logGroupName: this.logGroupName,
    });
  }

  private securityGroup(name: string, args: FargateServiceArgs): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: `Tasks of ${name}` },
      { parent: this },
    );
    for (const client of args.clients ?? []) {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-from-${client.name}`,
        {
          securityGroupId: group.id,
          description: `From ${client.name}`,
          ipProtocol: "tcp",
          fromPort: client.port,
          toPort: client.port,
          ...("cidr" in client
            ? { cidrIpv4: client.cidr }
            : { referencedSecurityGroupId: client.securityGroupId }),
        },
        { parent: this },
      );
    }
    // Who may be reached is said by the other side's groups: engines, journal, database, endpoints.
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-out`,
      {
        securityGroupId: group.id,
        description: "To the VPC and the AWS endpoints",
        ipProtocol: "-1",
        cidrIpv4: "0.0.0.0/0",
      },
      { parent: this },
    );
    return group;
  }

  private service(
    name: string,
    args: FargateServiceArgs,
    taskDefinition: pulumi.Input<string>,
    securityGroupId: pulumi.Input<string>,
    tasksMin: number,
  ): aws.ecs.Service {
    const [port] = args.ports ?? [];
    return new aws.ecs.Service(
      `${name}-service`,
      {
        cluster: args.clusterArn,
        taskDefinition,
        desiredCount: tasksMin,
        capacityProviderStrategies: capacityShares(args.size.countMin, args.spotSharePercent),
        networkConfiguration: {
          subnets: [...args.subnetIds],
          securityGroups: [securityGroupId],
          assignPublicIp: false,
        },
        // After a zone has come back, its share of tasks comes back too.
        availabilityZoneRebalancing: "ENABLED",
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        enableEcsManagedTags: true,
        propagateTags: "SERVICE",
        // The name by which experiments find its tasks.
        tags: { CastleService: name },
        ...(args.targetGroups === undefined
          ? {}
          : {
              healthCheckGracePeriodSeconds: 60,
              loadBalancers: args.targetGroups.map(({ arn, port: containerPort }) => ({
                targetGroupArn: arn,
                containerName: name,
                containerPort,
              })),
            }),
        ...(args.namespaceArn === undefined || port === undefined
          ? {}
          : {
              serviceConnectConfiguration: {
                enabled: true,
                namespace: args.namespaceArn,
                services: [
                  { portName: name, discoveryName: name, clientAlias: [{ port, dnsName: name }] },
                ],
              },
            }),
      },
      // Autoscaling owns the count: an update must not throw capacity away in a rush.
      { parent: this, ignoreChanges: ["desiredCount"] },
    );
  }

  private alarmOfTasks(
    name: string,
    args: FargateServiceArgs,
    serviceName: pulumi.Input<string>,
  ): void {
    new aws.cloudwatch.MetricAlarm(
      `${name}-tasks-missing`,
      {
        alarmDescription: `${name} runs fewer tasks than its load needs, spare not counted`,
        namespace: "ECS/ContainerInsights",
        metricName: "RunningTaskCount",
        dimensions: { ClusterName: args.clusterName, ServiceName: serviceName },
        statistic: "Minimum",
        period: 60,
        evaluationPeriods: 1,
        comparisonOperator: "LessThanThreshold",
        threshold: args.size.countMin,
        treatMissingData: "breaching",
        alarmActions: [args.alarmTopicArn],
        okActions: [args.alarmTopicArn],
      },
      { parent: this },
    );
  }
}
