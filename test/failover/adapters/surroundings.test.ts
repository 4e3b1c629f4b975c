import { assert } from "chai";
import { databaseOf, registerOf, trafficOf } from "../../../failover/adapters/surroundings.ts";
import { ClusterError } from "../../../failover/errors.ts";

const route53 = {
  kind: "route53",
  hostedZoneId: "Z1",
  records: [{ name: "api.castle.test", type: "A" }],
  regions: { east: { setIdentifier: "east" }, west: { setIdentifier: "west" } },
};
const globalAccelerator = {
  kind: "globalAccelerator",
  groups: { east: { arn: "arn:east" }, west: { arn: "arn:west" } },
};
const aurora = {
  kind: "aurora",
  globalClusterId: "castle",
  clusters: { east: { arn: "arn:east", awsRegion: "us-east-1" } },
};

describe("Surroundings", () => {
  it("makes what the deployment file names, in its order", () => {
    const names = trafficOf([globalAccelerator, route53]).map(({ name }) => name);
    assert.deepEqual(names, ["Global Accelerator", "Route 53"]);
    assert.equal(databaseOf(aurora)?.name, "Aurora global database");
    assert.isUndefined(databaseOf(undefined));
    registerOf({ awsRegion: "us-east-1", table: "register", endpoint: undefined }).close();
  });

  it("reports every fault with its path", () => {
    const wrong = [
      { ...route53, hostedZoneId: "" },
      { ...globalAccelerator, dial: 0 },
    ];
    try {
      trafficOf(wrong);
      assert.fail("wrong entries were taken");
    } catch (error) {
      assert.instanceOf(error, ClusterError);
      assert.include(error.message, "traffic.0.hostedZoneId");
      assert.include(error.message, "traffic.1");
    }
    assert.throws(() => databaseOf({ kind: "mysql" }), ClusterError, "database.kind");
  });
});
