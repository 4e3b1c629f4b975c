// What every part of a region is told: its configuration, and what the global stack knows of it.

import type * as pulumi from "@pulumi/pulumi";
import type { RegionConfig } from "./config/stack-config.ts";
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
