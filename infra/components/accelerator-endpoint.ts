// AcceleratorEndpoint: a region's balancer at the accelerator, open or shut by its weight.
// Invariant: a region that is not active has weight 0. The traffic dial is no fence: when all of the other
// region is unhealthy the accelerator sends clients past a dial of 0, and back by itself. A failover
// changes the weight outside of Pulumi; the whole property is ignored from then on, and nothing else is in
// this resource, so that no other change can write the old weight back. Use `pulumi up --refresh`.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface AcceleratorEndpointArgs {
  readonly listenerArn: pulumi.Input<string>;
  readonly endpointArn: pulumi.Input<string>;
  readonly region: string;
  /** Read once, when the endpoint is made. */
  readonly isActive: boolean;
}

/** What the operators' commands write as well (docs/toolkit.md). */
const openWeight = 128;
const shutWeight = 0;

export class AcceleratorEndpoint extends pulumi.ComponentResource {
  readonly endpointGroupArn: pulumi.Output<string>;

  constructor(name: string, args: AcceleratorEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:AcceleratorEndpoint", name, {}, opts);
    const group = new aws.globalaccelerator.EndpointGroup(
      `${name}-group`,
      {
        listenerArn: args.listenerArn,
        endpointGroupRegion: args.region,
        trafficDialPercentage: 100,
        endpointConfigurations: [
          {
            endpointId: args.endpointArn,
            weight: args.isActive ? openWeight : shutWeight,
            clientIpPreservationEnabled: true,
          },
        ],
      },
      { parent: this, ignoreChanges: ["endpointConfigurations", "trafficDialPercentage"] },
    );
    this.endpointGroupArn = group.arn;
    this.registerOutputs({ endpointGroupArn: this.endpointGroupArn });
  }
}
