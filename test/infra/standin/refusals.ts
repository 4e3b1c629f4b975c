// What AWS does not delete: things that are protected there, and things that others use. Those that
// Castle's stacks have, and that an operator meets on the way down (docs/deploy.md).

import type { CloudResource } from "./cloud.ts";

/** By type, the input that protects; `true` or `ACTIVE`. */
const protections: Readonly<Record<string, string>> = {
  "aws:cognito/userPool:UserPool": "deletionProtection",
  "aws:dynamodb/table:Table": "deletionProtectionEnabled",
  "aws:dynamodb/tableReplica:TableReplica": "deletionProtectionEnabled",
  "aws:lb/loadBalancer:LoadBalancer": "enableDeletionProtection",
  "aws:rds/cluster:Cluster": "deletionProtection",
  "aws:rds/globalCluster:GlobalCluster": "deletionProtection",
  "aws:rds/instance:Instance": "deletionProtection",
};

/** By type, the inputs of databases that name one of it. */
const usedBy: Readonly<Record<string, readonly string[]>> = {
  "aws:rds/subnetGroup:SubnetGroup": ["dbSubnetGroupName"],
  "aws:rds/globalCluster:GlobalCluster": ["globalClusterIdentifier"],
  "aws:rds/clusterParameterGroup:ClusterParameterGroup": ["dbClusterParameterGroupName"],
};

const isDatabase = ({ type }: CloudResource): boolean =>
  type === "aws:rds/cluster:Cluster" || type === "aws:rds/instance:Instance";

/** Whether something in AWS keeps this from being deleted: the input, and its value. */
export function protectionOf({ type, inputs }: CloudResource): string | undefined {
  const property = protections[type];
  if (property === undefined) return undefined;
  return inputs[property] === true || inputs[property] === "ACTIVE" ? property : undefined;
}

/** @returns what AWS would say, or undefined where it deletes */
export function deletionRefusal(
  resource: CloudResource,
  all: readonly CloudResource[],
): string | undefined {
  const protection = protectionOf(resource);
  if (protection !== undefined) return `${resource.id} cannot be deleted: ${protection} is set`;
  const properties = usedBy[resource.type] ?? [];
  const user = all
    .filter(isDatabase)
    .find(({ inputs }) => properties.some((property) => inputs[property] === resource.id));
  return user === undefined ? undefined : `${resource.id} is in use by ${user.id}`;
}
