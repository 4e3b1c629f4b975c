// A region: prod or dr by its configuration, the same program either way. dr also makes the link to prod, for it
// is deployed later and prod must not know of it.

import * as pulumi from "@pulumi/pulumi";
import { leftOut } from "./artefacts.ts";
import { JournalCopy } from "./components/journal-copy.ts";
import { JournalStore } from "./components/journal-store.ts";
import { NameLink } from "./components/name-link.ts";
import { Network } from "./components/network.ts";
import type { Observability } from "./components/observability.ts";
import { RegionLink } from "./components/region-link.ts";
import type { ServiceCluster } from "./components/service-cluster.ts";
import type { RegionConfig } from "./config/stack-config.ts";
import { operatorFileOf } from "./controller-files.ts";
import type { RegionOutputs } from "./outputs.ts";
import { of } from "./peer.ts";
import { analyticsOf, databaseOf } from "./region-data.ts";
import { doorOutputs } from "./region-doors.ts";
import { enginesOf, experimentsOf } from "./region-engines.ts";
import { followersOf, ingestionOf } from "./region-functions.ts";
import { imagesOf } from "./region-images.ts";
import { podsOf } from "./region-kubernetes.ts";
import { pipelineOf } from "./region-pipeline.ts";
import { serviceHosts, servicesOf, telemetryUrlOf } from "./region-services.ts";
import { careOf, type Site, siteOf } from "./region-site.ts";
import { trafficOf } from "./region-traffic.ts";
import { keepersOf, watchOf } from "./region-watch.ts";
import type { Surroundings } from "./workload-specs.ts";

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
  const { alarmTopicArn, eventTopicArn } = watch;
  const network = networkOf(site);
  link(site, network);
  const journal = journalOf(site, network, watch);
  const peerRegion = config.place.peerRegion;
  const around = { network, alarmTopicArn, eventTopicArn, peerRegion };
  const { database, proxy } = databaseOf(site, around);
  const pipeline = pipelineOf(site, { network, alarmTopicArn });
  const { tableCache, search } = analyticsOf(site, { ...around, pipeline });
  const beside = { network, pipeline, alarmTopicArn };
  const ingestion = ingestionOf(site, beside);
  const { ticketTopicArn } = watch;
  const doors = trafficOf(site, { network, alarmTopicArn, ticketTopicArn, ingestion });
  const parts = { network, journal, database, watch, doors };
  const engines = enginesOf(site, parts);
  const surroundings: Surroundings = {
    stores: { network, journal, database, proxy, tableCache, search },
    images: imagesOf(site),
    pipeline,
    hosts: serviceHosts,
    telemetryUrl: telemetryUrlOf(site),
    endpointGroupArn: doors.endpointGroupArn,
  };
  followersOf(site, beside, surroundings);
  const services = servicesOf(site, { surroundings, engines, watch, doors });
  const launcherRoleArns = podsOf(site, {
    surroundings,
    doors,
    services: services.cluster,
    alarmTopicArn,
  });
  linkNames(site, network, services.cluster);
  experimentsOf(site, parts, { probeTask: services.probeTask, launcherRoleArns });
  keepersOf(site, watch, peerRegion);
  return {
    region: pulumi.output(site.region),
    vpcId: network.vpcId,
    vpcCidr: pulumi.output(network.vpcCidr),
    routeTableIds: pulumi.output([...network.routeTableIds]),
    attachmentSubnetIds: pulumi.output([...network.dataSubnetIds]),
    ...doorOutputs(config, doors),
    journalEndpoint: journal.endpoint,
    journalSecretArn: journal.userSecretArn,
    journalGlobalDatastoreId: journal.globalDatastoreId,
    namespaceZoneId: services.cluster.hostedZoneId,
    databaseEndpoint: database.endpoint,
    engineAddresses: pulumi.output([...engines.engineAddresses]),
    engineGroupNames: pulumi.output([...engines.groupNames]),
    operatorFile: operatorFileOf(site, surroundings),
    leftOut: leftOut(config),
  };
}

function networkOf({ config, region, logKeyArn, options }: Site): Network {
  const { place, network, matching, analytics } = config;
  return new Network(
    "network",
    {
      cidr: network.cidr,
      zoneIds: place.zoneIds,
      region,
      flowLogRetentionDays: network.flowLogRetentionDays,
      logKeyArn,
      localZone: matching.localZone,
      // The warehouse lies where no way leads out, and asks the lake's catalog at each load.
      furtherServices: analytics.hasArchive && analytics.hasRedshift ? ["glue"] : [],
    },
    options,
  );
}

/** dr's engines write a store of their own either way; prod's hangs beside it where it is asked for. */
function journalOf(
  site: Site,
  network: Network,
  { alarmTopicArn, eventTopicArn }: Observability,
): JournalStore {
  const { config, prod, global, dataKeyArn, options } = site;
  const { peerRegion } = config.place;
  const { hasGlobalDatastore, replicaCount } = config.journal;
  const store = new JournalStore(
    "journal",
    {
      ...careOf(site),
      config: config.journal,
      isGlobalPrimary: hasGlobalDatastore && prod === undefined,
      vpcId: network.vpcId,
      dataSubnetIds: network.dataSubnetIds,
      zoneNames: network.zoneNames,
      primaryZoneIndex: journalZoneIndex,
      peer: {
        cidr: config.network.peerCidr,
        region: peerRegion,
        dataKeyArn: of(global.dataKeyArns, peerRegion),
      },
      alarmTopicArn,
      eventTopicArn,
    },
    options,
  );
  if (hasGlobalDatastore && prod !== undefined) {
    const globalDatastoreId = prod.journalGlobalDatastoreId;
    new JournalCopy(
      "journal-copy",
      { globalDatastoreId, store, replicaCount, dataKeyArn, alarmTopicArn, eventTopicArn },
      options,
    );
  }
  return store;
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

/** Once their networks are linked: names of one region lead to addresses in it. */
function linkNames(
  { config, region, prod, options }: Site,
  network: Network,
  cluster: ServiceCluster,
): void {
  if (prod === undefined || config.network.peering === "none") return;
  new NameLink(
    "names",
    {
      here: { region, vpcId: network.vpcId, zoneId: cluster.hostedZoneId },
      peer: { region: config.place.peerRegion, vpcId: prod.vpcId, zoneId: prod.namespaceZoneId },
    },
    options,
  );
}
