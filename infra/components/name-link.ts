// NameLink: each region's services resolve the other's names, so that a controller sees the other region by its gateways
// too, and not by its engines alone. Made by the later stack, which knows both.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface NamedSide {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Hosted zone of its namespace. */
  readonly zoneId: pulumi.Input<string>;
}

export interface NameLinkArgs {
  readonly here: NamedSide;
  readonly peer: NamedSide;
}

export class NameLink extends pulumi.ComponentResource {
  constructor(
    name: string,
    { here, peer }: NameLinkArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("castle:infra:NameLink", name, {}, options);
    const associate = (side: string, zoneId: pulumi.Input<string>, into: NamedSide) =>
      new aws.route53.ZoneAssociation(
        `${name}-${side}`,
        { zoneId, vpcId: into.vpcId, vpcRegion: into.region },
        { parent: this },
      );
    associate("here", here.zoneId, peer);
    associate("peer", peer.zoneId, here);
    this.registerOutputs({});
  }
}
