// The global stack: what both regions need, so that neither can take it from the other.

import type * as pulumi from "@pulumi/pulumi";
import { GlobalDatabase } from "./components/global-database.ts";
import type { GlobalConfig } from "./config/stack-config.ts";

export function deployGlobal({ global }: GlobalConfig, options: pulumi.ComponentResourceOptions) {
  const database = global.hasGlobalDatabase
    ? new GlobalDatabase("history", { engineVersion: global.databaseEngineVersion }, options)
    : undefined;
  return { globalClusterId: database?.clusterId ?? "" };
}
