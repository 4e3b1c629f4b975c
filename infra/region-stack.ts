// A region: prod or dr by its configuration, the same program either way. dr also makes the link to prod, for it
// is deployed later and prod must not know of it.

import * as pulumi from "@pulumi/pulumi";
import { JournalStore } from "./components/journal-store.ts";
import { Network } from "./components/network.ts";
import { RegionLink } from "./components/region-link.ts";
import type { RegionConfig } from "./config/stack-config.ts";
import type { RegionOutputs } from "./outputs.ts";
import { analyticsOf, databaseOf } from "./region-data.ts";
import { enginesOf, experimentsOf } from "./region-engines.ts";
import { pipelineOf } from "./region-pipeline.ts";
import { careOf, type Site, siteOf } from "./region-site.ts";
import { trafficOf } from "./region-traffic.ts";
import { keepersOf, watchOf } from "./region-watch.ts";
import { unbuilt } from "./unbuilt.ts";
import { leftOut } from "./workloads.ts";

/** Zone c: neither engine is there. */
const journalZoneIndex = 2;
/** Route tables and zones of a Network: how many there are is part of the program. */
const routeTableCount = 6;
const zoneCount = 3;

export async function deployRegion(
  config: RegionConfig,
  options: pulumi.ComponentResourceOptions,
): Promise<RegionOutputs> {
  const site = await siteOf(config, options);
  const watch = watchOf(site);
  const { alarmTopicArn } = watch;
  const network = networkOf(site);
  link(site, network);
  const journal = new JournalStore(
    "journal",
    {
      ...careOf(site),
      config: config.journal,
      vpcId: network.vpcId,
      dataSubnetIds: network.dataSubnetIds,
      zoneNames: network.zoneNames,
      primaryZoneIndex: journalZoneIndex,
      allowedSecurityGroupIds: [],
      peerCidr: config.network.peerCidr,
      alarmTopicArn,
    },
    options,
  );
  const peerRegion = config.place.peerRegion;
  const around = { network, alarmTopicArn, peerRegion, allowedSecurityGroupIds: [] };
  const database = databaseOf(site, around);
  analyticsOf(site, { ...around, stream: pipelineOf(site, alarmTopicArn) });
  const entry = trafficOf(site, network, alarmTopicArn);
  const parts = { network, journal, database, watch, entry };
  const engines = enginesOf(site, parts);
  experimentsOf(site, parts);
  keepersOf(site, watch, peerRegion);
  return {
    region: pulumi.output(site.region),
    vpcId: network.vpcId,
    vpcCidr: pulumi.output(network.vpcCidr),
    routeTableIds: pulumi.output([...network.routeTableIds]),
    attachmentSubnetIds: pulumi.output([...network.dataSubnetIds]),
    orderEntryDnsName: entry.dnsName,
    journalEndpoint: journal.endpoint,
    journalSecretArn: journal.userSecretArn,
    databaseEndpoint: database.endpoint,
    engineAddresses: pulumi.output([...engines.engineAddresses]),
    leftOut: leftOut(config),
    notDeployed: unbuilt(config),
  };
}

function networkOf({ config, region, logKeyArn, options }: Site): Network {
  const { place, network, matching } = config;
  return new Network(
    "network",
    {
      cidr: network.cidr,
      zoneIds: place.zoneIds,
      region,
      flowLogRetentionDays: network.flowLogRetentionDays,
      logKeyArn,
      localZone: matching.localZone,
    },
    options,
  );
}

/** From dr to prod: both ends and both regions' routes are made here. */
function link({ config, region, prod, options }: Site, network: Network): void {
  const { peerRegion } = config.place;
  const kind = config.network.peering;
  if (prod === undefined || kind === "none") return;
  const at = (list: pulumi.Output<string[]>, index: number) =>
    list.apply((items) => items[index] ?? "");
  const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);
  new RegionLink(
    "link",
    {
      kind,
      here: {
        region,
        vpcId: network.vpcId,
        vpcCidr: network.vpcCidr,
        routeTableIds: network.routeTableIds,
        attachmentSubnetIds: network.dataSubnetIds,
      },
      peer: {
        region: peerRegion,
        vpcId: prod.vpcId,
        vpcCidr: prod.vpcCidr,
        routeTableIds: indexes(routeTableCount).map((index) => at(prod.routeTableIds, index)),
        attachmentSubnetIds: indexes(zoneCount).map((index) => at(prod.attachmentSubnetIds, index)),
      },
    },
    options,
  );
}
