// The global stack: what both regions need, so that neither can take it from the other.

import * as pulumi from "@pulumi/pulumi";
import { Archive } from "./components/archive.ts";
import { GlobalDatabase } from "./components/global-database.ts";
import { Keys } from "./components/keys.ts";
import { Register } from "./components/register.ts";
import { Secrets } from "./components/secrets.ts";
import type { GlobalConfig } from "./config/stack-config.ts";
import type { GlobalOutputs } from "./outputs.ts";

export function deployGlobal({ global }: GlobalConfig, options: pulumi.ComponentResourceOptions) {
  const { prodRegion, drRegion, witnessRegion } = global;
  const regions = { prodRegion, drRegion };
  const keys = new Keys("keys", regions, options);
  const sealed = { ...regions, dataKeyArns: keys.dataKeyArns };
  const secrets = new Secrets("secrets", sealed, options);
  const register = new Register("register", { ...sealed, witnessRegion }, options);
  const archive = new Archive(
    "archive",
    { ...sealed, glacierAfterDays: global.glacierAfterDays },
    options,
  );
  const database = global.hasGlobalDatabase
    ? new GlobalDatabase("history", { engineVersion: global.databaseEngineVersion }, options)
    : undefined;
  return {
    dataKeyArns: pulumi.output(keys.dataKeyArns),
    logKeyArns: pulumi.output(keys.logKeyArns),
    operatorSecretArns: pulumi.output(secrets.operatorSecretArns),
    databaseSecretArns: pulumi.output(secrets.databaseSecretArns),
    apiKeysSecretArns: pulumi.output(secrets.apiKeysSecretArns),
    registerTableName: register.tableName,
    registerTableArns: pulumi.output(register.tableArns),
    archiveBuckets: pulumi.output(archive.buckets),
    globalClusterId: database?.clusterId ?? pulumi.output(""),
  } satisfies GlobalOutputs;
}
