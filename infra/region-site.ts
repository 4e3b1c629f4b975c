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
  const { place, resilience, identity } = config;
  return pulumi
    .all([
      global.zoneId,
      global.acceleratorListenerArn,
      global.routingHealthCheckIds,
      global.pagesDomainName,
    ])
    .apply(([zoneId, listenerArn, checkIds, pages]) => {
      agree("place.hasAccelerator", place.hasAccelerator, "hasAccelerator", listenerArn !== "");
      const hasControls = Object.keys(checkIds).length > 0;
      const { hasRoutingControls } = resilience;
      agree("resilience.hasRoutingControls", hasRoutingControls, "hasRoutingControls", hasControls);
      // People sign in on the pages, and Cognito asks for an address at the domain itself.
      if (identity.isEnabled) agree("identity.isEnabled", true, "hasWeb", pages !== "");
      return zoneId;
    });
}

function agree(ours: string, isOurs: boolean, theirs: string, isTheirs: boolean): void {
  if (isOurs === isTheirs) return;
  throw new InfraError(
    "STACKS_DISAGREE",
    `castle:${ours} is ${isOurs}, and the global stack was deployed with castle:global.${theirs} ${isTheirs}: write the same in both, and deploy the global stack first`,
  );
}
