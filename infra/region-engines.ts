// The engines of a region, what they are told, and who takes their zone's power away to see what happens.

import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { hostBundle } from "./artefacts.ts";
import type { Database } from "./components/database.ts";
import {
  FailureExperiments,
  type FailureExperimentsArgs,
} from "./components/failure-experiments.ts";
import type { JournalStore } from "./components/journal-store.ts";
import { MatchingEngines } from "./components/matching-engines.ts";
import type { Network } from "./components/network.ts";
import type { Observability } from "./components/observability.ts";
import { of } from "./peer.ts";
import type { Doors } from "./region-doors.ts";
import {
  apiKeysOf,
  exchangeJsonOf,
  exchangeSecretsOf,
  operatorTokenOf,
} from "./region-exchange.ts";
import { careOf, type Site } from "./region-site.ts";

/** Made by `npm run build`. */
const hostArchive = fileURLToPath(new URL(`../${hostBundle}`, import.meta.url));
/** A secret's whole text, where it is no JSON. */
const wholeText = "-";

interface Around {
  readonly network: Network;
  readonly journal: JournalStore;
  readonly database: Database;
  readonly watch: Observability;
  readonly doors: Doors;
}

export function enginesOf(site: Site, around: Around): MatchingEngines {
  const { config, region, global, options } = site;
  const { network, journal, database, watch } = around;
  const engines = new MatchingEngines(
    "engines",
    {
      ...careOf(site),
      config: config.matching,
      region,
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      peerCidr: config.network.peerCidr,
      zoneNames: network.zoneNames,
      engineSubnetIds: network.engineSubnetIds,
      engineSubnetCidrs: network.plan.engine,
      localZoneSubnetId: network.localZoneSubnetId,
      engineBundle: new pulumi.asset.FileAsset(hostArchive),
      bundleBucket: of(global.archiveBuckets, region),
      exchangeJson: exchangeJsonOf(site, around),
      secrets: [...exchangeSecretsOf(site, journal), operatorTokenOf(site), apiKeysOf(site)].map(
        ({ variable, arn, field = wholeText }) => ({ variable, arn, field }),
      ),
      gatewayCertificateArn: config.api.hasTlsAtGateway
        ? of(global.gatewayCertificateArns, region)
        : undefined,
      alarmTopicArn: watch.alarmTopicArn,
    },
    options,
  );
  journal.allow("engines", engines.securityGroupId);
  // The gateway of the Local Zone runs in the same group.
  if (config.matching.localZone !== undefined) database.allow("engines", engines.securityGroupId);
  return engines;
}

/** @param probeTask who trades meanwhile */
export function experimentsOf(
  site: Site,
  around: Around,
  probeTask: FailureExperimentsArgs["probeTask"],
): void {
  const { config, region, global, options } = site;
  const { network, database, watch, doors } = around;
  new FailureExperiments(
    "experiments",
    {
      ...careOf(site),
      config: config.resilience,
      region,
      zoneNames: network.zoneNames,
      database: { kind: database.target.kind, arn: database.arn },
      balancerArns: doors.balancerArns,
      stopAlarmArns: watch.stopAlarmArns,
      reportBucket: of(global.archiveBuckets, region),
      reportBucketArn: of(global.archiveBucketArns, region),
      probeTask,
    },
    options,
  );
}
