// What a region keeps beside the journal, all of it followers: history, tables' cache, lake, warehouse, search.

import { Analytics } from "./components/analytics.ts";
import { Database } from "./components/database.ts";
import { DatabaseProxy } from "./components/database-proxy.ts";
import type { Network } from "./components/network.ts";
import type { OrderStream } from "./components/order-stream.ts";
import { SearchDomain } from "./components/search-domain.ts";
import { TableCache } from "./components/table-cache.ts";
import { Warehouse } from "./components/warehouse.ts";
import { of } from "./peer.ts";
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
  around: Around & { readonly stream: OrderStream | undefined },
): void {
  const { config, region, accountId, global, options } = site;
  const { network, alarmTopicArn, allowedSecurityGroupIds, stream } = around;
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
          ...(stream === undefined ? {} : { streamArn: stream.streamArn }),
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
        ...(stream === undefined
          ? {}
          : { stream: { name: stream.streamName, arn: stream.streamArn } }),
      },
      options,
    );
  }
}
