// What the hosts of engines are told, and which instance types fit them. Beside MatchingEngines.

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { factsOf, type InstanceTypeFacts, typesWithEfa } from "../config/instance-types.ts";
import { InfraError } from "../errors.ts";
import type { Statement } from "./trust.ts";

/** A secret that a host reads at its start; `field` of its JSON, or `-`: the whole text. */
export interface HostSecret {
  readonly variable: string;
  readonly arn: pulumi.Input<string>;
  readonly field: string;
}

export interface MatchingEnginesArgs {
  readonly config: {
    readonly instanceType: string;
    readonly networkInterface: "ena" | "efa";
    readonly isHyperThreadingOff: boolean;
    readonly hasCapacityReservations: boolean;
    readonly isStandbySpot: boolean;
    readonly localZone?: { readonly instanceType: string; readonly cidr: string } | undefined;
  };
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  /** Of the other region, whose engines follow this one. */
  readonly peerCidr: string;
  /** By zone, a to c. */
  readonly zoneNames: readonly pulumi.Input<string>[];
  readonly engineSubnetIds: readonly pulumi.Input<string>[];
  readonly engineSubnetCidrs: readonly string[];
  readonly localZoneSubnetId?: pulumi.Input<string> | undefined;
  /** The archive made by `npm run build`. */
  readonly engineBundle: pulumi.asset.Asset;
  /** Versioned. */
  readonly bundleBucket: pulumi.Input<string>;
  readonly exchangeJson: pulumi.Input<string>;
  readonly secrets: readonly HostSecret[];
  /** For the gateway of a Local Zone, where gateways end TLS. */
  readonly gatewayCertificateArn?: pulumi.Input<string> | undefined;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** From where engines are asked: both regions, and the Local Zone, whose block is not the VPC's first. */
export const networksOf = ({ vpcCidr, peerCidr, config }: MatchingEnginesArgs) => ({
  vpc: vpcCidr,
  peer: peerCidr,
  ...(config.localZone === undefined ? {} : { "local-zone": config.localZone.cidr }),
});

/** The role is that of the Local Zone's gateway too. */
export function certificateStatements({
  gatewayCertificateArn: Resource,
  config,
}: MatchingEnginesArgs): readonly Statement[] {
  if (Resource === undefined || config.localZone === undefined) return [];
  return [{ Effect: "Allow", Action: ["acm:ExportCertificate"], Resource }];
}

/** One group of one instance. */
export interface Host {
  readonly name: string;
  readonly node: string;
  readonly unit: "castle-engine" | "castle-gateway";
  readonly instanceType: string;
  readonly facts: InstanceTypeFacts;
  readonly subnetId: pulumi.Input<string>;
  readonly isSpot: boolean;
  readonly interfaceId?: pulumi.Output<string>;
  readonly placementGroup?: aws.ec2.PlacementGroup;
  readonly reservation?: aws.ec2.CapacityReservation;
}

/** @throws InfraError INSTANCE_TYPE_UNFIT */
export function fitFacts(instanceType: string, networkInterface: "ena" | "efa"): InstanceTypeFacts {
  const facts = factsOf(instanceType);
  if (facts === undefined) {
    throw new InfraError(
      "INSTANCE_TYPE_UNFIT",
      `matching.instanceType = ${instanceType}: nothing is known of it; add it to infra/config/instance-types.ts`,
    );
  }
  if (networkInterface === "efa" && !facts.hasEfa) {
    throw new InfraError(
      "INSTANCE_TYPE_UNFIT",
      `matching.networkInterface = efa: ${instanceType} has no EFA; write ena, or one of ${typesWithEfa.join(", ")}`,
    );
  }
  return facts;
}
