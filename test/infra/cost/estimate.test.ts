// A month's cost, from resources and dated prices.

import { expect } from "chai";
import { type Costed, estimate } from "../../../infra/cost/estimate.ts";
import { freeTypes } from "../../../infra/cost/free-types.ts";
import { leversOf } from "../../../infra/cost/levers.ts";
import { prices } from "../../../infra/cost/prices.ts";
import { pricings } from "../../../infra/cost/pricings.ts";
import { usual } from "../../../infra/cost/usage.ts";

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

  it("takes a third of the price for Spot", () => {
    const spot = template("z1d.6xlarge", { instanceMarketOptions: { marketType: "spot" } });
    expect(costOf(spot, group).usdPerMonth).to.be.closeTo(2 * 2.232 * 730 * 0.33, 0.01);
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
  it("compute what each saves, beside what the seed says", () => {
    const all = [
      template("z1d.2xlarge"),
      group,
      costed("aws:redshiftserverless/workgroup:Workgroup", { baseCapacity: 32 }, "warehouse"),
    ];
    const whole = 32 * 0.375 * 730;
    const [spot, reserved, serverless] = leversOf(estimate(all, usual), whole);
    expect(spot).to.include({ savedPercent: 67, seedPercent: 67 });
    expect(reserved).to.include({ fromUsd: 0, savedPercent: 0, seedPercent: 42 });
    expect(serverless).to.include({ savedPercent: 88, seedPercent: 89 });
  });
});
