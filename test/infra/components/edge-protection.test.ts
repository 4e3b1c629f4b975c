import { assert } from "chai";
import { build } from "../edge-capture.ts";

const { EdgeFirewall, firewallRules } = await import("../../../infra/components/edge-firewall.ts");
const { RoutingControls } = await import("../../../infra/components/routing-controls.ts");
const { ShieldProtection } = await import("../../../infra/components/shield-protection.ts");
const { ZonalShift } = await import("../../../infra/components/zonal-shift.ts");

/** Capacity units of each managed group, from AWS's list of them; an ACL has 1,500 without a surcharge. */
const capacity: Record<string, number> = {
  AWSManagedRulesAmazonIpReputationList: 25,
  AWSManagedRulesKnownBadInputsRuleSet: 200,
  AWSManagedRulesCommonRuleSet: 700,
  AWSManagedRulesSQLiRuleSet: 200,
};

// biome-ignore lint/suspicious/noExplicitAny: inputs of many shapes.
const rulesOf = (scope: "CLOUDFRONT" | "REGIONAL"): any[] => firewallRules(scope, 10_000);

describe("EdgeFirewall", function () {
  this.timeout(30_000);

  for (const scope of ["CLOUDFRONT", "REGIONAL"] as const) {
    it(`gives each rule of ${scope} an action, a name and a priority of its own`, () => {
      const rules = rulesOf(scope);
      for (const key of ["name", "priority"]) {
        assert.lengthOf(new Set(rules.map((rule) => rule[key])), rules.length, key);
      }
      for (const { action, overrideAction, statement } of rules) {
        const isGroup = statement.managedRuleGroupStatement !== undefined;
        assert.equal(overrideAction !== undefined, isGroup, "groups decide by themselves");
        assert.equal(action !== undefined, !isGroup);
      }
    });

    it(`asks all four groups in ${scope}, within the capacity of an ACL`, () => {
      const groups = rulesOf(scope).flatMap(
        ({ statement }) => statement.managedRuleGroupStatement?.name ?? [],
      );
      assert.sameMembers(groups, Object.keys(capacity));
      const sum = groups.reduce(
        (total: number, group: string) => total + (capacity[group] ?? 0),
        0,
      );
      assert.isBelow(sum, 1_400, "the rates need some as well");
    });
  }

  it("does not take an edge of the CDN, which many clients share, for one client", () => {
    const limits = rulesOf("REGIONAL").flatMap(({ name, statement }) =>
      statement.rateBasedStatement === undefined
        ? []
        : [
            [
              name,
              statement.rateBasedStatement.aggregateKeyType,
              statement.rateBasedStatement.limit,
            ],
          ],
    );
    assert.deepEqual(limits, [
      ["rate-per-client", "CUSTOM_KEYS", 10_000],
      ["rate-per-address", "IP", 100_000],
    ]);
  });

  const firewall = (scope: "CLOUDFRONT" | "REGIONAL") =>
    build(
      () =>
        new EdgeFirewall("firewall", {
          scope,
          rateLimit: 10_000,
          logKeyArn: "arn:key",
          logRetentionDays: 90,
          alarmTopicArn: "arn:topic",
        }),
    );

  it("lives in us-east-1 with all that is its own, where it is the CDN's", async () => {
    const { resources } = await firewall("CLOUDFRONT");
    for (const { inputs, kind, name } of resources) {
      if (kind === "custom") assert.equal(inputs.region, "us-east-1", name);
    }
  });

  it("logs what it refuses, encrypted, without anybody's key", async () => {
    const { one } = await firewall("REGIONAL");
    const group = one("cloudwatch/logGroup").inputs;
    assert.match(group.name, /^aws-waf-logs-/);
    assert.equal(group.kmsKeyId, "arn:key");
    const { redactedFields, loggingFilter } = one("wafv2/webAclLoggingConfiguration").inputs;
    assert.include(JSON.stringify(redactedFields), "x-mbx-apikey");
    assert.equal(loggingFilter.defaultBehavior, "DROP");
    assert.deepEqual(one("cloudwatch/metricAlarm").inputs.alarmActions, ["arn:topic"]);
  });
});

describe("ShieldProtection", function () {
  this.timeout(30_000);

  it("protects each resource, with its health, and never ends the subscription", async () => {
    const { one, all } = await build(
      () =>
        new ShieldProtection("shield", {
          resourceArns: { cdn: "arn:cdn", zone: "arn:zone" },
          healthCheckArns: { cdn: "arn:check" },
        }),
    );
    assert.isTrue(one("shield/subscription").inputs.skipDestroy);
    assert.lengthOf(all("shield/protection"), 2);
    assert.equal(one("shield/protectionHealthCheckAssociation").inputs.healthCheckArn, "arn:check");
    assert.sameMembers(one("shield/protectionGroup").inputs.members, ["arn:cdn", "arn:zone"]);
  });
});

describe("ZonalShift", function () {
  this.timeout(30_000);

  it("leaves a zone by itself, and ends an exercise when clients suffer", async () => {
    const { all } = await build(
      () =>
        new ZonalShift("shift", {
          resourceArns: { nlb: "arn:nlb", alb: "arn:alb" },
          outcomeAlarmArns: ["arn:alarm"],
          blockedWindows: ["Mon:13:30-Mon:20:00"],
        }),
    );
    const shifts = all("arczonalshift/zonalAutoshiftConfiguration");
    assert.sameMembers(
      shifts.map(({ inputs }) => inputs.resourceArn),
      ["arn:nlb", "arn:alb"],
    );
    for (const { inputs } of shifts) {
      assert.equal(inputs.zonalAutoshiftStatus, "ENABLED");
      assert.deepEqual(inputs.outcomeAlarms, [
        { type: "CLOUDWATCH", alarmIdentifier: "arn:alarm" },
      ]);
      assert.deepEqual(inputs.blockedWindows, ["Mon:13:30-Mon:20:00"]);
    }
  });
});

describe("RoutingControls", function () {
  this.timeout(30_000);

  it("has a switch and a health check a region, and one switch stays on", async () => {
    const { all, one, outputs } = await build(
      () => new RoutingControls("controls", { regions: ["us-east-1", "us-west-2"] }),
    );
    const controls = all("route53recoverycontrol/routingControl");
    assert.lengthOf(controls, 2);
    const rule = one("route53recoverycontrol/safetyRule").inputs;
    assert.sameMembers(rule.assertedControls, Object.values(outputs.routingControlArns));
    assert.deepEqual(rule.ruleConfig, { type: "ATLEAST", threshold: 1, inverted: false });
    for (const { inputs } of all("route53/healthCheck")) {
      assert.include(Object.values(outputs.routingControlArns), inputs.routingControlArn);
    }
    assert.hasAllKeys(outputs.healthCheckIds, ["us-east-1", "us-west-2"]);
  });
});
