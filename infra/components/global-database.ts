// GlobalDatabase: the frame in which the regions' Aurora clusters are members. It belongs to the global stack: a broken prod
// must not be able to take the frame, and with it dr's copy, away. Who writes is decided by the toolkit's calls;
// engine versions are raised through this resource, which takes the members along.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { databaseName } from "./database-args.ts";

export interface GlobalDatabaseArgs {
  readonly engineVersion: string;
}

export class GlobalDatabase extends pulumi.ComponentResource {
  readonly clusterId: pulumi.Output<string>;

  constructor(
    name: string,
    args: GlobalDatabaseArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:GlobalDatabase", name, {}, options);
    const cluster = new aws.rds.GlobalCluster(
      name,
      {
        // AWS demands a name; the account has one global database of this exchange.
        globalClusterIdentifier: `castle-${name}`,
        engine: "aurora-postgresql",
        engineVersion: args.engineVersion,
        databaseName,
        storageEncrypted: true,
        deletionProtection: true,
      },
      // The database's name cannot be read back once members exist, and would replace the frame.
      { parent: this, protect: true, ignoreChanges: ["databaseName"] },
    );
    this.clusterId = cluster.id;
    this.registerOutputs({ clusterId: this.clusterId });
  }
}
