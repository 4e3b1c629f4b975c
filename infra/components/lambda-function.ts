// A function as all of ours are: in the VPC, traced, its logs and variables under our keys, its role allowed exactly
// what it is given. Streams and APIs add what calls it.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "./log-group.ts";
import { type Statement, serviceRole } from "./trust.ts";

export interface LambdaFunctionArgs {
  readonly code: pulumi.asset.Archive;
  readonly handler?: string;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /** Copies that are kept for it, and no more: a flood must not take the account's. */
  readonly concurrencyMax?: number;
  readonly environment?: Record<string, pulumi.Input<string>>;
  /** What it may do beyond writing its own logs and traces. */
  readonly statements: readonly Statement[];
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** Taken from the account's copies, and never more than these. */
  readonly reservedConcurrency?: number;
  /** A version for each change, where an alias leads to one. */
  readonly isPublished?: boolean;
}

export interface LambdaFunction {
  readonly fn: aws.lambda.Function;
  readonly role: aws.iam.Role;
}

export function lambdaFunction(
  name: string,
  args: LambdaFunctionArgs,
  options: pulumi.CustomResourceOptions,
): LambdaFunction {
  const logs = logGroup(
    `${name}-log`,
    { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
    options,
  );
  const role = serviceRole(
    `${name}-role`,
    {
      service: "lambda.amazonaws.com",
      statements: [
        ...args.statements,
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: pulumi.interpolate`${logs.arn}:*`,
        },
      ],
    },
    options,
  );
  for (const policy of ["AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess"]) {
    const path = policy.startsWith("AWSLambda") ? "service-role/" : "";
    new aws.iam.RolePolicyAttachment(
      `${name}-${policy}`,
      { role: role.name, policyArn: `arn:aws:iam::aws:policy/${path}${policy}` },
      options,
    );
  }
  const fn = new aws.lambda.Function(
    name,
    {
      role: role.arn,
      code: args.code,
      handler: args.handler ?? "index.handler",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      memorySize: args.memoryMiB,
      timeout: args.timeoutSeconds,
      ...(args.concurrencyMax === undefined
        ? {}
        : { reservedConcurrentExecutions: args.concurrencyMax }),
      kmsKeyArn: args.dataKeyArn,
      tracingConfig: { mode: "Active" },
      loggingConfig: { logFormat: "JSON", logGroup: logs.name },
      vpcConfig: {
        subnetIds: [...args.subnetIds],
        securityGroupIds: [...args.securityGroupIds],
      },
      environment: { variables: args.environment ?? {} },
      ...(args.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: args.reservedConcurrency }),
      ...(args.isPublished === true ? { publish: true } : {}),
    },
    options,
  );
  return { fn, role };
}
