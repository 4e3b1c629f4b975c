// Who may connect to a store, one rule for each. Said after the making: who uses a store is told its address, so it exists later.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface Door {
  readonly securityGroupId: pulumi.Input<string>;
  readonly port: number;
}

type Client =
  | { readonly referencedSecurityGroupId: pulumi.Input<string> }
  | { readonly cidrIpv4: pulumi.Input<string> };

/** @param who of the rule's name and description: short, stable, once at a door */
export function openTo(
  name: string,
  who: string,
  { securityGroupId, port }: Door,
  client: Client,
  parent: pulumi.Resource,
): void {
  new aws.vpc.SecurityGroupIngressRule(
    `${name}-from-${who}`,
    {
      securityGroupId,
      description: `From ${who}`,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      ...client,
    },
    { parent },
  );
}
