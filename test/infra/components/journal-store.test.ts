// JournalStore, alone: the facts that the protocol relies on.

import { assert } from "chai";
import {
  JournalStore,
  journalAccess,
  zonesOfNodes,
} from "../../../infra/components/journal-store.ts";
import { at, listAt } from "../../../infra/policy/rule.ts";
import { alone } from "./alone.ts";

const args = {
  config: {
    kind: "elasticache",
    engineVersion: "8.2",
    nodeType: "cache.r7g.large",
    replicaCount: 1,
  },
  isGlobalPrimary: true,
  vpcId: "vpc-1",
  dataSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  zoneNames: ["us-east-1d", "us-east-1a", "us-east-1f"],
  primaryZoneIndex: 2,
  peer: {
    cidr: "10.32.0.0/16",
    region: "us-west-2",
    dataKeyArn: "arn:aws:kms:us-west-2:123456789012:key/mrk-1",
  },
  dataKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
  logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-2",
  logRetentionDays: 90,
  alarmTopicArn: "arn:aws:sns:us-east-1:123456789012:alarms",
  eventTopicArn: "arn:aws:sns:us-east-1:123456789012:nodes",
} as const;

const parametersOf = (inputs: Readonly<Record<string, unknown>>) =>
  new Map(listAt(inputs, "parameters").map((one) => [at(one, "name"), at(one, "value")]));

describe("JournalStore", function () {
  this.timeout(30_000);

  it("begins with its primary in the zone without an engine, its replica elsewhere", async () => {
    const { named } = await alone(() => new JournalStore("journal", args));
    const { inputs, options } = named("journal-store");
    assert.deepEqual(inputs.preferredCacheClusterAzs, ["us-east-1f", "us-east-1d"]);
    assert.equal(inputs.numCacheClusters, 2);
    assert.include(options.ignoreChanges, "preferredCacheClusterAzs");
    assert.isTrue(options.protect);
    assert.isTrue(inputs.multiAzEnabled && inputs.automaticFailoverEnabled);
  });

  it("never evicts, and keeps room beside the data", async () => {
    const { named } = await alone(() => new JournalStore("journal", args));
    const parameters = named("journal-parameters");
    assert.equal(parameters.inputs.family, "valkey8");
    assert.equal(parametersOf(parameters.inputs).get("maxmemory-policy"), "noeviction");
    assert.equal(parametersOf(parameters.inputs).get("reserved-memory-percent"), "25");
  });

  it("speaks TLS only, to its own user only", async () => {
    const { all, named } = await alone(() => new JournalStore("journal", args));
    const { inputs } = named("journal-store");
    assert.equal(inputs.transitEncryptionMode, "required");
    assert.equal(inputs.kmsKeyId, args.dataKeyArn);
    assert.match(String(named("journal-nobody").inputs.accessString), /^off .*-@all$/);
    assert.deepEqual(
      all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").map(
        ({ inputs: rule }) => rule.referencedSecurityGroupId ?? rule.cidrIpv4,
      ),
      [args.peer.cidr],
    );
    const user = named("journal-user");
    assert.isTrue(user.secretPaths.some((path) => path.startsWith("authenticationMode")));
  });

  it("keeps its user's secret in both regions, and gives the user what the secret keeps", async () => {
    const { named } = await alone(() => new JournalStore("journal", args));
    assert.deepEqual(named("journal-user-secret").inputs.replicas, [
      { region: args.peer.region, kmsKeyId: args.peer.dataKeyArn },
    ]);
    const kept: unknown = JSON.parse(
      String(named("journal-user-secret-first").inputs.secretString),
    );
    const given = at(named("journal-user").inputs, "authenticationMode.passwords.0");
    assert.match(String(given), /^\w{40}$/);
    assert.equal(given, at(kept, "password"));
  });

  it("lets in who was made after it", async () => {
    const { named } = await alone(() => {
      const journal = new JournalStore("journal", args);
      journal.allow("engines", "sg-engines");
      return journal;
    });
    const rule = named("journal-from-engines");
    assert.equal(rule.inputs.referencedSecurityGroupId, "sg-engines");
    assert.equal(rule.inputs.securityGroupId, named("journal-group").id);
  });

  it("gives its user what the functions call, and nothing that flushes or configures", () => {
    assert.include(journalAccess, "~{castle:*");
    assert.include(journalAccess, "+@scripting");
    assert.isBelow(journalAccess.indexOf("-@dangerous"), journalAccess.indexOf("+info"));
    assert.notMatch(journalAccess, /~\*|allkeys|\+@all|\+@admin/);
  });

  it("keeps the other region's copy only where one is asked for", async () => {
    const { all } = await alone(() => new JournalStore("journal", args));
    assert.lengthOf(all("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"), 1);
    const without = await alone(
      () => new JournalStore("journal", { ...args, isGlobalPrimary: false }),
    );
    assert.isEmpty(without.all("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"));
  });

  it("can be MemoryDB", async () => {
    const config = { ...args.config, kind: "memorydb" } as const;
    const { named } = await alone(() => new JournalStore("journal", { ...args, config }));
    const { inputs, options } = named("journal-store");
    assert.equal(inputs.nodeType, "db.r7g.large");
    assert.equal(inputs.numShards, 1, "its keys are in one slot");
    assert.equal(inputs.numReplicasPerShard, 0, "its endpoint would lead to a replica as well");
    assert.isTrue(inputs.tlsEnabled && options.protect);
    assert.equal(
      parametersOf(named("journal-parameters").inputs).get("maxmemory-policy"),
      "noeviction",
    );
  });

  it("puts many replicas into the other zones in turn", () => {
    const config = { replicaCount: 3 };
    const zones = zonesOfNodes({ config, zoneNames: ["a", "b", "c"], primaryZoneIndex: 2 });
    assert.deepEqual(zones, ["c", "a", "b", "a"]);
    assert.throws(() => zonesOfNodes({ config, zoneNames: ["a"], primaryZoneIndex: 2 }), /zone 2/);
  });
});
