// Who may take a role, and what a role may do, as documents: the one place where statements are written. A service is believed
// only on behalf of this account where the service says for whom it acts.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** As IAM writes it. No wildcard in actions; a `*` as resource carries a condition, or a comment why not. */
export interface Statement {
  /** Letters and digits: what it is for. */
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  /** Of a policy that lies on a resource, and of a trust. */
  readonly Principal?: object | "*";
  readonly Action: string | readonly string[];
  readonly Resource:
    | pulumi.Input<string>
    | pulumi.Input<string[]>
    | readonly pulumi.Input<string>[];
  readonly Condition?: object;
}

/** A policy of exactly these statements. A trust has no resource: it lies on the role. */
export function policyDocument(
  statements: readonly (Statement | Omit<Statement, "Resource">)[],
): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** Who may take a role: one service, on behalf of this account only where the service tells for whom it acts. */
export function trustDocument(
  service: string,
  sourceAccount?: pulumi.Input<string>,
): pulumi.Output<string> {
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      ...(sourceAccount === undefined
        ? {}
        : { Condition: { StringEquals: { "aws:SourceAccount": sourceAccount } } }),
    },
  ]);
}

/** Use of a key through one service of the region only, as the key's owner allows by IAM. */
export function keyUse(
  keyArn: pulumi.Input<string>,
  service: string,
  region: pulumi.Input<string>,
  actions: readonly string[] = ["kms:Decrypt", "kms:GenerateDataKey"],
): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: keyArn,
    Condition: {
      StringEquals: { "kms:ViaService": pulumi.interpolate`${service}.${region}.amazonaws.com` },
    },
  };
}

export interface ServiceRoleArgs {
  /** Such as ec2.amazonaws.com. */
  readonly service: string;
  /** Where the service sends it, only calls made for this account are believed. */
  readonly sourceAccount?: pulumi.Input<string>;
  readonly statements: readonly Statement[];
}

/** A role for one service, with one inline policy of exactly what it does; without statements it has none. */
export function serviceRole(
  name: string,
  { service, sourceAccount, statements }: ServiceRoleArgs,
  options: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const role = new aws.iam.Role(
    name,
    { assumeRolePolicy: trustDocument(service, sourceAccount) },
    options,
  );
  if (statements.length > 0) {
    new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.id, policy: policyDocument(statements) },
      options,
    );
  }
  return role;
}

/** Of a queue's own policy: nobody without TLS. */
export const queueTlsOnly = (queueArn: pulumi.Input<string>): Statement => ({
  Sid: "TlsOnly",
  Effect: "Deny",
  Principal: { AWS: "*" },
  Action: "sqs:*",
  Resource: queueArn,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
