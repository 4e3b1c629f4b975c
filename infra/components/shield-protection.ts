// ShieldProtection: Shield Advanced for what the internet reaches. $3,000 a month and a commitment of a
// year, for the whole account: an option, and its subscription is never ended from here.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface ShieldProtectionArgs {
  /** ARNs by a short label: CDN, accelerator, hosted zone. */
  readonly resourceArns: Readonly<Record<string, pulumi.Input<string>>>;
  /** By the same labels: their health lets Shield see an attack earlier. */
  readonly healthCheckArns?: Readonly<Record<string, pulumi.Input<string>>>;
}

export class ShieldProtection extends pulumi.ComponentResource {
  constructor(name: string, args: ShieldProtectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:ShieldProtection", name, {}, opts);
    const subscription = new aws.shield.Subscription(
      `${name}-subscription`,
      { autoRenew: "ENABLED", skipDestroy: true },
      { parent: this },
    );
    const after = { parent: this, dependsOn: subscription };
    const protections = Object.entries(args.resourceArns).map(([label, resourceArn]) => {
      const protection = new aws.shield.Protection(`${name}-${label}`, { resourceArn }, after);
      const healthCheckArn = args.healthCheckArns?.[label];
      if (healthCheckArn !== undefined) {
        new aws.shield.ProtectionHealthCheckAssociation(
          `${name}-${label}-health`,
          { shieldProtectionId: protection.id, healthCheckArn },
          { parent: this },
        );
      }
      return protection;
    });
    new aws.shield.ProtectionGroup(
      `${name}-group`,
      {
        protectionGroupId: name,
        pattern: "ARBITRARY",
        // An attack on one of them is an attack on all: their sum is watched.
        aggregation: "SUM",
        members: Object.values(args.resourceArns),
      },
      { parent: this, dependsOn: protections },
    );
    this.registerOutputs({});
  }
}
