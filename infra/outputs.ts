// What the stacks tell each other. `requireOutput` reads them (peer.ts): global -> prod -> dr, and nobody
// reads a stack that comes later.

import type * as pulumi from "@pulumi/pulumi";

type Resolved<T> = { readonly [K in keyof T]: T[K] extends pulumi.Output<infer U> ? U : T[K] };
type ByRegion = pulumi.Output<Record<string, string>>;

/** Of the global stack. Maps are by region name. */
export interface GlobalOutputs {
  readonly accountId: pulumi.Output<string>;
  readonly zoneId: pulumi.Output<string>;
  /** For the registrar. */
  readonly nameServers: pulumi.Output<string[]>;
  readonly certificateArns: ByRegion;
  /** Of names for which gateways end TLS; hosts may fetch the key. */
  readonly gatewayCertificateArns: ByRegion;
  /** Where pages are, and where they are put; empty without pages. */
  readonly pagesDomainName: pulumi.Output<string>;
  readonly pagesBucket: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  /** Of routing controls: the cluster, and by region the switch and the check that follows it; empty without. */
  readonly routingClusterArn: pulumi.Output<string>;
  readonly routingControlArns: ByRegion;
  readonly routingHealthCheckIds: ByRegion;
  /** Both empty without an accelerator. */
  readonly acceleratorListenerArn: pulumi.Output<string>;
  readonly acceleratorDnsName: pulumi.Output<string>;
  /** Multi-region keys. */
  readonly dataKeyArns: ByRegion;
  readonly logKeyArns: ByRegion;
  /** Replicated secrets: the operators' token, the database's master, the API keys. */
  readonly operatorSecretArns: ByRegion;
  readonly databaseSecretArns: ByRegion;
  readonly apiKeysSecretArns: ByRegion;
  readonly registerTableName: pulumi.Output<string>;
  readonly registerTableArns: ByRegion;
  /** Of reports and trades; each is copied to the other. */
  readonly archiveBuckets: ByRegion;
  readonly archiveBucketArns: ByRegion;
  readonly backupVaultNames: ByRegion;
  readonly backupVaultArns: ByRegion;
  /** By noun (wallets, activeOrders, marketData, trades); the same in both regions. */
  readonly tableNames: pulumi.Output<Record<string, string>>;
  /** Of orders, wallets, market data and trades, by region. */
  readonly tableArns: pulumi.Output<Record<string, string[]>>;
  /** Both empty without a global database. */
  readonly globalClusterId: pulumi.Output<string>;
  readonly databaseEngineVersion: pulumi.Output<string>;
}

/** Of prod and dr. */
export interface RegionOutputs {
  readonly region: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: pulumi.Output<string>;
  readonly routeTableIds: pulumi.Output<string[]>;
  /** Where a transit gateway attaches: one a zone. */
  readonly attachmentSubnetIds: pulumi.Output<string[]>;
  /** Where clients send orders to, whichever region leads. */
  readonly orderEntryName: string;
  /** Of order entry: where clients of this region alone would connect. */
  readonly orderEntryDnsName: pulumi.Output<string>;
  /** At the accelerator; empty without one. */
  readonly endpointGroupArn: pulumi.Output<string>;
  /** Of DNS: the check on /health/primary. */
  readonly healthCheckId: pulumi.Output<string>;
  /** The name for clients, and the region's own. */
  readonly apiUrl: string;
  readonly regionApiUrl: string;
  /** For partners' keys; empty without a REST API. */
  readonly usagePlanId: pulumi.Output<string>;
  /** Of the WebSocket API; empty without one. */
  readonly messagesUrl: string;
  /** Of people who sign in; empty without a user pool. */
  readonly userPoolId: pulumi.Output<string>;
  readonly userPoolArn: pulumi.Output<string>;
  readonly userPoolIssuer: pulumi.Output<string>;
  readonly webClientId: pulumi.Output<string>;
  readonly signInUrl: string;
  readonly journalEndpoint: pulumi.Output<string>;
  readonly journalSecretArn: pulumi.Output<string>;
  /** Of prod, for dr's copy; empty where none is asked for. */
  readonly journalGlobalDatastoreId: pulumi.Output<string>;
  /** Of the names of its services: the other region resolves them too. */
  readonly namespaceZoneId: pulumi.Output<string>;
  readonly databaseEndpoint: pulumi.Output<string>;
  /** Of engine 1 and engine 2. */
  readonly engineAddresses: pulumi.Output<string[]>;
  /** Of instances, one each: engine 1, engine 2, a Local Zone's gateway. For who replaces them. */
  readonly engineGroupNames: pulumi.Output<string[]>;
  /** deployment.json for the operators' toolkit (failover/deployment.ts). */
  readonly operatorFile: pulumi.Output<string>;
  /** Workloads whose artefact nobody has given. */
  readonly leftOut: readonly string[];
}

export type GlobalFacts = Resolved<GlobalOutputs>;
export type RegionFacts = Resolved<RegionOutputs>;
