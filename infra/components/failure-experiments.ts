// FailureExperiments: for each zone the experiment that takes its power, and the schedule that runs them. An
// alarm of the exchange's own stops an experiment, and keeps it from starting while something is wrong already.
// Beside each runs the probe, which trades meanwhile and says what clients saw. Reports go to S3.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { edgeRegion } from "./certificates.ts";
import { turnsOf } from "./experiment-turns.ts";
import { logGroup } from "./log-group.ts";
import { type PowerLossArgs, powerLoss } from "./power-loss.ts";
import { type Statement, serviceRole } from "./trust.ts";

export interface FailureExperimentsArgs {
  readonly config: { readonly experimentSchedule: string };
  readonly region: string;
  /** By zone, a to c. */
  readonly zoneNames: readonly pulumi.Input<string>[];
  readonly database?: PowerLossArgs["database"];
  /** Roles that start instances, such as Karpenter's; none where groups start them all. */
  readonly launcherRoleArns: readonly pulumi.Input<string>[];
  /** Of balancers under zonal autoshift. */
  readonly balancerArns: readonly pulumi.Input<string>[];
  /** At least one: an experiment without a stop is an outage. */
  readonly stopAlarmArns: readonly pulumi.Input<string>[];
  readonly reportBucket: pulumi.Input<string>;
  readonly reportBucketArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** Absent where the probe was not built: experiments then run without a witness. */
  readonly probeTask?:
    | {
        readonly clusterArn: pulumi.Input<string>;
        readonly taskDefinitionArn: pulumi.Input<string>;
        readonly subnetIds: readonly pulumi.Input<string>[];
        readonly securityGroupId: pulumi.Input<string>;
        /** Execution and task role, which the schedule hands over. */
        readonly roleArns: readonly pulumi.Input<string>[];
      }
    | undefined;
}

const letters = ["a", "b", "c"] as const;
/** FIS's own policies for what it does by EC2, networks and RDS. */
const managedPolicies = [
  "AWSFaultInjectionSimulatorEC2Access",
  "AWSFaultInjectionSimulatorNetworkAccess",
  "AWSFaultInjectionSimulatorRDSAccess",
];

export class FailureExperiments extends pulumi.ComponentResource {
  /** By zone, a to c. */
  readonly templateIds: readonly pulumi.Output<string>[];

  private readonly name: string;
  private readonly args: FailureExperimentsArgs;
  private readonly account: pulumi.Output<string>;

  constructor(
    name: string,
    args: FailureExperimentsArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:FailureExperiments", name, {}, options);
    if (args.stopAlarmArns.length === 0) throw new RangeError("an experiment needs a stop alarm");
    this.name = name;
    this.args = args;
    this.account = aws.getCallerIdentityOutput({}, { parent: this }).accountId;
    const role = this.role();
    const log = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      { parent: this },
    );
    const templates = args.zoneNames.map((zoneName, zone) =>
      this.template(letters[zone] ?? "", zoneName, role, log.arn),
    );
    this.templateIds = templates.map(({ id }) => id);
    if (args.config.experimentSchedule !== "off") this.schedules(this.templateIds);
    this.registerOutputs({ templateIds: this.templateIds });
  }

  private template(
    letter: string,
    zoneName: pulumi.Input<string>,
    role: aws.iam.Role,
    logGroupArn: pulumi.Output<string>,
  ): aws.fis.ExperimentTemplate {
    const { name, args } = this;
    const { actions, targets } = powerLoss({
      zoneName,
      database: args.database,
      launcherRoleArns: args.launcherRoleArns,
    });
    return new aws.fis.ExperimentTemplate(
      `${name}-power-loss-${letter}`,
      {
        description: `Zone ${letter} loses its power`,
        roleArn: role.arn,
        actions,
        targets,
        stopConditions: args.stopAlarmArns.map((value) => ({
          source: "aws:cloudwatch:alarm",
          value,
        })),
        experimentOptions: {
          accountTargeting: "single-account",
          emptyTargetResolutionMode: "skip",
        },
        logConfiguration: {
          logSchemaVersion: 2,
          cloudwatchLogsConfiguration: { logGroupArn: pulumi.interpolate`${logGroupArn}:*` },
        },
        experimentReportConfiguration: {
          preExperimentDuration: "PT20M",
          postExperimentDuration: "PT20M",
          outputs: {
            s3Configuration: {
              bucketName: args.reportBucket,
              prefix: `experiments/zone-${letter}`,
            },
          },
        },
        tags: { Name: `${name}-power-loss-${letter}` },
      },
      { parent: this },
    );
  }

  private role(): aws.iam.Role {
    const { name } = this;
    const role = serviceRole(
      `${name}-role`,
      {
        service: "fis.amazonaws.com",
        statements: this.statements(),
        sourceAccount: this.account,
      },
      { parent: this },
    );
    for (const policy of managedPolicies) {
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy.replace("AWSFaultInjectionSimulator", "").toLowerCase()}`,
        { role: role.name, policyArn: `arn:aws:iam::aws:policy/service-role/${policy}` },
        { parent: this },
      );
    }
    return role;
  }

  private statements(): Statement[] {
    const { args, account } = this;
    const { region } = args;
    // Of what AWS knows no narrower resource than all: at least in this region only.
    const here = { StringEquals: { "aws:RequestedRegion": region } };
    const isTagged = (value: string) => ({
      StringEquals: { "aws:ResourceTag/AzImpairmentPower": value },
    });
    const balancers =
      args.balancerArns.length === 0
        ? []
        : [
            {
              Effect: "Allow" as const,
              Action: [
                "arc-zonal-shift:StartZonalShift",
                "arc-zonal-shift:UpdateZonalShift",
                "arc-zonal-shift:CancelZonalShift",
                "arc-zonal-shift:GetManagedResource",
              ],
              Resource: args.balancerArns,
            },
          ];
    return [
      {
        Effect: "Allow",
        Action: ["elasticache:InterruptClusterAzPower", "elasticache:DescribeReplicationGroups"],
        Resource: pulumi.interpolate`arn:aws:elasticache:${region}:${account}:replicationgroup:*`,
        Condition: isTagged("DisruptElasticache"),
      },
      {
        Effect: "Allow",
        Action: ["ec2:PauseVolumeIO"],
        Resource: pulumi.interpolate`arn:aws:ec2:${region}:${account}:volume/*`,
        Condition: isTagged("ApiPauseVolume"),
      },
      {
        Effect: "Allow",
        Action: ["ec2:InjectApiError"],
        Resource: "*",
        Condition: {
          "ForAnyValue:StringEquals": {
            "ec2:FisActionId": [
              "aws:ec2:api-insufficient-instance-capacity-error",
              "aws:ec2:asg-insufficient-instance-capacity-error",
            ],
          },
        },
      },
      {
        Effect: "Allow",
        Action: [
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeTags",
          "tag:GetResources",
          "arc-zonal-shift:ListManagedResources",
          "logs:CreateLogDelivery",
          "logs:PutResourcePolicy",
          "logs:DescribeResourcePolicies",
          "logs:DescribeLogGroups",
          "cloudwatch:GetMetricWidgetImage",
        ],
        Resource: "*",
        Condition: here,
      },
      // To find the launchers. IAM is asked in one region, wherever the experiment runs.
      {
        Effect: "Allow",
        Action: ["iam:ListRoles"],
        Resource: "*",
        Condition: { StringEquals: { "aws:RequestedRegion": edgeRegion } },
      },
      // A stopped instance starts again with its encrypted volume.
      {
        Effect: "Allow",
        Action: ["kms:CreateGrant"],
        Resource: args.dataKeyArn,
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
      {
        Effect: "Allow",
        Action: ["s3:PutObject", "s3:GetObject"],
        Resource: pulumi.interpolate`${args.reportBucketArn}/experiments/*`,
      },
      {
        Effect: "Allow",
        Action: ["kms:GenerateDataKey", "kms:Decrypt"],
        Resource: args.dataKeyArn,
      },
      ...balancers,
    ];
  }

  private schedules(templateIds: readonly pulumi.Output<string>[]): void {
    const { name, args } = this;
    const role = this.starter(templateIds);
    const turns = turnsOf(args.config.experimentSchedule, templateIds.length);
    for (const [zone, turn] of turns.entries()) {
      const letter = letters[zone];
      const templateId = templateIds[zone];
      if (templateId === undefined) continue;
      new aws.scheduler.Schedule(
        `${name}-turn-${letter}`,
        {
          description: `Zone ${letter} loses its power`,
          scheduleExpression: turn.loss,
          scheduleExpressionTimezone: "UTC",
          flexibleTimeWindow: { mode: "OFF" },
          kmsKeyArn: args.dataKeyArn,
          target: {
            arn: "arn:aws:scheduler:::aws-sdk:fis:startExperiment",
            roleArn: role.arn,
            input: pulumi.jsonStringify({
              ClientToken: "<aws.scheduler.execution-id>",
              ExperimentTemplateId: templateId,
              Tags: { Name: `${name}-zone-${letter}` },
            }),
            // Hours later it would be another zone's turn.
            retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 300 },
          },
        },
        { parent: this },
      );
      this.probe(letter ?? "", turn.probe, role);
    }
  }

  private probe(letter: string, scheduleExpression: string, role: aws.iam.Role): void {
    const { name, args } = this;
    const { probeTask } = args;
    if (probeTask === undefined) return;
    new aws.scheduler.Schedule(
      `${name}-probe-${letter}`,
      {
        description: `Trade while zone ${letter} loses its power`,
        scheduleExpression,
        scheduleExpressionTimezone: "UTC",
        flexibleTimeWindow: { mode: "OFF" },
        kmsKeyArn: args.dataKeyArn,
        target: {
          arn: probeTask.clusterArn,
          roleArn: role.arn,
          ecsParameters: {
            taskDefinitionArn: probeTask.taskDefinitionArn,
            launchType: "FARGATE",
            taskCount: 1,
            networkConfiguration: {
              subnets: [...probeTask.subnetIds],
              securityGroups: [probeTask.securityGroupId],
              assignPublicIp: false,
            },
          },
          input: pulumi.jsonStringify({
            containerOverrides: [
              { name: "chaos-probe", environment: [{ name: "CASTLE_ZONE", value: letter }] },
            ],
          }),
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 300 },
        },
      },
      { parent: this },
    );
  }

  private starter(templateIds: readonly pulumi.Output<string>[]): aws.iam.Role {
    const { name, args, account } = this;
    const { probeTask, region } = args;
    const probeStatements: Statement[] =
      probeTask === undefined
        ? []
        : [
            { Effect: "Allow", Action: ["ecs:RunTask"], Resource: probeTask.taskDefinitionArn },
            {
              Effect: "Allow",
              Action: ["iam:PassRole"],
              Resource: probeTask.roleArns,
              Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
            },
          ];
    return serviceRole(
      `${name}-starter`,
      {
        service: "scheduler.amazonaws.com",
        sourceAccount: account,
        statements: [
          {
            Effect: "Allow",
            Action: ["fis:StartExperiment", "fis:TagResource"],
            Resource: [
              ...templateIds.map(
                (id) =>
                  pulumi.interpolate`arn:aws:fis:${region}:${account}:experiment-template/${id}`,
              ),
              // An experiment has no id before it is started.
              pulumi.interpolate`arn:aws:fis:${region}:${account}:experiment/*`,
            ],
          },
          { Effect: "Allow", Action: ["kms:Decrypt"], Resource: args.dataKeyArn },
          ...probeStatements,
        ],
      },
      { parent: this },
    );
  }
}
