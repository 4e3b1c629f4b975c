// A month's cost, from resources and dated prices.

import { expect } from "chai";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { type Costed, estimate } from "../../../infra/cost/estimate.ts";
import { freeTypes } from "../../../infra/cost/free-types.ts";
import { leversOf } from "../../../infra/cost/levers.ts";
import { optionsOff } from "../../../infra/cost/options.ts";
import { prices } from "../../../infra/cost/prices.ts";
import { pricings } from "../../../infra/cost/pricings.ts";
import { usual } from "../../../infra/cost/usage.ts";
import { readStackFile } from "../../../infra/stack-file.ts";

const options = { isProtected: false, ignoreChanges: [] };

function costed(type: string, props: Record<string, unknown>, id = "id"): Costed {
  return { type, name: id, id, component: "part", props, options };
}

const template = (instanceType: string, more = {}) =>
  costed("aws:ec2/launchTemplate:LaunchTemplate", { instanceType, ...more }, "template");
const group = costed("aws:autoscaling/group:Group", {
  launchTemplate: { id: "template" },
  desiredCapacity: 2,
});

const costOf = (...all: Costed[]) => estimate(all, usual);

describe("Estimate", () => {
  it("prices instances by the hours of a month", () => {
    const { usdPerMonth, unknown } = costOf(template("z1d.6xlarge"), group);
    expect(usdPerMonth).to.be.closeTo(2 * 2.232 * 730, 0.01);
    expect(unknown).to.deep.equal([]);
  });

  it("takes off for Spot what AWS's advisor says of the type, and knows no other price there", () => {
    const onSpot = (type: string) =>
      template(type, { instanceMarketOptions: { marketType: "spot" } });
    const known = costOf(onSpot("z1d.6xlarge"), group);
    expect(known.usdPerMonth).to.be.closeTo(2 * 2.232 * 730 * 0.37, 0.01);
    const { unknown } = costOf(onSpot("q9.large"), group);
    expect(unknown.map(({ why }) => why)).to.deep.equal(["no price of spot:q9.large is known"]);
  });

  it("prices nodes of Kubernetes with their volumes", () => {
    const nodes = costed("aws:eks/nodeGroup:NodeGroup", {
      instanceTypes: ["m7g.xlarge", "m7g.large"],
      scalingConfig: { desiredSize: 3 },
    });
    expect(costOf(nodes).usdPerMonth).to.be.closeTo(3 * (0.1632 * 730 + 20 * 0.08), 0.01);
  });

  it("counts the features of a health check", () => {
    const check = (props: Record<string, unknown>) =>
      costOf(costed("aws:route53/healthCheck:HealthCheck", props)).usdPerMonth;
    expect(check({ type: "HTTPS", requestInterval: 10 })).to.equal(0.5 + 2);
    expect(check({ type: "CALCULATED" })).to.equal(0.5);
    expect(check({ type: "HTTP_STR_MATCH", requestInterval: 30, measureLatency: true })).to.equal(
      0.5 + 2,
    );
  });

  it("takes the price of the kind: FIFO queues, ARM functions, fast alarms, long streams", () => {
    const of = (type: string, props: Record<string, unknown>) =>
      costOf(costed(type, props)).lines.map(({ price }) => price);
    expect(of("aws:sqs/queue:Queue", { fifoQueue: true })).to.deep.equal(["sqs:fifo-requests"]);
    expect(of("aws:sqs/queue:Queue", {})).to.deep.equal(["sqs:requests"]);
    expect(of("aws:lambda/function:Function", { architectures: ["arm64"] })).to.include(
      "lambda:gb-second-arm",
    );
    expect(of("aws:cloudwatch/metricAlarm:MetricAlarm", { period: 10 })).to.deep.equal([
      "cloudwatch:fast-alarm",
    ]);
    expect(of("aws:cloudwatch/metricAlarm:MetricAlarm", { period: 60 })).to.deep.equal([
      "cloudwatch:alarm",
    ]);
    expect(of("aws:kinesis/stream:Stream", { shardCount: 2, retentionPeriod: 168 })).to.include(
      "kinesis:longer-retention",
    );
    expect(of("aws:kinesis/stream:Stream", { shardCount: 2, retentionPeriod: 24 })).to.not.include(
      "kinesis:longer-retention",
    );
  });

  it("takes the storage of a database's reader from its writer", () => {
    const writer = { instanceClass: "db.r7g.xlarge", allocatedStorage: 100 };
    const reader = { instanceClass: "db.r7g.xlarge", replicateSourceDb: "writer" };
    const { lines } = costOf(
      costed("aws:rds/instance:Instance", writer, "writer"),
      costed("aws:rds/instance:Instance", reader, "reader"),
    );
    expect(
      lines.filter(({ price }) => price === "rds:storage").map(({ count }) => count),
    ).to.deep.equal([100, 100]);
  });

  it("says of a trail with insights that nobody knows its price, and of a plain one that it is free", () => {
    const trail = (props: Record<string, unknown>) =>
      costOf(costed("aws:cloudtrail/trail:Trail", props)).unknown.length;
    expect(trail({ insightSelectors: [{ insightType: "ApiCallRateInsight" }] })).to.equal(1);
    expect(trail({})).to.equal(0);
  });

  it("shares the requests among the rules of tracing", () => {
    const rule = (name: string, props: Record<string, unknown>) =>
      costed("aws:xray/samplingRule:SamplingRule", props, name);
    const { lines } = costOf(
      rule("orders", { reservoirSize: 5, fixedRate: 0.01 }),
      rule("others", { reservoirSize: 1, fixedRate: 0.05 }),
    );
    // Of 500 requests a second 250 each: 5 + 0.01 × 245 = 7.45, and 1 + 0.05 × 249 = 13.45.
    expect(lines.map(({ what }) => what)).to.deep.equal([
      "7.5 traces a second",
      "13.5 traces a second",
    ]);
  });

  it("names what it has no price for, and does not count it as nothing", () => {
    const { unknown, usdPerMonth } = costOf(
      template("q9.large"),
      group,
      costed("aws:braket/device:Device", {}, "quantum"),
    );
    expect(unknown.map(({ name, why }) => `${name}: ${why}`)).to.deep.equal([
      "id: no price of ec2:q9.large is known",
      "quantum: no price is known",
    ]);
    expect(usdPerMonth).to.equal(0);
  });

  it("counts no orders in a queue of notices that end within minutes", () => {
    const queue = (props: Record<string, unknown>) =>
      costOf(costed("aws:sqs/queue:Queue", props)).usdPerMonth;
    expect(queue({ messageRetentionSeconds: 300 })).to.be.below(1);
    expect(queue({})).to.be.above(100);
  });

  it("says why the nodes that Karpenter adds are not counted", () => {
    const { usdPerMonth, unknown } = costOf(costed("kubernetes:karpenter.sh/v1:NodePool", {}));
    expect(usdPerMonth).to.equal(0);
    expect(unknown.map(({ why }) => why)[0]).to.match(/nodes that Karpenter adds/);
  });

  it("splits tasks between Fargate and Fargate Spot beyond the base", () => {
    const task = costed(
      "aws:ecs/taskDefinition:TaskDefinition",
      { cpu: "1024", memory: "2048" },
      "task",
    );
    const service = costed("aws:ecs/service:Service", {
      taskDefinition: "task",
      desiredCount: 6,
      capacityProviderStrategies: [
        { capacityProvider: "FARGATE", base: 2, weight: 1 },
        { capacityProvider: "FARGATE_SPOT", weight: 1 },
      ],
    });
    const onDemand = 6 * 730 * (0.04048 + 2 * 0.004445);
    // Two of six are on Spot, at 0.3 of the price.
    expect(costOf(task, service).usdPerMonth).to.be.closeTo((onDemand * (4 + 2 * 0.3)) / 6, 0.01);
  });

  it("sums by component, the dearest first", () => {
    const vpn = { ...costed("aws:eks/cluster:Cluster", {}, "cluster"), component: "compute" };
    const { byComponent } = costOf(template("z1d.large"), group, vpn);
    expect(byComponent.map(({ component }) => component)).to.deep.equal(["part", "compute"]);
  });

  it("charges for a certificate only where its key may leave, each name twice a year", () => {
    const certificate = "aws:acm/certificate:Certificate";
    const names = { domainName: "orders.castle.example", subjectAlternativeNames: [] };
    const plain = costOf(costed(certificate, names));
    expect([plain.usdPerMonth, plain.unknown]).to.deep.equal([0, []]);
    const exportable = costOf(costed(certificate, { ...names, options: { export: "ENABLED" } }));
    expect(exportable.usdPerMonth).to.be.closeTo(2.5, 0.001);
  });

  it("has a firewall look at what speaks HTTP only: orders by TCP pass by", () => {
    const acl = (scope: string) =>
      costOf(costed("aws:wafv2/webAcl:WebAcl", { scope, rules: [{}] })).usdPerMonth;
    expect(acl("REGIONAL")).to.be.closeTo(6 + 0.6 * 50 * 2.628, 0.01);
    expect(acl("CLOUDFRONT")).to.be.closeTo(6 + 0.6 * 50, 0.01);
  });

  it("counts what is written into a table's copy in another region", () => {
    const written = { billingMode: "PROVISIONED", writeCapacity: 100, readCapacity: 0 };
    const table = costed("aws:dynamodb/table:Table", { ...written, arn: "arn:table" }, "table");
    const copy = costed("aws:dynamodb/tableReplica:TableReplica", { globalTableArn: "arn:table" });
    expect(costOf(table, copy).usdPerMonth).to.be.closeTo(2 * costOf(table).usdPerMonth, 0.001);
  });

  it("counts a database's standby in full", () => {
    const instance = { instanceClass: "db.r7g.xlarge", allocatedStorage: 400 };
    const alone = costOf(costed("aws:rds/instance:Instance", instance)).usdPerMonth;
    const pair = costOf(costed("aws:rds/instance:Instance", { ...instance, multiAz: true }));
    expect(pair.usdPerMonth).to.be.closeTo(2 * alone, 0.001);
  });

  it("has a source and a day for every price", () => {
    for (const [key, { usd, source, readOn }] of Object.entries(prices)) {
      expect(usd, key).to.be.greaterThan(0);
      expect(source, key).to.not.equal("");
      expect(readOn, key).to.match(/^20\d\d-\d\d-\d\d$/);
    }
  });

  it("calls no type both free and priced", () => {
    expect(Object.keys(pricings).filter((type) => freeTypes.has(type))).to.deep.equal([]);
  });
});

describe("Levers", () => {
  const warehouse = costed(
    "aws:redshiftserverless/workgroup:Workgroup",
    { baseCapacity: 32 },
    "warehouse",
  );
  const wholeUsd = 32 * 0.375 * 730;
  const leversWith = (type: string, hours = usual.warehouseHours) =>
    leversOf(estimate([template(type), group, warehouse], { ...usual, warehouseHours: hours }), {
      wholeUsd,
      hours,
    });

  it("compute what each saves, beside what the seed says", () => {
    const [spot, reserved, serverless] = leversWith("z1d.2xlarge");
    expect(spot).to.include({ savedPercent: 62, seedPercent: 67 });
    expect(reserved).to.include({ fromUsd: 0, savedPercent: 0, seedPercent: 42 });
    expect(serverless).to.include({ savedPercent: 88, seedPercent: 89 });
  });
  it("save what the sources say, not what the seed says", () => {
    expect(leversWith("z1d.large")[0]).to.include({ savedPercent: 73 });
    expect(leversWith("z1d.large", 365)[2]).to.include({ savedPercent: 50 });
  });
  it("save nothing where no Spot price is known, and say so", () => {
    const [spot] = leversWith("m5zn.6xlarge");
    expect(spot).to.include({ savedPercent: 0 });
    expect(spot?.source).to.include("no Spot price");
  });
});

describe("Options that are off", () => {
  const offWith = (fields: object) => {
    const { values } = readStackFile("global");
    const section = JSON.parse(values["castle:global"] ?? "{}");
    const global = JSON.stringify({ ...section, ...fields });
    const config = parseConfig({ ...values, "castle:global": global }, "global");
    if (config.role !== "global") throw new Error("not the global stack");
    return optionsOff(config).map(({ field, usdPerMonth }) => [field, usdPerMonth]);
  };

  it("are told with their price, though no estimate counts them", () =>
    expect(offWith({})).to.deep.equal([
      ["castle:global.hasShieldAdvanced", 3000],
      ["castle:global.hasRoutingControls", 1825],
    ]));
  it("are told no longer once they are on", () =>
    expect(offWith({ hasShieldAdvanced: true, hasRoutingControls: true })).to.be.empty);
});
