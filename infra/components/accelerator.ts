// Accelerator: two fixed addresses, announced near the clients, that lead to whichever region has weight.
// It serves order entry by TCP and ends no TLS, so gateways see the clients' own addresses. Each
// region adds its endpoint by itself (AcceleratorEndpoint). Its addresses are lost when it is deleted.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface AcceleratorArgs {
  /** Where clients connect, and the name that leads there. */
  readonly port: number;
  readonly domainName: string;
  readonly zoneId: pulumi.Input<string>;
}

export class Accelerator extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly listenerArn: pulumi.Output<string>;
  readonly dnsName: pulumi.Output<string>;
  readonly hostedZoneId: pulumi.Output<string>;

  constructor(name: string, args: AcceleratorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:Accelerator", name, {}, opts);
    const accelerator = new aws.globalaccelerator.Accelerator(
      `${name}-accelerator`,
      {
        enabled: true,
        // The balancers behind it are IPv4: a dual-stack endpoint would cost the clients' addresses.
        ipAddressType: "IPV4",
      },
      { parent: this, protect: true },
    );
    const listener = new aws.globalaccelerator.Listener(
      `${name}-listener`,
      {
        acceleratorArn: accelerator.arn,
        protocol: "TCP",
        portRanges: [{ fromPort: args.port, toPort: args.port }],
        // Any gateway serves any client: nothing is gained by keeping one at the same gateway.
        clientAffinity: "NONE",
      },
      { parent: this, protect: true },
    );
    new aws.route53.Record(
      `${name}-record`,
      {
        zoneId: args.zoneId,
        name: args.domainName,
        type: "A",
        aliases: [
          {
            name: accelerator.dnsName,
            zoneId: accelerator.hostedZoneId,
            evaluateTargetHealth: true,
          },
        ],
      },
      { parent: this },
    );
    this.arn = accelerator.arn;
    this.listenerArn = listener.arn;
    this.dnsName = accelerator.dnsName;
    this.hostedZoneId = accelerator.hostedZoneId;
    this.registerOutputs({ arn: this.arn, listenerArn: this.listenerArn, dnsName: this.dnsName });
  }
}
