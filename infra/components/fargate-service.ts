// FargateService: a stateless service over three zones, with spare capacity for the loss of one, partly on
// Spot, growing by the rules of its workload. A bad image is rolled back before a good task is stopped. Or a
// single task, where a second one would do harm: never on Spot, and stopped before its successor starts.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { capacityOf, capacityShares } from "./service-capacity.ts";
import { type ScalingRule, scaleService } from "./service-scaling.ts";
import { defineTask, type TaskArgs } from "./task-definition.ts";
import { type ServiceClient, taskGroup } from "./task-group.ts";

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
  /** One task, in whichever zone, and never two: its size's counts are not looked at. */
  readonly isSingle?: boolean;
  readonly targetGroups?: readonly {
    readonly arn: pulumi.Input<string>;
    readonly port: number;
  }[];
  /** Who may connect, to which port: a group of the VPC, or a network beyond it. */
  readonly clients?: readonly ServiceClient[];
  /** How long a new task may fail its balancers' checks before it is replaced. */
  readonly healthGraceSeconds?: number;
  /** Found under its name: an address for each task. */
  readonly namespaceId?: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

export class FargateService extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly taskRoleArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;

  constructor(name: string, args: FargateServiceArgs, options?: pulumi.ComponentResourceOptions) {
    super("castle:infra:FargateService", name, {}, options);
    const task = defineTask(name, args, this);
    const securityGroup = taskGroup(name, args.vpcId, args.clients ?? [], this);
    const service = this.service(name, args, task.arn, securityGroup.id);
    if (args.isSingle !== true) this.scale(name, args, service.name);
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

  private scale(name: string, args: FargateServiceArgs, serviceName: pulumi.Output<string>): void {
    scaleService(
      name,
      {
        clusterName: args.clusterName,
        serviceName,
        ...capacityOf(args.size, args.spareCapacityPercent, args.subnetIds.length),
        zones: args.subnetIds.length,
        sparePercent: args.spareCapacityPercent,
        rules: args.scaling,
      },
      this,
    );
  }

  private service(
    name: string,
    args: FargateServiceArgs,
    taskDefinition: pulumi.Input<string>,
    securityGroupId: pulumi.Input<string>,
  ): aws.ecs.Service {
    return new aws.ecs.Service(
      `${name}-service`,
      {
        cluster: args.clusterArn,
        taskDefinition,
        ...(args.isSingle === true ? single : severalOf(args)),
        networkConfiguration: {
          subnets: [...args.subnetIds],
          securityGroups: [securityGroupId],
          assignPublicIp: false,
        },
        deploymentCircuitBreaker: { enable: true, rollback: true },
        enableEcsManagedTags: true,
        propagateTags: "SERVICE",
        // The name by which experiments find its tasks.
        tags: { CastleService: name },
        ...(args.targetGroups === undefined || args.targetGroups.length === 0
          ? {}
          : {
              healthCheckGracePeriodSeconds: args.healthGraceSeconds ?? 60,
              loadBalancers: args.targetGroups.map(({ arn, port: containerPort }) => ({
                targetGroupArn: arn,
                containerName: name,
                containerPort,
              })),
            }),
        ...(args.namespaceId === undefined
          ? {}
          : { serviceRegistries: { registryArn: this.registry(name, args.namespaceId) } }),
      },
      // Autoscaling owns the count: an update must not throw capacity away in a rush.
      { parent: this, ignoreChanges: ["desiredCount"] },
    );
  }

  /** Who asks for the name gets up to eight tasks, and asks again in ten seconds. */
  private registry(name: string, namespaceId: pulumi.Input<string>): pulumi.Output<string> {
    return new aws.servicediscovery.Service(
      `${name}-registry`,
      {
        name,
        dnsConfig: {
          namespaceId,
          dnsRecords: [{ type: "A", ttl: 10 }],
          routingPolicy: "MULTIVALUE",
        },
        // ECS says which tasks live. AWS takes no other number; without one the provider drops the block, and
        // would replace the service at the next update (hashicorp/terraform-provider-aws#44285).
        healthCheckCustomConfig: { failureThreshold: 1 },
      },
      { parent: this },
    ).arn;
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
        threshold: args.isSingle === true ? 1 : args.size.countMin,
        treatMissingData: "breaching",
        alarmActions: [args.alarmTopicArn],
        okActions: [args.alarmTopicArn],
      },
      { parent: this },
    );
  }
}

/** The successor starts when it is gone: two of them would take each other's place in turns. */
const single = {
  desiredCount: 1,
  capacityProviderStrategies: capacityShares(1, 0),
  // AWS moves a task to another zone by starting a second one first.
  availabilityZoneRebalancing: "DISABLED",
  deploymentMinimumHealthyPercent: 0,
  deploymentMaximumPercent: 100,
};

const severalOf = ({
  size,
  spareCapacityPercent,
  spotSharePercent,
  subnetIds,
}: FargateServiceArgs) => ({
  desiredCount: capacityOf(size, spareCapacityPercent, subnetIds.length).tasksMin,
  capacityProviderStrategies: capacityShares(size.countMin, spotSharePercent),
  // After a zone has come back, its share of tasks comes back too.
  availabilityZoneRebalancing: "ENABLED",
  deploymentMinimumHealthyPercent: 100,
  deploymentMaximumPercent: 200,
});
