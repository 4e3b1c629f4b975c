import { assert } from "chai";
import {
  databaseOf,
  registerOf,
  storeOf,
  trafficOf,
  zoneTrafficOf,
} from "../../../failover/adapters/surroundings.ts";
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

const zonalShift = {
  kind: "arc",
  awsRegion: "us-east-1",
  endpoint: "http://aws.test",
  resources: ["arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/entry/1"],
  zones: { a: "use1-az4" },
};
const store = {
  kind: "elasticache",
  awsRegion: "us-east-1",
  replicationGroupId: "castle-journal",
  zones: { a: "us-east-1a" },
};

describe("Surroundings", () => {
  it("makes what the deployment file names, in its order", () => {
    const names = trafficOf([globalAccelerator, route53]).map(({ name }) => name);
    assert.deepEqual(names, ["Global Accelerator", "Route 53"]);
    assert.equal(databaseOf(aurora)?.name, "Aurora global database");
    assert.isUndefined(databaseOf(undefined));
    assert.equal(zoneTrafficOf("prod", zonalShift)?.name, "ARC zonal shift");
    assert.isUndefined(zoneTrafficOf("prod", undefined));
    assert.equal(storeOf("prod", store)?.name, "ElastiCache");
    assert.isUndefined(storeOf("prod", undefined));
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
    // One wants ids of zones, the other one names.
    const zones = { a: "us-east-1a" };
    const idFault = "regions.prod.zonalShift.zones.a";
    assert.throws(() => zoneTrafficOf("prod", { ...zonalShift, zones }), ClusterError, idFault);
    const nameFault = "regions.dr.store.zones.a";
    assert.throws(
      () => storeOf("dr", { ...store, zones: zonalShift.zones }),
      ClusterError,
      nameFault,
    );
  });
});
