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
import { careOf, type Site } from "./region-site.ts";

interface Around {
  readonly network: Network;
  readonly alarmTopicArn: Database["endpoint"];
  readonly peerRegion: string;
  /** Who may reach the databases. */
  readonly allowedSecurityGroupIds: readonly Database["endpoint"][];
}

export function databaseOf(site: Site, around: Around): Database {
  const { config, region, global, options } = site;
  const { network, alarmTopicArn, peerRegion, allowedSecurityGroupIds } = around;
  const masterSecretArn = of(global.databaseSecretArns, region);
  const placed = { ...careOf(site), vpcId: network.vpcId, dataSubnetIds: network.dataSubnetIds };
  const isAurora = config.database.kind === "aurora-serverless";
  const database = new Database(
    "history",
    {
      ...placed,
      config: config.database,
      zoneNames: network.zoneNames,
      allowedSecurityGroupIds,
      masterSecretArn,
      alarmTopicArn,
      ...(isAurora
        ? { global: { clusterId: global.globalClusterId, isSecondary: config.role === "dr" } }
        : { peer: { region: peerRegion, dataKeyArn: of(global.dataKeyArns, peerRegion) } }),
    },
    options,
  );
  if (config.database.hasProxy) {
    new DatabaseProxy(
      "history-proxy",
      {
        ...placed,
        region,
        allowedSecurityGroupIds,
        databaseSecurityGroupId: database.securityGroupId,
        target: database.target,
        masterSecretArn,
      },
      options,
    );
  }
  return database;
}

export function analyticsOf(
  site: Site,
  around: Around & { readonly pipeline: Pipeline },
): void {
  const { config, region, accountId, global, options } = site;
  const { network, alarmTopicArn, allowedSecurityGroupIds, pipeline } = around;
  const { vpcId, dataSubnetIds } = network;
  const common = { ...careOf(site), region, alarmTopicArn };
  const placed = { ...common, accountId, vpcId, dataSubnetIds, allowedSecurityGroupIds };
  const { dax } = config.tables;
  if (dax !== "off") {
    const { zoneNames } = network;
    const tableArns = global.tableArns.apply((byRegion) => byRegion[region] ?? []);
    new TableCache("table-cache", { ...placed, ...dax, zoneNames, tableArns }, options);
  }
  const { hasArchive, hasRedshift, hasOpenSearch } = config.analytics;
  const bucketArn = of(global.archiveBucketArns, region);
  const lake = hasArchive
    ? new Analytics(
        "lake",
        {
          ...common,
          accountId,
          bucketName: of(global.archiveBuckets, region),
          bucketArn,
          ...lakeSource(pipeline),
        },
        options,
      )
    : undefined;
  if (hasRedshift && lake !== undefined) {
    const { redshiftRpus: rpus } = config.analytics;
    const catalogDatabase = lake.databaseName;
    new Warehouse("warehouse", { ...placed, rpus, catalogDatabase, bucketArn }, options);
  }
  if (hasOpenSearch) {
    new SearchDomain(
      "search",
      {
        ...placed,
        readerRoleArns: [],
        instanceType: config.analytics.openSearchInstanceType,
        storageGiB: config.analytics.openSearchStorageGiB,
        ...searchSource(pipeline),
      },
      options,
    );
  }
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
