// HostedZone: the public zone below which all of Castle's names lie. Accelerated recovery keeps its
// records changeable when Route 53's control plane in us-east-1 is not; a failover needs no change of
// a record, but whoever moves clients by hand does.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface HostedZoneArgs {
  readonly domain: string;
}

export class HostedZone extends pulumi.ComponentResource {
  readonly zoneId: pulumi.Output<string>;
  readonly zoneArn: pulumi.Output<string>;
  readonly nameServers: pulumi.Output<string[]>;

  constructor(name: string, { domain }: HostedZoneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:HostedZone", name, {}, opts);
    const zone = new aws.route53.Zone(
      `${name}-zone`,
      {
        name: domain,
        comment: "Castle: traffic, API and pages",
        enableAcceleratedRecovery: true,
        forceDestroy: false,
      },
      { parent: this, protect: true },
    );
    // All certificates come from ACM: nobody else may issue one for these names.
    new aws.route53.Record(
      `${name}-issuers`,
      {
        zoneId: zone.zoneId,
        name: domain,
        type: "CAA",
        ttl: 3600,
        records: ['0 issue "amazon.com"'],
      },
      { parent: this },
    );
    this.zoneId = zone.zoneId;
    this.zoneArn = zone.arn;
    this.nameServers = zone.nameServers;
    this.registerOutputs({ zoneId: this.zoneId, nameServers: this.nameServers });
  }
}
