// The tables and their cache, built alone: every table twice, and neither copy in need of the other.

import { assert } from "chai";
import fc from "fast-check";
import { build, statements } from "../data-capture.ts";

const { OrderTables } = await import("../../../infra/components/order-tables.ts");
const { bounds, tableShapes } = await import("../../../infra/components/table-shapes.ts");
const { TableCache } = await import("../../../infra/components/table-cache.ts");

const args = {
  prodRegion: "us-east-1",
  drRegion: "us-west-2",
  dataKeyArns: { "us-east-1": "arn:east-key", "us-west-2": "arn:west-key" },
  hasWallet: true,
  marketDataWriteUnits: 10_000,
  tradeReadUnits: 5000,
};

describe("OrderTables", function () {
  this.timeout(20_000);
  const tables = () => build(() => new OrderTables("orders", args));

  it("has each table in both regions, each copy under its own region's key", async () => {
    const built = await tables();
    const homes = built.all("aws:dynamodb/table:Table");
    const replicas = built.all("aws:dynamodb/tableReplica:TableReplica");
    assert.lengthOf(homes, 4);
    assert.lengthOf(replicas, 4);
    for (const { inputs } of homes) {
      assert.equal(inputs.region, "us-east-1");
      assert.deepEqual(inputs.serverSideEncryption, { enabled: true, kmsKeyArn: "arn:east-key" });
    }
    for (const { inputs } of replicas) {
      assert.equal(inputs.region, "us-west-2");
      assert.equal(inputs.kmsKeyArn, "arn:west-key");
    }
  });

  it("can be restored to any second, in either region, and is not deleted by mistake", async () => {
    const built = await tables();
    for (const { inputs } of built.all("aws:dynamodb/table:Table")) {
      assert.deepInclude(inputs.pointInTimeRecovery, { enabled: true });
      assert.isTrue(inputs.deletionProtectionEnabled);
    }
    for (const { inputs } of built.all("aws:dynamodb/tableReplica:TableReplica")) {
      assert.isTrue(inputs.pointInTimeRecovery);
      assert.isTrue(inputs.deletionProtectionEnabled);
    }
  });

  it("scales a table's writes before it asks for the replica", async () => {
    const built = await tables();
    const names = built.resources.map(({ name }) => name);
    for (const noun of ["marketData", "trades"]) {
      assert.isBelow(
        built.resources.findIndex(
          ({ name, type }) => name === `orders-${noun}-write` && type.endsWith(":Policy"),
        ),
        names.indexOf(`orders-${noun}-replica`),
      );
    }
  });

  it("reaches the throughput asked for, by the keys asked for", async () => {
    const built = await tables();
    const market = built.one("aws:dynamodb/table:Table", "marketData").inputs;
    assert.equal(market.hashKey, "Symbol-Timestamp");
    const writes = built.one("aws:appautoscaling/target:Target", "marketData-write").inputs;
    assert.equal(writes.maxCapacity, 10_000);
    assert.equal(built.one("aws:dynamodb/table:Table", "trades").inputs.hashKey, "OrderID");
    const reads = built.one("aws:appautoscaling/target:Target", "trades-read").inputs;
    assert.equal(reads.maxCapacity, 5000);
  });

  it("leaves the wallets out where nobody keeps them there", () => {
    const nouns = tableShapes({ ...args, hasWallet: false }).map(({ noun }) => noun);
    assert.notInclude(nouns, "wallets");
  });

  it("scales between at least one unit and the peak", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (peak) => {
        const { min, max } = bounds(peak);
        assert.isAtLeast(min, 1);
        assert.isAtMost(min, max);
        assert.equal(max, peak);
      }),
    );
  });
});

describe("TableCache", function () {
  this.timeout(20_000);
  const cacheArgs = {
    region: "us-east-1",
    vpcId: "vpc-1",
    dataSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
    zoneNames: ["us-east-1a", "us-east-1b", "us-east-1c"],
    nodeType: "dax.r5.large",
    nodes: 3,
    tableArns: ["arn:aws:dynamodb:us-east-1:111122223333:table/marketData"],
    dataKeyArn: "arn:east-key",
    alarmTopicArn: "arn:pages",
    eventTopicArn: "arn:nodes",
  };

  it("has a node in each zone, encrypted on the way and at rest", async () => {
    const built = await build(() => new TableCache("cache", cacheArgs));
    const { inputs } = built.one("aws:dax/cluster:Cluster");
    assert.equal(inputs.replicationFactor, 3);
    assert.sameMembers(inputs.availabilityZones as string[], cacheArgs.zoneNames);
    assert.equal(inputs.clusterEndpointEncryptionType, "TLS");
    assert.deepEqual(inputs.serverSideEncryption, { enabled: true });
  });

  it("touches the tables it is told of, and no other", async () => {
    const built = await build(() => new TableCache("cache", cacheArgs));
    const [onTables] = statements(built.all("aws:iam/rolePolicy:RolePolicy"));
    assert.deepEqual(onTables?.Resource, cacheArgs.tableArns);
    assert.notInclude(onTables?.Action, "dynamodb:DeleteTable");
  });

  it("is reached by TLS only", async () => {
    const built = await build(() => {
      const cache = new TableCache("cache", cacheArgs);
      cache.allow("market-data", "sg-market-data");
      return cache;
    });
    const rules = built.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    assert.deepEqual(
      rules.map(({ inputs }) => inputs.toPort),
      [9111],
    );
  });
});
