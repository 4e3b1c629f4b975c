// Access: the statements and documents of IAM, as plain objects. A statement names its actions one by one
// and its resources by ARN; a `*` needs a reason beside it and a condition that narrows it.

import * as pulumi from "@pulumi/pulumi";

export interface AccessStatement {
  /** Letters and digits: what the statement is for. */
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly pulumi.Input<string>[];
  /** Operator to key to value, as IAM writes it. */
  readonly condition?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<unknown>>>>>;
}

export function policyDocument(statements: readonly AccessStatement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: statements.map(({ sid, actions, resources, condition }) => ({
      Sid: sid,
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(condition === undefined ? {} : { Condition: condition }),
    })),
  });
}

/**
 * Who may take a role: one service, on behalf of our account only.
 *
 * @param neighbourArn the ARN of anything in the same account: where the account's number is read
 */
export function trustOf(
  service: string,
  neighbourArn: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: {
            "aws:SourceAccount": pulumi.output(neighbourArn).apply((arn) => arnParts(arn).account),
          },
        },
      },
    ],
  });
}

export interface ArnParts {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

export function arnParts(arn: string): ArnParts {
  const [, partition = "", , region = "", account = "", ...resource] = arn.split(":");
  return { partition, region, account, resource: resource.join(":") };
}

/** The right to use a key, through one service of its region only. */
export function keyStatement(
  sid: string,
  keyArn: pulumi.Input<string>,
  service: string,
  actions: readonly string[],
): AccessStatement {
  const region = pulumi.output(keyArn).apply((arn) => arnParts(arn).region);
  return {
    sid,
    actions,
    resources: [keyArn],
    condition: {
      StringEquals: { "kms:ViaService": pulumi.interpolate`${service}.${region}.amazonaws.com` },
    },
  };
}

/** The repository of an image in ECR; `null` for an image of another registry, which needs no right. */
export function repositoryArn(image: string): string | null {
  const found = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(image);
  if (found === null) return null;
  const [, account, region, repository] = found;
  return `arn:aws:ecr:${region}:${account}:repository/${repository}`;
}
