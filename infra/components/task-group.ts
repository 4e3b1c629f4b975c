// The security group of a workload's tasks: who may connect to which port. Out they may go anywhere; who may be
// reached is said by the other side's groups: engines, journal, database, endpoints.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** A group of the VPC, or a network. */
export type ServiceClient = { readonly name: string; readonly port: number } & (
  | { readonly securityGroupId: pulumi.Input<string> }
  | { readonly cidr: pulumi.Input<string> }
);

export function taskGroup(
  name: string,
  vpcId: pulumi.Input<string>,
  clients: readonly ServiceClient[],
  parent: pulumi.Resource,
): aws.ec2.SecurityGroup {
  const group = new aws.ec2.SecurityGroup(
    `${name}-group`,
    { vpcId, description: `Tasks of ${name}` },
    { parent },
  );
  for (const client of clients) {
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-from-${client.name}`,
      {
        securityGroupId: group.id,
        description: `From ${client.name}`,
        ipProtocol: "tcp",
        fromPort: client.port,
        toPort: client.port,
        ...("cidr" in client
          ? { cidrIpv4: client.cidr }
          : { referencedSecurityGroupId: client.securityGroupId }),
      },
      { parent },
    );
  }
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
