// What every part of a region is told: its configuration, and what the global stack knows of it.

import * as pulumi from "@pulumi/pulumi";
import type { RegionConfig } from "./config/stack-config.ts";
import { InfraError } from "./errors.ts";
import type { GlobalFacts, RegionFacts } from "./outputs.ts";
import { of, type Read, readGlobal, readProd } from "./peer.ts";

export interface Site {
  readonly config: RegionConfig;
  readonly options: pulumi.ComponentResourceOptions;
  readonly region: string;
  readonly global: Read<GlobalFacts>;
  /** Of dr only: prod reads no later stack. */
  readonly prod: Read<RegionFacts> | undefined;
  readonly accountId: pulumi.Output<string>;
  readonly dataKeyArn: pulumi.Output<string>;
  readonly logKeyArn: pulumi.Output<string>;
  readonly logRetentionDays: number;
}

export async function siteOf(
  config: RegionConfig,
  options: pulumi.ComponentResourceOptions,
): Promise<Site> {
  const { region } = config.site;
  const { globalStack, prodStack } = config.place;
  const global = await readGlobal(globalStack);
  return {
    config,
    options,
    region,
    global,
    prod: prodStack === undefined ? undefined : await readProd(prodStack),
    accountId: global.accountId,
    dataKeyArn: of(global.dataKeyArns, region),
    logKeyArn: of(global.logKeyArns, region),
    logRetentionDays: config.observability.logRetentionDays,
  };
}

/** As most components want them. */
export function careOf({ dataKeyArn, logKeyArn, logRetentionDays }: Site) {
  return { dataKeyArn, logKeyArn, logRetentionDays };
}

/**
 * The hosted zone, once both stacks say the same of what they share. A region that simply followed the global
 * stack would, after a change there, delete an endpoint that a failover has opened, or make one anew with
 * the weight of its first day. Every record needs the zone, so no disagreement is passed over.
 *
 * @throws InfraError STACKS_DISAGREE, at preview
 */
export function agreedZoneId({ config, global }: Site): pulumi.Output<string> {
  return pulumi
    .all([
      global.zoneId,
      global.acceleratorListenerArn,
      global.routingHealthCheckIds,
      global.pagesDomainName,
      global.tableNames,
      global.databaseEngineVersion,
    ])
    .apply(([zoneId, listenerArn, checkIds, pages, tableNames, databaseEngineVersion]) => {
      const differences = differencesFrom(config, {
        hasAccelerator: listenerArn !== "",
        hasRoutingControls: Object.keys(checkIds).length > 0,
        hasWeb: pages !== "",
        hasWallet: tableNames.wallets !== undefined,
        databaseEngineVersion,
      });
      if (differences.length === 0) return zoneId;
      throw new InfraError(
        "STACKS_DISAGREE",
        `${differences.join("; ")}: write the same in both, and deploy the global stack first`,
      );
    });
}

/** As the global stack was deployed. */
interface Deployed {
  readonly hasAccelerator: boolean;
  readonly hasRoutingControls: boolean;
  readonly hasWeb: boolean;
  readonly hasWallet: boolean;
  /** Empty without a global database. */
  readonly databaseEngineVersion: string;
}

/** A sentence for each field that is said twice and not alike. */
function differencesFrom(config: RegionConfig, deployed: Deployed): string[] {
  const { place, resilience, identity, tables, database } = config;
  const hasGlobalDatabase = deployed.databaseEngineVersion !== "";
  const rows: (readonly [ours: string, our: unknown, theirs: string, their: unknown])[] = [
    ["place.hasAccelerator", place.hasAccelerator, "hasAccelerator", deployed.hasAccelerator],
    [
      "resilience.hasRoutingControls",
      resilience.hasRoutingControls,
      "hasRoutingControls",
      deployed.hasRoutingControls,
    ],
  ];
  // People sign in on the pages, and Cognito asks for an address at the domain itself.
  if (identity.isEnabled) rows.push(["identity.isEnabled", true, "hasWeb", deployed.hasWeb]);
  // A table that nobody of this region reads does no harm; one that is not there does.
  if (tables.hasWallet) rows.push(["tables.hasWallet", true, "hasWallet", deployed.hasWallet]);
  if (database.kind === "aurora-serverless") {
    rows.push(["database.isGlobal", database.isGlobal, "hasGlobalDatabase", hasGlobalDatabase]);
  }
  if (isGlobalMember(config) && hasGlobalDatabase) {
    rows.push([
      "database.engineVersion",
      database.engineVersion,
      "databaseEngineVersion",
      deployed.databaseEngineVersion,
    ]);
  }
  return rows
    .filter(([, our, , their]) => our !== their)
    .map(
      ([ours, our, theirs, their]) =>
        `castle:${ours} is ${our}, and the global stack was deployed with castle:global.${theirs} ${their}`,
    );
}

/** Whether the history's database is one for both regions, whose writer a failover moves. */
export const isGlobalMember = ({ database }: RegionConfig): boolean =>
  database.kind === "aurora-serverless" && database.isGlobal;
