import { assert } from "chai";
import { build } from "../edge-capture.ts";

const { AcceleratorEndpoint } = await import("../../../infra/components/accelerator-endpoint.ts");
const { Accelerator } = await import("../../../infra/components/accelerator.ts");
const { Certificates } = await import("../../../infra/components/certificates.ts");
const { HostedZone } = await import("../../../infra/components/hosted-zone.ts");
const { TrafficRecords } = await import("../../../infra/components/traffic-records.ts");
type Names = ConstructorParameters<typeof TrafficRecords>[1]["names"];

const record = "route53/record";
const check = "route53/healthCheck";

describe("HostedZone", function () {
  this.timeout(30_000);

  it("stays changeable without us-east-1, and is not deleted by mistake", async () => {
    const { one } = await build(() => new HostedZone("zone", { domain: "castle.example" }));
    const zone = one("route53/zone");
    assert.isTrue(zone.inputs.enableAcceleratedRecovery);
    assert.isTrue(zone.isProtected);
    assert.deepEqual(one(record).inputs.records, ['0 issue "amazon.com"']);
  });
});

describe("Certificates", function () {
  this.timeout(30_000);

  const args = { domain: "castle.example", zoneId: "Z1", regions: ["eu-west-1", "eu-central-1"] };

  it("has one in each region and for the CDN, all proven by one record", async () => {
    const { outputs, all, one } = await build(() => new Certificates("certificates", args));
    const certificates = all("acm/certificate");
    assert.sameMembers(
      certificates.map(({ inputs }) => inputs.region),
      ["eu-west-1", "eu-central-1", "us-east-1"],
    );
    for (const { inputs } of certificates) {
      assert.deepEqual(inputs.subjectAlternativeNames, ["*.castle.example"]);
      assert.isUndefined(inputs.options, "keys of these stay with AWS");
    }
    const proof = one(record).inputs.name;
    assert.match(proof, /^_[0-9a-f]+\.castle\.example\.$/);
    for (const { inputs } of all("acm/certificateValidation")) {
      assert.deepEqual(inputs.validationRecordFqdns, [proof]);
    }
    assert.hasAllKeys(outputs.certificateArns, ["eu-west-1", "eu-central-1", "us-east-1"]);
    assert.deepEqual(outputs.exportableArns, {});
  });

  it("lets out the key of the names that gateways end TLS for, and of no others", async () => {
    const exportableNames = ["trade.castle.example", "orders.castle.example"];
    const { outputs, all } = await build(
      () => new Certificates("certificates", { ...args, exportableNames }),
    );
    const exportable = all("acm/certificate").filter(
      ({ inputs }) => inputs.options?.export === "ENABLED",
    );
    assert.sameDeepMembers(
      exportable.map(({ inputs }) => [inputs.region, inputs.domainName]),
      [
        ["eu-west-1", "trade.castle.example"],
        ["eu-central-1", "trade.castle.example"],
      ],
    );
    assert.lengthOf(all(record), 3, "one proof a name, and the wildcard's");
    assert.hasAllKeys(outputs.exportableArns, ["eu-west-1", "eu-central-1"]);
  });
});

describe("Accelerator", function () {
  this.timeout(30_000);

  it("passes TCP on, and keeps its addresses", async () => {
    const { one } = await build(
      () =>
        new Accelerator("accelerator", {
          port: 443,
          domainName: "trade.castle.example",
          zoneId: "Z1",
        }),
    );
    const listener = one("globalaccelerator/listener");
    assert.equal(listener.inputs.protocol, "TCP");
    assert.isTrue(listener.isProtected);
    const accelerator = one("globalaccelerator/accelerator");
    assert.isTrue(accelerator.isProtected);
    assert.match(one(record).inputs.aliases[0].name, /awsglobalaccelerator/);
  });
});

describe("AcceleratorEndpoint", function () {
  this.timeout(30_000);

  for (const [isActive, weight] of [
    [true, 128],
    [false, 0],
  ] as const) {
    it(`has weight ${weight} where the region is ${isActive ? "" : "not "}active, and is left alone`, async () => {
      const { one } = await build(
        () =>
          new AcceleratorEndpoint("endpoint", {
            listenerArn: "arn:listener",
            endpointArn: "arn:nlb",
            region: "eu-west-1",
            isActive,
          }),
      );
      const group = one("globalaccelerator/endpointGroup");
      assert.deepEqual(group.inputs.endpointConfigurations, [
        { endpointId: "arn:nlb", weight, clientIpPreservationEnabled: true },
      ]);
      assert.sameMembers(
        [...group.ignoreChanges],
        ["endpointConfigurations", "trafficDialPercentage"],
      );
    });
  }
});

describe("TrafficRecords", function () {
  this.timeout(30_000);

  const alias = { aliasName: "nlb.example", aliasZoneId: "Z9" };
  const orders = { domainName: "orders.castle.example", routing: "failover", ...alias } as const;

  const records = (
    names: Names,
    more: { isActive?: boolean; routingHealthCheckId?: string } = {},
  ) =>
    build(
      () =>
        new TrafficRecords("traffic", {
          zoneId: "Z1",
          region: "eu-west-1",
          setIdentifier: "prod",
          isActive: true,
          gateways: { host: "nlb.example", port: 443, isTls: true },
          names,
          ...more,
        }),
    );

  it("moves clients by a check every 10 s from three regions or more", async () => {
    const { one } = await records({ orders });
    const { inputs } = one(check);
    assert.equal(inputs.resourcePath, "/health/primary");
    assert.isAtMost(inputs.requestInterval * inputs.failureThreshold, 10);
    assert.isAtLeast(inputs.regions.length, 3);
    assert.equal(one(record).inputs.healthCheckId, one(check, "traffic-primary").id);
  });

  for (const [isActive, type] of [
    [true, "PRIMARY"],
    [false, "SECONDARY"],
  ] as const) {
    it(`begins as ${type}, with a check, and stays what a failover made of it`, async () => {
      const { one } = await records({ orders }, { isActive });
      const { inputs, ignoreChanges } = one(record);
      assert.deepEqual(inputs.failoverRoutingPolicies, [{ type }]);
      assert.isString(inputs.healthCheckId);
      assert.include(ignoreChanges, "failoverRoutingPolicies");
      assert.includeMembers([...one(check).ignoreChanges], ["disabled", "invertHealthcheck"]);
    });
  }

  it("needs a name's own check as well as the region's", async () => {
    const api = { ...orders, check: { host: "api-eu.castle.example", path: "/api/v3/ping" } };
    const { one } = await records({ api });
    const all = one(check, "traffic-api-all");
    assert.equal(all.inputs.type, "CALCULATED");
    assert.sameMembers(all.inputs.childHealthchecks, [
      one(check, "traffic-primary").id,
      one(check, "traffic-api").id,
    ]);
    assert.equal(all.inputs.childHealthThreshold, 2);
    assert.equal(one(record).inputs.healthCheckId, one(check, "traffic-api-all").id);
  });

  it("is out where the routing control is off, whatever the gateways say", async () => {
    const { one } = await records({ orders }, { routingHealthCheckId: "control" });
    const all = one(check, "traffic-orders-all");
    assert.sameMembers(all.inputs.childHealthchecks, [one(check, "traffic-primary").id, "control"]);
    assert.equal(all.inputs.childHealthThreshold, 2);
  });

  it("leads the region's own name here, whatever role it has and however it feels", async () => {
    const { one } = await build(
      () =>
        new TrafficRecords("traffic", {
          zoneId: "Z1",
          region: "eu-west-1",
          setIdentifier: "dr",
          isActive: false,
          gateways: { host: "nlb.example", port: 443, isTls: true },
          names: { orders },
          ownNames: { api: { domainName: "api-eu-west-1.castle.example", ...alias } },
        }),
    );
    const { inputs } = one(record, "traffic-own-api");
    assert.equal(inputs.name, "api-eu-west-1.castle.example");
    assert.isUndefined(inputs.healthCheckId);
    assert.isUndefined(inputs.setIdentifier);
    assert.isFalse(inputs.aliases[0].evaluateTargetHealth);
  });

  it("answers by latency from wherever a gateway reaches a primary", async () => {
    const api = { ...orders, routing: "latency" } as const;
    const { one } = await records({ api });
    const { inputs } = one(record);
    assert.deepEqual(inputs.latencyRoutingPolicies, [{ region: "eu-west-1" }]);
    assert.isUndefined(inputs.failoverRoutingPolicies);
    assert.equal(one(check, "traffic-serving").inputs.resourcePath, "/health");
    assert.equal(inputs.healthCheckId, one(check, "traffic-serving").id);
  });
});
