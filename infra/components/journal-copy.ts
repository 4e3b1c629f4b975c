// JournalCopy: a read-only copy of the leading region's journal, as a member of its Global Datastore. It stands beside the
// store of this region, which the engines here write, and takes no part in a quorum: it is what is left to read when
// the other region is gone with its store. AWS copies asynchronously; settings, version and size come from the primary.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import type { JournalStore } from "./journal-store.ts";

export interface JournalCopyArgs {
  /** Of the leading region; empty where it has none. */
  readonly globalDatastoreId: pulumi.Input<string>;
  /** This region's own: network and users are the same. */
  readonly store: JournalStore;
  readonly replicaCount: number;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
  /** Of NodeEvents. */
  readonly eventTopicArn: pulumi.Input<string>;
}

/** Seconds that a copy may be behind: seeds' loss of a region. */
const lagSecondsMax = 15;

export class JournalCopy extends pulumi.ComponentResource {
  /** Reads only. */
  readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: JournalCopyArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:JournalCopy", name, {}, options);
    const { store } = args;
    const group = new aws.elasticache.ReplicationGroup(
      `${name}-store`,
      {
        description: "Journal of the other region, to read",
        globalReplicationGroupId: pulumi.output(args.globalDatastoreId).apply(found),
        numCacheClusters: 1 + args.replicaCount,
        automaticFailoverEnabled: true,
        multiAzEnabled: true,
        port: store.port,
        subnetGroupName: store.subnetGroupName,
        securityGroupIds: [store.securityGroupId],
        atRestEncryptionEnabled: true,
        kmsKeyId: args.dataKeyArn,
        transitEncryptionEnabled: true,
        userGroupIds: [store.userGroupId],
        notificationTopicArn: args.eventTopicArn,
      },
      // What AWS takes over from the primary, an update must not set back. A copy that a person promoted is
      // no member any more.
      {
        parent: this,
        protect: true,
        ignoreChanges: [
          "globalReplicationGroupId",
          "engineVersion",
          "nodeType",
          "parameterGroupName",
        ],
      },
    );
    alarm(
      `${name}-lag`,
      {
        description: "The copy of the other region's journal is behind, or gets nothing",
        namespace: "AWS/ElastiCache",
        metricName: "GlobalDatastoreReplicationLag",
        dimensions: { CacheClusterId: pulumi.interpolate`${group.id}-001` },
        statistic: "Maximum",
        periodSeconds: 60,
        periods: 3,
        when: ">",
        threshold: lagSecondsMax,
        silence: "breaching",
        topicArn: args.alarmTopicArn,
      },
      { parent: this },
    );
    this.endpoint = group.readerEndpointAddress;
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

function found(globalDatastoreId: string): string {
  if (globalDatastoreId === "") {
    throw new Error(
      "prod has no Global Datastore: set castle:journal.hasGlobalDatastore in Pulumi.prod.yaml and deploy prod first",
    );
  }
  return globalDatastoreId;
}
