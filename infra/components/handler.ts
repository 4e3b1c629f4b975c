// What every function has: a role for exactly what it does, a log that ends, a group of the VPC, traces, and environment
// encrypted by our key. Its archive comes from configuration.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "./log-group.ts";
import { type Statement, serviceRole } from "./trust.ts";

export interface HandlerArgs {
  readonly code: pulumi.asset.Archive;
  readonly handler?: string;
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly vpcId: pulumi.Input<string>;
  /** With a way out: to AWS's endpoints. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

interface Own {
  readonly statements: readonly Statement[];
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  /** Taken from the account's copies, and never more than these. */
  readonly reservedConcurrency?: number;
  /** A version for each change, where an alias leads to one. */
  readonly isPublished?: boolean;
}

export interface Handler {
  readonly fn: aws.lambda.Function;
  readonly securityGroupId: pulumi.Output<string>;
}

export function handlerOf(
  name: string,
  args: HandlerArgs,
  own: Own,
  parent: pulumi.Resource,
): Handler {
  const logs = logGroup(
    `${name}-log`,
    { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
    { parent },
  );
  const group = groupOf(name, args, parent);
  const fn = new aws.lambda.Function(
    name,
    {
      role: roleOf(name, own.statements, logs, parent).arn,
      code: args.code,
      handler: args.handler ?? "index.handler",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      memorySize: own.memoryMiB,
      timeout: own.timeoutSeconds,
      kmsKeyArn: args.dataKeyArn,
      tracingConfig: { mode: "Active" },
      loggingConfig: { logFormat: "JSON", logGroup: logs.name },
      vpcConfig: { subnetIds: [...args.subnetIds], securityGroupIds: [group.id] },
      environment: { variables: { ...args.environment } },
      ...(own.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: own.reservedConcurrency }),
      ...(own.isPublished === true ? { publish: true } : {}),
    },
    { parent },
  );
  return { fn, securityGroupId: group.id };
}

function groupOf(
  name: string,
  { vpcId }: HandlerArgs,
  parent: pulumi.Resource,
): aws.ec2.SecurityGroup {
  const group = new aws.ec2.SecurityGroup(
    `${name}-group`,
    { vpcId, description: `Function ${name}: nobody comes in` },
    { parent },
  );
  // Who may be reached is said by the other side's groups: brokers, endpoints.
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-out`,
    {
      securityGroupId: group.id,
      description: "To the VPC and the AWS endpoints",
      ipProtocol: "-1",
      cidrIpv4: "0.0.0.0/0",
    },
    { parent },
  );
  return group;
}

function roleOf(
  name: string,
  statements: readonly Statement[],
  logs: aws.cloudwatch.LogGroup,
  parent: pulumi.Resource,
): aws.iam.Role {
  const role = serviceRole(
    `${name}-role`,
    {
      service: "lambda.amazonaws.com",
      statements: [
        ...statements,
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: pulumi.interpolate`${logs.arn}:*`,
        },
      ],
    },
    { parent },
  );
  for (const policy of ["AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess"]) {
    const path = policy.startsWith("AWSLambda") ? "service-role/" : "";
    new aws.iam.RolePolicyAttachment(
      `${name}-${policy}`,
      { role: role.name, policyArn: `arn:aws:iam::aws:policy/${path}${policy}` },
      { parent },
    );
  }
  return role;
}
