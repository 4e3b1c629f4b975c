// A security group for what only asks and is never asked: functions, connectors.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export function closedGroup(
  name: string,
  vpcId: pulumi.Input<string>,
  parent: pulumi.Resource,
): aws.ec2.SecurityGroup {
  const group = new aws.ec2.SecurityGroup(
    `${name}-access`,
    { vpcId, description: `Nobody in, ${name} out` },
    { parent },
  );
  // Who may be reached is said by the other side's groups.
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
