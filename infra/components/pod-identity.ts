// The role of a service account: EKS Pod Identity hands it to the pods that run under the account, and to
// nobody else. No OIDC provider, no annotation, no key in the cluster.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "./trust.ts";

/** Where a cluster is, as its parts need it. */
export interface ClusterPlace {
  /** Physical name: in ARNs, tags and conditions. */
  readonly clusterName: string;
  readonly clusterArn: pulumi.Input<string>;
  readonly accountId: pulumi.Input<string>;
  readonly region: string;
}

export interface PodRoleArgs {
  readonly place: ClusterPlace;
  readonly statements?: readonly Statement[];
  /** Names of AWS's own policies, where an add-on of AWS is written against one. */
  readonly managedPolicies?: readonly string[];
}

/** A role that only pods of this cluster get. */
export function podRole(
  name: string,
  { place, statements = [], managedPolicies = [] }: PodRoleArgs,
  options: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const role = new aws.iam.Role(
    name,
    {
      assumeRolePolicy: policyDocument([
        {
          Effect: "Allow",
          Principal: { Service: "pods.eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Condition: {
            StringEquals: { "aws:SourceAccount": place.accountId },
            ArnEquals: { "aws:SourceArn": place.clusterArn },
          },
        },
      ]),
    },
    options,
  );
  if (statements.length > 0) {
    new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.id, policy: policyDocument(statements) },
      options,
    );
  }
  for (const policy of managedPolicies) attachManaged(name, policy, role, options);
  return role;
}

export function attachManaged(
  name: string,
  policy: string,
  role: aws.iam.Role,
  options: pulumi.CustomResourceOptions,
): aws.iam.RolePolicyAttachment {
  return new aws.iam.RolePolicyAttachment(
    `${name}-${policy}`,
    { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
    options,
  );
}

export interface AccountArgs extends PodRoleArgs {
  readonly namespace: pulumi.Input<string>;
  readonly serviceAccount: string;
}

/** The role, and who gets it. Pods that start before it never get it: make it first. */
export function identify(
  name: string,
  args: AccountArgs,
  options: pulumi.CustomResourceOptions,
): aws.eks.PodIdentityAssociation {
  const role = podRole(`${name}-role`, args, options);
  return new aws.eks.PodIdentityAssociation(
    `${name}-identity`,
    {
      clusterName: args.place.clusterName,
      namespace: args.namespace,
      serviceAccount: args.serviceAccount,
      roleArn: role.arn,
    },
    options,
  );
}
