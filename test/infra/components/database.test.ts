// The history's database, built alone: what makes it survive a zone and a region, and what a later update
// must not undo.

import { assert } from "chai";
import fc from "fast-check";
import { build, statements } from "../data-capture.ts";

const { Database } = await import("../../../infra/components/database.ts");
const { DatabaseProxy } = await import("../../../infra/components/database-proxy.ts");
const { GlobalDatabase } = await import("../../../infra/components/global-database.ts");
const { parameterFamily } = await import("../../../infra/components/database-parameters.ts");
const { retentionAtLeast } = await import("../../../infra/components/log-group.ts");

const config = {
  kind: "aurora-serverless",
  engineVersion: "17.7",
  acuMin: 2,
  acuMax: 96,
  instanceClass: "db.r7g.xlarge",
  storageGiB: 400,
  readersMin: 2,
  readersMax: 5,
  backupRetentionDays: 35,
} as const;

const args = {
  config,
  vpcId: "vpc-1",
  dataSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  zoneNames: ["us-east-1a", "us-east-1b", "us-east-1c"],
  masterSecretArn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:database",
  dataKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-data",
  logKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-log",
  logRetentionDays: 90,
  alarmTopicArn: "arn:aws:sns:us-east-1:111122223333:pages",
};
const member = (isSecondary: boolean) => ({
  ...args,
  global: { clusterId: "castle-history", isSecondary },
});

describe("Database, as a member of the global database", function () {
  // The first one loads the SDK's types of the services.
  this.timeout(20_000);

  it("spreads its instances over all zones", async () => {
    const built = await build(() => new Database("history", member(false)));
    const zones = built
      .all("aws:rds/clusterInstance:ClusterInstance")
      .map(({ inputs }) => inputs.availabilityZone);
    assert.sameMembers(zones, args.zoneNames);
  });

  it("keeps one reader as large as the writer", async () => {
    const built = await build(() => new Database("history", member(false)));
    const tiers = built
      .all("aws:rds/clusterInstance:ClusterInstance")
      .map(({ inputs }) => inputs.promotionTier);
    assert.deepEqual(tiers, [0, 1, 2]);
  });

  it("tells the primary of its master, and the secondary of none", async () => {
    const primary = await build(() => new Database("history", member(false)));
    const secondary = await build(() => new Database("history", member(true)));
    const [first, second] = [primary, secondary].map((it) => it.one("aws:rds/cluster:Cluster"));
    assert.equal(first?.inputs.masterUsername, "castle");
    assert.equal(first?.inputs.databaseName, "castle");
    for (const field of ["masterUsername", "masterPassword", "databaseName"]) {
      assert.notProperty(second?.inputs, field);
    }
    assert.equal(second?.inputs.globalClusterIdentifier, "castle-history");
  });

  it("differs between the regions in nothing else but the readers' scaling", async () => {
    const primary = await build(() => new Database("history", member(false)));
    const secondary = await build(() => new Database("history", member(true)));
    const names = (built: typeof primary) => built.resources.map((it) => `${it.type} ${it.name}`);
    const extra = names(primary).filter((it) => !names(secondary).includes(it));
    assert.sameMembers(extra, [
      "aws:appautoscaling/target:Target history-readers",
      "aws:appautoscaling/policy:Policy history-readers",
    ]);
    assert.includeMembers(names(primary), names(secondary));
  });

  it("is encrypted, protected from deletion, kept in backups, and speaks TLS only", async () => {
    const built = await build(() => new Database("history", member(true)));
    const { inputs } = built.one("aws:rds/cluster:Cluster");
    assert.isTrue(inputs.storageEncrypted);
    assert.equal(inputs.kmsKeyId, args.dataKeyArn);
    assert.isTrue(inputs.deletionProtection);
    assert.isFalse(inputs.skipFinalSnapshot);
    assert.deepInclude(inputs.tags, { backup: "daily" });
    const group = built.one("aws:rds/clusterParameterGroup:ClusterParameterGroup");
    assert.equal(group.inputs.family, "aurora-postgresql17");
    const parameters = group.inputs.parameters as { name: string; value: string }[];
    assert.equal(parameters.find(({ name }) => name === "rds.force_ssl")?.value, "1");
    assert.notInclude(
      parameters.map(({ name }) => name),
      "rds.global_db_rpo",
      "prod must not stop because dr is away",
    );
  });

  it("watches the lag between regions in both", async () => {
    for (const isSecondary of [true, false]) {
      const built = await build(() => new Database("history", member(isSecondary)));
      const lag = built.one("aws:cloudwatch/metricAlarm:MetricAlarm", "region-lag");
      assert.equal(lag.inputs.threshold, 15_000);
      assert.deepEqual(lag.inputs.alarmActions, [args.alarmTopicArn]);
    }
  });

  it("makes its log groups before AWS makes them without a key", async () => {
    const built = await build(() => new Database("history", member(false)));
    const cluster = built.one("aws:rds/cluster:Cluster");
    const groups = built.all("aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs);
    assert.sameMembers(
      groups.map((group) => String(group.name)),
      (cluster.inputs.enabledCloudwatchLogsExports as string[]).map(
        (kind) => `/aws/rds/cluster/${cluster.inputs.clusterIdentifier}/${kind}`,
      ),
    );
    for (const group of groups) assert.equal(group.kmsKeyId, args.logKeyArn);
  });
});

describe("Database, as an RDS instance", function () {
  this.timeout(20_000);
  const rds = { ...args, config: { ...config, kind: "rds-multi-az" as const } };

  it("has a standby in another zone and its read replicas in different ones", async () => {
    const built = await build(() => new Database("history", rds));
    const [writer, ...readers] = built.all("aws:rds/instance:Instance");
    assert.isTrue(writer?.inputs.multiAz);
    assert.lengthOf(new Set(readers.map(({ inputs }) => inputs.availabilityZone)), 2);
    assert.isTrue(readers.every(({ inputs }) => inputs.storageEncrypted));
  });

  it("copies its backups to the other region under that region's key", async () => {
    const peer = { region: "us-west-2", dataKeyArn: "arn:aws:kms:us-west-2:1:key/mrk-data" };
    const built = await build(() => new Database("history", { ...rds, peer }));
    const { inputs } = built.one(
      "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    );
    assert.equal(inputs.region, "us-west-2");
    assert.equal(inputs.kmsKeyId, peer.dataKeyArn);
  });
});

describe("GlobalDatabase", function () {
  this.timeout(20_000);

  it("is encrypted and cannot be deleted by mistake", async () => {
    const built = await build(() => new GlobalDatabase("history", { engineVersion: "17.7" }));
    const { inputs } = built.one("aws:rds/globalCluster:GlobalCluster");
    assert.isTrue(inputs.storageEncrypted);
    assert.isTrue(inputs.deletionProtection);
  });
});

describe("DatabaseProxy", function () {
  this.timeout(20_000);
  const proxyArgs = (kind: "cluster" | "instance") => () =>
    new DatabaseProxy("history-proxy", {
      ...args,
      region: "us-east-1",
      databaseSecurityGroupId: "sg-database",
      target: { kind, identifier: "castle-history" } as never,
    });

  it("asks for TLS and for IAM", async () => {
    const built = await build(proxyArgs("cluster"));
    const { inputs } = built.one("aws:rds/proxy:Proxy");
    assert.isTrue(inputs.requireTls);
    assert.deepInclude((inputs.auths as object[])[0], { iamAuth: "REQUIRED" });
  });

  it("reads one secret by one key, and nothing else", async () => {
    const built = await build(proxyArgs("cluster"));
    const allowed = statements(built.all("aws:iam/rolePolicy:RolePolicy"));
    assert.deepEqual(
      allowed.map(({ Action, Resource }) => [Action, Resource]),
      [
        ["secretsmanager:GetSecretValue", args.masterSecretArn],
        [["kms:Decrypt"], args.dataKeyArn],
      ],
    );
  });

  it("is let into the database by the database's own group", async () => {
    const built = await build(proxyArgs("cluster"));
    const rule = built.one(
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "into-database",
    );
    assert.equal(rule.inputs.securityGroupId, "sg-database");
    const proxyGroup = built.one("aws:ec2/securityGroup:SecurityGroup").id;
    assert.equal(rule.inputs.referencedSecurityGroupId, proxyGroup);
  });

  it("has an endpoint for readers where the database has readers behind one name", async () => {
    assert.lengthOf(
      (await build(proxyArgs("cluster"))).all("aws:rds/proxyEndpoint:ProxyEndpoint"),
      1,
    );
    assert.lengthOf(
      (await build(proxyArgs("instance"))).all("aws:rds/proxyEndpoint:ProxyEndpoint"),
      0,
    );
  });
});

describe("Of databases and logs", () => {
  it("takes the parameter family from the major version", () => {
    assert.equal(parameterFamily("postgres", "17.7"), "postgres17");
    assert.equal(parameterFamily("aurora-postgresql", "18.3"), "aurora-postgresql18");
  });

  it("never keeps logs for less than was asked for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3653 }), (days) => {
        assert.isAtLeast(retentionAtLeast(days), days);
      }),
    );
  });
});
