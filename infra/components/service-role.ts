// A role that one AWS service takes, with exactly the statements that it is given. No wildcard in actions;
// where AWS knows no narrower resource than all, the statement carries a condition or says why not.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: pulumi.Input<string> | readonly pulumi.Input<string>[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<unknown>>>>>;
}

export interface ServiceRoleArgs {
  /** Such as ec2.amazonaws.com. */
  readonly service: string;
  readonly statements: readonly Statement[];
  /** Of the trust: who, on whose behalf, the service must be. */
  readonly trustCondition?: Readonly<
    Record<string, Readonly<Record<string, pulumi.Input<string>>>>
  >;
}

export function policyDocument(statements: readonly unknown[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

export function serviceRole(
  name: string,
  { service, statements, trustCondition }: ServiceRoleArgs,
  options: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const role = new aws.iam.Role(
    name,
    {
      assumeRolePolicy: policyDocument([
        {
          Effect: "Allow",
          Principal: { Service: service },
          Action: "sts:AssumeRole",
          ...(trustCondition === undefined ? {} : { Condition: trustCondition }),
        },
      ]),
    },
    options,
  );
  if (statements.length > 0) {
    new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, policy: policyDocument(statements) },
      options,
    );
  }
  return role;
}
