// The global stack: what both regions need, so that neither can take it from the other.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Archive } from "./components/archive.ts";
import { AuditTrail } from "./components/audit-trail.ts";
import { BackupVaults } from "./components/backup-vaults.ts";
import { GlobalDatabase } from "./components/global-database.ts";
import { Keys } from "./components/keys.ts";
import { OrderTables } from "./components/order-tables.ts";
import { Register } from "./components/register.ts";
import { Secrets } from "./components/secrets.ts";
import type { GlobalConfig } from "./config/stack-config.ts";
import { edgeOf } from "./global-edge.ts";
import type { GlobalOutputs } from "./outputs.ts";
import { of } from "./peer.ts";

export function deployGlobal(
  { global, site }: GlobalConfig,
  options: pulumi.ComponentResourceOptions,
): GlobalOutputs {
  const { prodRegion, drRegion, witnessRegion } = global;
  const regions = { prodRegion, drRegion };
  const keys = new Keys("keys", regions, options);
  const sealed = { ...regions, dataKeyArns: keys.dataKeyArns };
  const secrets = new Secrets("secrets", sealed, options);
  const register = new Register("register", { ...sealed, witnessRegion }, options);
  const { glacierAfterDays } = global;
  const archive = new Archive("archive", { ...sealed, glacierAfterDays }, options);
  const vaults = new BackupVaults(
    "vaults",
    { regions: [prodRegion, drRegion], dataKeyArns: pulumi.output(keys.dataKeyArns) },
    options,
  );
  const tables = new OrderTables(
    "tables",
    {
      ...regions,
      dataKeyArns: pulumi.output(keys.dataKeyArns),
      hasWallet: global.hasWallet,
      marketDataWriteUnits: global.marketDataWriteUnits,
      tradeReadUnits: global.tradeReadUnits,
    },
    options,
  );
  const database = global.hasGlobalDatabase
    ? new GlobalDatabase("history", { engineVersion: global.databaseEngineVersion }, options)
    : undefined;
  const { accountId } = aws.getCallerIdentityOutput({}, options);
  if (global.hasCloudTrail) {
    const logKeyArn = of(pulumi.output(keys.logKeyArns), prodRegion);
    const { logRetentionDays } = global;
    new AuditTrail(
      "trail",
      { region: prodRegion, accountId, logKeyArn, logRetentionDays },
      options,
    );
  }
  return {
    ...edgeOf({ global, site, options, accountId, logKeyArns: keys.logKeyArns }),
    accountId,
    dataKeyArns: pulumi.output(keys.dataKeyArns),
    logKeyArns: pulumi.output(keys.logKeyArns),
    operatorSecretArns: pulumi.output(secrets.operatorSecretArns),
    databaseSecretArns: pulumi.output(secrets.databaseSecretArns),
    apiKeysSecretArns: pulumi.output(secrets.apiKeysSecretArns),
    registerTableName: register.tableName,
    registerTableArns: pulumi.output(register.tableArns),
    archiveBuckets: pulumi.output(archive.buckets),
    archiveBucketArns: pulumi.output(archive.bucketArns),
    backupVaultNames: vaults.names,
    backupVaultArns: vaults.arns,
    tableNames: tables.names,
    tableArns: tables.arns,
    globalClusterId: database?.clusterId ?? pulumi.output(""),
    databaseEngineVersion: pulumi.output(
      global.hasGlobalDatabase ? global.databaseEngineVersion : "",
    ),
  };
}
