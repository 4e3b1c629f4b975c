// RegionLink: both regions' networks routed to each other, so that engines follow the other region's
// journal. Made by dr alone, with its own hands in both regions: prod never waits for dr. Security
// groups do not reach across regions; what may come in is told by network.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface LinkedNetwork {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: pulumi.Input<string>;
  /** As many on both sides as there are tables in a Network: their number is part of the program. */
  readonly routeTableIds: readonly pulumi.Input<string>[];
  /** Where a transit gateway attaches: one subnet a zone. */
  readonly attachmentSubnetIds: readonly pulumi.Input<string>[];
}

export interface RegionLinkArgs {
  readonly kind: "vpc-peering" | "transit-gateway";
  readonly here: LinkedNetwork;
  readonly peer: LinkedNetwork;
}

type Side = "here" | "peer";

/** Where a side's route leads: exactly one of the two. */
interface Way {
  readonly vpcPeeringConnectionId?: pulumi.Input<string>;
  readonly transitGatewayId?: pulumi.Input<string>;
}

export class RegionLink extends pulumi.ComponentResource {
  private readonly name: string;
  private readonly args: RegionLinkArgs;

  constructor(name: string, args: RegionLinkArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:RegionLink", name, {}, options);
    this.name = name;
    this.args = args;
    if (args.kind === "vpc-peering") this.peering();
    else this.transit();
    this.registerOutputs({});
  }

  private peering(): void {
    const { name, args } = this;
    const { here, peer } = args;
    const connection = new aws.ec2.VpcPeeringConnection(
      `${name}-peering`,
      { vpcId: here.vpcId, peerVpcId: peer.vpcId, peerRegion: peer.region, tags: { Name: name } },
      { parent: this },
    );
    const accepted = new aws.ec2.VpcPeeringConnectionAccepter(
      `${name}-accepted`,
      { vpcPeeringConnectionId: connection.id, autoAccept: true, region: peer.region },
      { parent: this },
    );
    const way = { vpcPeeringConnectionId: accepted.vpcPeeringConnectionId };
    this.routes("here", way, [accepted]);
    this.routes("peer", way, [accepted]);
  }

  private transit(): void {
    const { name, args } = this;
    const parent = { parent: this };
    const here = this.hub("here");
    const peer = this.hub("peer");
    const attachment = new aws.ec2transitgateway.PeeringAttachment(
      `${name}-peering`,
      {
        transitGatewayId: here.gateway.id,
        peerTransitGatewayId: peer.gateway.id,
        peerRegion: args.peer.region,
      },
      parent,
    );
    const accepted = new aws.ec2transitgateway.PeeringAttachmentAccepter(
      `${name}-accepted`,
      { transitGatewayAttachmentId: attachment.id, region: args.peer.region },
      parent,
    );
    // Peerings are not propagated: each hub is told what lies behind the other.
    for (const side of ["here", "peer"] as const) {
      const { gateway, attached } = side === "here" ? here : peer;
      const other = args[side === "here" ? "peer" : "here"];
      new aws.ec2transitgateway.Route(
        `${name}-hub-route-${side}`,
        {
          destinationCidrBlock: other.vpcCidr,
          transitGatewayRouteTableId: gateway.associationDefaultRouteTableId,
          transitGatewayAttachmentId: accepted.transitGatewayAttachmentId,
          region: args[side].region,
        },
        { parent: this, dependsOn: [accepted] },
      );
      this.routes(side, { transitGatewayId: gateway.id }, [attached]);
    }
  }

  private hub(side: Side): {
    readonly gateway: aws.ec2transitgateway.TransitGateway;
    readonly attached: aws.ec2transitgateway.VpcAttachment;
  } {
    const { name, args } = this;
    const { region, vpcId, attachmentSubnetIds } = args[side];
    const gateway = new aws.ec2transitgateway.TransitGateway(
      `${name}-hub-${side}`,
      {
        description: "The other region of the exchange",
        region,
        tags: { Name: `${name}-${side}` },
      },
      { parent: this },
    );
    const attached = new aws.ec2transitgateway.VpcAttachment(
      `${name}-attachment-${side}`,
      { transitGatewayId: gateway.id, vpcId, subnetIds: [...attachmentSubnetIds], region },
      { parent: this },
    );
    return { gateway, attached };
  }

  private routes(side: Side, way: Way, dependsOn: readonly pulumi.Resource[]): void {
    const { name, args } = this;
    const other = args[side === "here" ? "peer" : "here"];
    for (const [index, routeTableId] of args[side].routeTableIds.entries()) {
      new aws.ec2.Route(
        `${name}-route-${side}-${index + 1}`,
        { routeTableId, destinationCidrBlock: other.vpcCidr, region: args[side].region, ...way },
        { parent: this, dependsOn: [...dependsOn] },
      );
    }
  }
}
