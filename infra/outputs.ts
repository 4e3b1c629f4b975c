// What the stacks tell each other. `index.ts` exports exactly these; `peer.ts` reads them with
// `requireOutput`. global -> prod -> dr: nobody reads a stack that comes later.

import type * as pulumi from "@pulumi/pulumi";

type Resolved<T> = { readonly [K in keyof T]: T[K] extends pulumi.Output<infer U> ? U : T[K] };

/** Of the global stack. Maps are by region name. */
export interface GlobalOutputs {
  readonly zoneId: pulumi.Output<string>;
  /** Of *.domain, in each region, and in us-east-1 for the CDN. */
  readonly certificateArns: pulumi.Output<Record<string, string>>;
  /** Multi-region keys. */
  readonly dataKeyArns: pulumi.Output<Record<string, string>>;
  readonly logKeyArns: pulumi.Output<Record<string, string>>;
  /** TCP, for order entry. Empty without an accelerator. */
  readonly acceleratorListenerArn: pulumi.Output<string>;
  readonly acceleratorDnsName: pulumi.Output<string>;
  /** Empty without a global database. */
  readonly globalClusterId: pulumi.Output<string>;
  readonly registerTableName: pulumi.Output<string>;
  readonly registerTableArns: pulumi.Output<Record<string, string>>;
  /** Replicated secrets, by region: the operators' token, API keys, the database's master. */
  readonly operatorSecretArns: pulumi.Output<Record<string, string>>;
  readonly databaseSecretArns: pulumi.Output<Record<string, string>>;
  /** Buckets for reports and archives, replicated to each other, by region. */
  readonly archiveBuckets: pulumi.Output<Record<string, string>>;
  /** CIDR-free facts of identity: the pool lives in one region and survives as issuer only. */
  readonly webDomain: pulumi.Output<string>;
}

/** Of prod and dr. */
export interface RegionOutputs {
  readonly region: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: pulumi.Output<string>;
  readonly routeTableIds: pulumi.Output<string[]>;
  readonly orderEntryArn: pulumi.Output<string>;
  readonly orderEntryDnsName: pulumi.Output<string>;
  readonly journalEndpoint: pulumi.Output<string>;
  readonly databaseEndpoint: pulumi.Output<string>;
  /** By zone letter. */
  readonly engineAddresses: pulumi.Output<string[]>;
  /** Workloads whose artefact nobody has given. */
  readonly leftOut: readonly string[];
}

export type GlobalFacts = Resolved<GlobalOutputs>;
export type RegionFacts = Resolved<RegionOutputs>;
