// The engines of a region, what they are told, and who takes their zone's power away to see what happens.

import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { Database } from "./components/database.ts";
import { renderExchange, usualGenesis } from "./components/exchange-config.ts";
import { FailureExperiments } from "./components/failure-experiments.ts";
import type { JournalStore } from "./components/journal-store.ts";
import { engineAddressesIn, MatchingEngines } from "./components/matching-engines.ts";
import type { Network } from "./components/network.ts";
import type { Observability } from "./components/observability.ts";
import { planSubnets } from "./components/subnet-plan.ts";
import { of } from "./peer.ts";
import type { Doors } from "./region-doors.ts";
import { careOf, type Site } from "./region-site.ts";

/** Made by `npm run build`. */
const hostArchive = fileURLToPath(new URL("../dist/engine-host.tar.gz", import.meta.url));
const shard = "main";
const databaseUser = "castle";
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
  const { network, journal, watch } = around;
  const peer = peerJournalOf(site);
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
      secrets: [
        { variable: "JOURNAL_PASSWORD", arn: journal.userSecretArn, field: "password" },
        {
          variable: "DATABASE_PASSWORD",
          arn: of(global.databaseSecretArns, region),
          field: "password",
        },
        {
          variable: "OPERATOR_TOKEN",
          arn: of(global.operatorSecretArns, region),
          field: wholeText,
        },
        { variable: "API_KEYS", arn: of(global.apiKeysSecretArns, region), field: wholeText },
        ...(peer === undefined
          ? []
          : [{ variable: "PEER_JOURNAL_PASSWORD", arn: peer.secretArn, field: "password" }]),
      ],
      alarmTopicArn: watch.alarmTopicArn,
    },
    options,
  );
  journal.allow("engines", engines.securityGroupId);
  return engines;
}

function exchangeJsonOf(site: Site, { network, journal, database }: Around) {
  const { config } = site;
  const facts = {
    shard,
    engineAddresses: engineAddressesIn(network.plan.engine),
    databaseUser,
    failureTimeoutMs: config.matching.failureTimeoutMs,
    hasTlsAtGateway: config.api.hasTlsAtGateway,
    hasLocalZone: config.matching.localZone !== undefined,
    genesis: usualGenesis,
  };
  return pulumi
    .output({
      journalHost: journal.endpoint,
      databaseHost: database.endpoint,
      peerJournalHost: peerJournalOf(site)?.host ?? "",
    })
    .apply(({ journalHost, databaseHost, peerJournalHost }) => {
      const rendered = renderExchange({
        ...facts,
        journal: { host: journalHost, port: journal.port },
        database: { host: databaseHost, port: database.port, name: "castle" },
        ...(peerJournalHost === ""
          ? {}
          : {
              region: {
                name: config.role,
                startsAs: config.place.isActive ? "active" : "dr",
                durability: config.matching.durability,
                peer: {
                  name: config.role === "prod" ? "dr" : "prod",
                  engineAddresses: engineAddressesIn(planSubnets(config.network.peerCidr).engine),
                  journal: { host: peerJournalHost, port: journal.port },
                },
              },
            }),
      });
      return JSON.stringify(rendered);
    });
}

/** dr reads it of prod. prod is told by its configuration once dr stands: it reads no later stack. */
function peerJournalOf({ prod, config }: Site) {
  if (prod === undefined) return config.place.peerJournal;
  return { host: prod.journalEndpoint, secretArn: prod.journalSecretArn };
}

export function experimentsOf(site: Site, around: Around): void {
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
    },
    options,
  );
}
