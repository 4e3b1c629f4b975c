// What a region keeps beside the journal, all of it followers: history, tables' cache, lake, warehouse, search.

import { Analytics, type LakeSource } from "./components/analytics.ts";
import { Database } from "./components/database.ts";
import { DatabaseProxy } from "./components/database-proxy.ts";
import type { Network } from "./components/network.ts";
import { SearchDomain, type SearchSource } from "./components/search-domain.ts";
import { TableCache } from "./components/table-cache.ts";
import { Warehouse } from "./components/warehouse.ts";
import { of } from "./peer.ts";
import type { Pipeline } from "./pipeline-access.ts";
import { careOf, isGlobalMember, type Site } from "./region-site.ts";

interface Around {
  readonly network: Network;
  readonly alarmTopicArn: Database["endpoint"];
  readonly eventTopicArn: Database["endpoint"];
  readonly peerRegion: string;
}

export interface HistoryStore {
  readonly database: Database;
  /** Keeps connections through a failover for services that sign in by IAM. */
  readonly proxy: DatabaseProxy | undefined;
}

export function databaseOf(site: Site, around: Around): HistoryStore {
  const { config, region, global, options } = site;
  const { network, alarmTopicArn, peerRegion } = around;
  const masterSecretArn = of(global.databaseSecretArns, region);
  const placed = { ...careOf(site), vpcId: network.vpcId, dataSubnetIds: network.dataSubnetIds };
  const database = new Database(
    "history",
    {
      ...placed,
      config: config.database,
      zoneNames: network.zoneNames,
      masterSecretArn,
      alarmTopicArn,
      ...(isGlobalMember(config)
        ? { global: { clusterId: global.globalClusterId, isSecondary: config.role === "dr" } }
        : {}),
      ...(config.database.kind === "rds-multi-az"
        ? { peer: { region: peerRegion, dataKeyArn: of(global.dataKeyArns, peerRegion) } }
        : {}),
    },
    options,
  );
  if (!config.database.hasProxy) return { database, proxy: undefined };
  const proxy = new DatabaseProxy(
    "history-proxy",
    {
      ...placed,
      region,
      databaseSecurityGroupId: database.securityGroupId,
      target: database.target,
      masterSecretArn,
    },
    options,
  );
  return { database, proxy };
}

export interface AnalyticsParts {
  readonly tableCache: TableCache | undefined;
  readonly search: SearchDomain | undefined;
}

type AroundPipeline = Around & { readonly pipeline: Pipeline };

export function analyticsOf(site: Site, around: AroundPipeline): AnalyticsParts {
  const { config, region, accountId, global, options } = site;
  const placed = placedOf(site, around);
  const { hasArchive, hasRedshift } = config.analytics;
  const bucketArn = of(global.archiveBucketArns, region);
  const lake = hasArchive
    ? new Analytics(
        "lake",
        {
          ...careOf(site),
          region,
          alarmTopicArn: around.alarmTopicArn,
          accountId,
          bucketName: of(global.archiveBuckets, region),
          bucketArn,
          ...lakeSource(around.pipeline),
        },
        options,
      )
    : undefined;
  if (hasRedshift && lake !== undefined) {
    const { redshiftRpus: rpus } = config.analytics;
    const catalogDatabase = lake.databaseName;
    new Warehouse("warehouse", { ...placed, rpus, catalogDatabase, bucketArn }, options);
  }
  return { tableCache: tableCacheOf(site, around), search: searchOf(site, around) };
}

const placedOf = (site: Site, { network, alarmTopicArn }: Around) => ({
  ...careOf(site),
  region: site.region,
  accountId: site.accountId,
  alarmTopicArn,
  vpcId: network.vpcId,
  dataSubnetIds: network.dataSubnetIds,
});

function tableCacheOf(site: Site, around: Around): TableCache | undefined {
  const { config, region, global, options } = site;
  const { dax } = config.tables;
  if (dax === "off") return undefined;
  const { zoneNames } = around.network;
  const tableArns = global.tableArns.apply((byRegion) => byRegion[region] ?? []);
  const { eventTopicArn } = around;
  const placed = { ...placedOf(site, around), eventTopicArn };
  return new TableCache("table-cache", { ...placed, ...dax, zoneNames, tableArns }, options);
}

function searchOf(site: Site, around: AroundPipeline): SearchDomain | undefined {
  const { config, options } = site;
  if (!config.analytics.hasOpenSearch) return undefined;
  return new SearchDomain(
    "search",
    {
      ...placedOf(site, around),
      instanceType: config.analytics.openSearchInstanceType,
      storageGiB: config.analytics.openSearchStorageGiB,
      ...searchSource(around.pipeline),
    },
    options,
  );
}

/** Trades: of the stream where there is one, otherwise of their topic. */
function lakeSource({ stream, topics }: Pipeline): { readonly source?: LakeSource } {
  if (stream !== undefined) return { source: { kind: "stream", arn: stream.streamArn } };
  if (topics === undefined) return {};
  return { source: { kind: "topic", clusterArn: topics.clusterArn, topic: "trade-execution" } };
}

function searchSource({ stream, topics }: Pipeline): { readonly source?: SearchSource } {
  if (stream !== undefined) {
    return { source: { kind: "stream", name: stream.streamName, arn: stream.streamArn } };
  }
  if (topics === undefined) return {};
  const read = ["matched-events", "trade-execution"];
  return { source: { kind: "topics", clusterArn: topics.clusterArn, topics: read } };
}
