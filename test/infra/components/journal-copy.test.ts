// JournalCopy, alone: a member that reads, beside the region's own store.

import { assert } from "chai";
import { JournalCopy } from "../../../infra/components/journal-copy.ts";
import { JournalStore } from "../../../infra/components/journal-store.ts";
import { alone } from "./alone.ts";

const store = {
  config: {
    kind: "elasticache",
    engineVersion: "8.2",
    nodeType: "cache.r7g.large",
    replicaCount: 1,
  },
  isGlobalPrimary: false,
  vpcId: "vpc-1",
  dataSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  zoneNames: ["us-west-2a", "us-west-2b", "us-west-2c"],
  primaryZoneIndex: 2,
  peer: {
    cidr: "10.16.0.0/16",
    region: "us-east-1",
    dataKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
  },
  dataKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-1",
  logKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-2",
  logRetentionDays: 90,
  alarmTopicArn: "arn:aws:sns:us-west-2:123456789012:alarms",
  eventTopicArn: "arn:aws:sns:us-west-2:123456789012:nodes",
} as const;

const copyOf = (globalDatastoreId: string) =>
  alone(() => {
    const { dataKeyArn, alarmTopicArn, eventTopicArn } = store;
    return new JournalCopy("copy", {
      globalDatastoreId,
      store: new JournalStore("journal", store),
      replicaCount: 1,
      dataKeyArn,
      alarmTopicArn,
      eventTopicArn,
    });
  }, "us-west-2");

describe("JournalCopy", function () {
  this.timeout(30_000);

  it("joins the leading region's datastore, and leaves this region's store alone", async () => {
    const { named, all } = await copyOf("ldgnf-journal");
    const { inputs, options } = named("copy-store");
    assert.equal(inputs.globalReplicationGroupId, "ldgnf-journal");
    assert.isTrue(options.protect);
    assert.notProperty(named("journal-store").inputs, "globalReplicationGroupId");
    assert.isEmpty(all("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"));
  });

  it("takes version, size and settings from the primary, and keeps them", async () => {
    const { inputs, options } = (await copyOf("ldgnf-journal")).named("copy-store");
    for (const key of ["engineVersion", "nodeType", "parameterGroupName"]) {
      assert.notProperty(inputs, key);
      assert.include(options.ignoreChanges, key);
    }
    // A promoted copy is no member: an update must not make it one again.
    assert.include(options.ignoreChanges, "globalReplicationGroupId");
  });

  it("is encrypted with this region's key, and reached by this region's users only", async () => {
    const { named } = await copyOf("ldgnf-journal");
    const { inputs } = named("copy-store");
    assert.equal(inputs.kmsKeyId, store.dataKeyArn);
    assert.isTrue(inputs.transitEncryptionEnabled && inputs.atRestEncryptionEnabled);
    assert.deepEqual(inputs.userGroupIds, named("journal-store").inputs.userGroupIds);
  });

  it("says what to deploy first where prod has no datastore", async () => {
    let told = "";
    try {
      await copyOf("");
    } catch (error) {
      told = String(error);
    }
    assert.match(told, /set castle:journal.hasGlobalDatastore in Pulumi.prod.yaml/);
  });
});
