// Who may take a role, and what a role may do, as documents. A service is believed only on behalf of this account where the
// service says for whom it acts.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: object;
  readonly Action: string | readonly string[];
  readonly Resource:
    | pulumi.Input<string>
    | pulumi.Input<string[]>
    | readonly pulumi.Input<string>[];
  readonly Condition?: object;
}

/** A policy of exactly these statements. */
export function policyDocument(statements: readonly Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** Use of a key through one service of the region only, as the key's owner allows by IAM. */
export function keyUse(
  keyArn: pulumi.Input<string>,
  service: string,
  region: string,
  actions: readonly string[] = ["kms:Decrypt", "kms:GenerateDataKey"],
): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: keyArn,
    Condition: { StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` } },
  };
}

export interface ServiceRoleArgs {
  readonly service: string;
  /** Where the service sends it, only calls made for this account are believed. */
  readonly sourceAccount?: pulumi.Input<string>;
  readonly statements: readonly Statement[];
}

/** A role for one service, with one inline policy of exactly what it does. */
export function serviceRole(
  name: string,
  args: ServiceRoleArgs,
  options: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const role = new aws.iam.Role(
    name,
    {
      assumeRolePolicy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: args.service },
            Action: "sts:AssumeRole",
            ...(args.sourceAccount === undefined
              ? {}
              : { Condition: { StringEquals: { "aws:SourceAccount": args.sourceAccount } } }),
          },
        ],
      }),
    },
    options,
  );
  if (args.statements.length > 0) {
    new aws.iam.RolePolicy(
      name,
      { role: role.id, policy: policyDocument(args.statements) },
      options,
    );
  }
  return role;
}
