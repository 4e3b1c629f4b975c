// FailureExperiments, alone: the scenario whole, one zone at a time, and stoppable.

import { assert } from "chai";
import { practiceFree, turnsOf } from "../../../infra/components/experiment-turns.ts";
import { FailureExperiments } from "../../../infra/components/failure-experiments.ts";
import { at, listAt } from "../../../infra/policy/rule.ts";
import { type Alone, alone, statementsIn } from "./alone.ts";

const account = "123456789012";
const stopAlarm = `arn:aws:cloudwatch:us-east-1:${account}:alarm:not-serving`;

const args = {
  config: { experimentSchedule: "cron(30 21 * * ? *)" },
  region: "us-west-2",
  zoneNames: ["us-east-1d", "us-east-1a", "us-east-1f"],
  database: { kind: "cluster", arn: `arn:aws:rds:us-east-1:${account}:cluster:history` },
  balancerArns: [`arn:aws:elasticloadbalancing:us-east-1:${account}:loadbalancer/net/orders/1`],
  launcherRoleArns: [`arn:aws:iam::${account}:role/karpenter`],
  stopAlarmArns: [stopAlarm],
  reportBucket: "archive-1",
  reportBucketArn: "arn:aws:s3:::archive-1",
  dataKeyArn: `arn:aws:kms:us-east-1:${account}:key/mrk-1`,
  logKeyArn: `arn:aws:kms:us-east-1:${account}:key/mrk-2`,
  logRetentionDays: 90,
  probeTask: {
    clusterArn: `arn:aws:ecs:us-east-1:${account}:cluster/services`,
    taskDefinitionArn: `arn:aws:ecs:us-east-1:${account}:task-definition/chaos-probe:1`,
    subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
    securityGroupId: "sg-probe",
    roleArns: [`arn:aws:iam::${account}:role/probe`],
  },
} as const;

describe("FailureExperiments", function () {
  this.timeout(30_000);
  let all: Alone<FailureExperiments>["all"];
  let named: Alone<FailureExperiments>["named"];

  before(async () => {
    ({ all, named } = await alone(() => new FailureExperiments("experiments", args)));
  });

  it("takes from each zone all that a power loss takes, and from no other zone", () => {
    for (const [index, letter] of ["a", "b", "c"].entries()) {
      const { inputs } = named(`experiments-power-loss-${letter}`);
      const actions = listAt(inputs, "actions").map((one) => at(one, "actionId"));
      assert.includeMembers(actions, [
        "aws:ec2:stop-instances",
        "aws:ebs:pause-volume-io",
        "aws:ec2:api-insufficient-instance-capacity-error",
        "aws:ec2:asg-insufficient-instance-capacity-error",
        "aws:network:disrupt-connectivity",
        "aws:rds:failover-db-cluster",
        "aws:elasticache:replicationgroup-interrupt-az-power",
        "aws:arc:start-zonal-autoshift",
      ]);
      const text = JSON.stringify(inputs);
      for (const [other, zone] of args.zoneNames.entries()) {
        assert.equal(text.includes(zone), other === index, `${zone} in ${letter}`);
      }
    }
  });

  it("leaves launchers alone where groups start all instances", async () => {
    const groupsOnly = await alone(
      () => new FailureExperiments("experiments", { ...args, launcherRoleArns: [] }),
    );
    const { inputs } = groupsOnly.named("experiments-power-loss-a");
    const names = listAt(inputs, "actions").map((one) => at(one, "name"));
    assert.notInclude(names, "Stop-Instances");
    assert.notInclude(names, "Pause-Instance-Launches");
    for (const one of listAt(inputs, "actions")) {
      for (const before of listAt(one, "startAfters")) assert.include(names, before);
    }
  });

  it("finds roles where IAM is asked, whatever the region", () => {
    const statement = statementsIn(named("experiments-role-policy").inputs.policy).find(
      ({ Action }) => JSON.stringify(Action).includes("iam:ListRoles"),
    );
    assert.deepEqual(statement?.Condition, {
      StringEquals: { "aws:RequestedRegion": "us-east-1" },
    });
  });

  it("aims every action at a target that there is, and waits only for actions that there are", () => {
    const { inputs } = named("experiments-power-loss-b");
    const targets = listAt(inputs, "targets").map((one) => at(one, "name"));
    const actions = listAt(inputs, "actions");
    const names = actions.map((one) => at(one, "name"));
    assert.equal(new Set(names).size, names.length);
    for (const one of actions) {
      const aim = at(one, "target.value");
      if (aim !== undefined) assert.include(targets, aim);
      for (const before of listAt(one, "startAfters")) assert.include(names, before);
    }
    const aimed = actions.map((one) => at(one, "target.value"));
    for (const target of targets) assert.include(aimed, target, "no target is left over");
  });

  it("is stopped by the exchange's alarm, and reports to the bucket", () => {
    for (const { inputs } of all("aws:fis/experimentTemplate:ExperimentTemplate")) {
      assert.deepEqual(inputs.stopConditions, [
        { source: "aws:cloudwatch:alarm", value: stopAlarm },
      ]);
      assert.equal(
        at(inputs, "experimentReportConfiguration.outputs.s3Configuration.bucketName"),
        "archive-1",
      );
    }
    assert.throws(() => {
      new FailureExperiments("unstoppable", { ...args, stopAlarmArns: [] });
    }, /stop alarm/);
  });

  it("gives the experiments' role no wildcard without a condition", () => {
    for (const { Action, Resource, Condition } of statementsIn(
      named("experiments-role-policy").inputs.policy,
    )) {
      assert.notInclude(JSON.stringify(Action), "*");
      if (Resource === "*") assert.isDefined(Condition, JSON.stringify(Action));
    }
  });

  it("starts the probe before each loss, once, and never hours later", () => {
    const probe = named("experiments-probe-a").inputs;
    assert.equal(probe.scheduleExpression, "cron(30 21 * * ? *)");
    assert.equal(named("experiments-turn-a").inputs.scheduleExpression, "cron(35 21 * * ? *)");
    assert.equal(at(probe, "target.ecsParameters.networkConfiguration.assignPublicIp"), false);
    for (const { inputs } of all("aws:scheduler/schedule:Schedule")) {
      assert.equal(at(inputs, "target.retryPolicy.maximumRetryAttempts"), 0);
    }
  });

  it("leaves the templates in place and starts none where the schedule is off", async () => {
    const config = { experimentSchedule: "off" };
    const off = await alone(() => new FailureExperiments("experiments", { ...args, config }));
    assert.lengthOf(off.all("aws:fis/experimentTemplate:ExperimentTemplate"), 3);
    assert.isEmpty(off.all("aws:scheduler/schedule:Schedule"));
  });
});

describe("Turns of experiments", () => {
  it("keeps zones hours apart, over midnight too", () => {
    assert.deepEqual(
      turnsOf("cron(30 21 * * ? *)", 3).map(({ loss }) => loss),
      ["cron(35 21 * * ? *)", "cron(35 23 * * ? *)", "cron(35 1 * * ? *)"],
    );
  });

  it("keep AWS's practice runs away, over midnight and the end of the week too", () => {
    assert.deepEqual(practiceFree("off", 3), []);
    const windows = practiceFree("cron(0 14 * * ? *)", 3);
    assert.lengthOf(windows, 7);
    assert.equal(windows[0], "Mon:13:30-Mon:20:00");
    assert.equal(practiceFree("cron(30 21 * * ? *)", 3)[6], "Sun:21:00-Mon:03:30");
    assert.equal(practiceFree("cron(10 0 * * ? *)", 3)[0], "Sun:23:40-Mon:06:10");
  });

  it("says what to write where it cannot tell the hour", () => {
    for (const expression of ["rate(1 day)", "cron(0 */4 * * ? *)"]) {
      assert.throws(() => turnsOf(expression, 3), /experimentSchedule = .*write cron\(minute hour/);
    }
  });
});
