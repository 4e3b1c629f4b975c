// MatchingEngines, alone, and what their hosts do at the first start.

import { spawnSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { assert } from "chai";
import {
  engineCpus,
  type HostFacts,
  renderUserData,
} from "../../../infra/components/engine-user-data.ts";
import { engineAddressesIn, MatchingEngines } from "../../../infra/components/matching-engines.ts";
import { planSubnets } from "../../../infra/components/subnet-plan.ts";
import { factsOf } from "../../../infra/config/instance-types.ts";
import { at, listAt } from "../../../infra/policy/rule.ts";
import { type Alone, alone, statementsIn } from "./alone.ts";

const config = {
  instanceType: "z1d.2xlarge",
  networkInterface: "ena",
  isHyperThreadingOff: true,
  hasCapacityReservations: true,
  isStandbySpot: false,
} as const;

const secretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:operator-AbCdEf";

const args = {
  config,
  region: "us-east-1",
  vpcId: "vpc-1",
  vpcCidr: "10.16.0.0/16",
  peerCidr: "10.32.0.0/16",
  zoneNames: ["us-east-1d", "us-east-1a", "us-east-1f"],
  engineSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  engineSubnetCidrs: planSubnets("10.16.0.0/16").engine,
  engineBundle: new pulumi.asset.StringAsset("bundle"),
  bundleBucket: "archive-1",
  exchangeJson: '{"shard":"main"}',
  secrets: [{ variable: "OPERATOR_TOKEN", arn: secretArn, field: "-" }],
  dataKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
  logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-2",
  logRetentionDays: 90,
  alarmTopicArn: "arn:aws:sns:us-east-1:123456789012:alarms",
} as const;

const scriptOf = (inputs: Readonly<Record<string, unknown>>): string =>
  Buffer.from(String(inputs.userData), "base64").toString();

describe("MatchingEngines", function () {
  this.timeout(30_000);
  let all: Alone<MatchingEngines>["all"];
  let named: Alone<MatchingEngines>["named"];
  let engines: MatchingEngines;

  before(async () => {
    ({ all, named, component: engines } = await alone(() => new MatchingEngines("engines", args)));
  });

  it("keeps the bundle where no other region's copy takes its place", () => {
    assert.equal(named("engines-bundle").inputs.key, "bundles/us-east-1/engines.tar.gz");
  });

  it("puts each engine into a zone, a rack, a reservation and a group of its own", () => {
    const groups = [named("engines-1"), named("engines-2")];
    assert.deepEqual(
      groups.map(({ inputs }) => inputs.vpcZoneIdentifiers),
      [["subnet-a"], ["subnet-b"]],
    );
    for (const [index, { inputs }] of groups.entries()) {
      const rack = named(`engines-rack-${index + 1}`);
      assert.equal(rack.inputs.strategy, "cluster");
      assert.equal(inputs.placementGroup, rack.id);
      assert.deepEqual([inputs.minSize, inputs.maxSize], [1, 1]);
      const capacity = named(`engines-capacity-${index + 1}`);
      assert.equal(capacity.inputs.availabilityZone, args.zoneNames[index]);
      assert.equal(capacity.inputs.instanceMatchCriteria, "targeted");
      assert.include(String(capacity.inputs.placementGroupArn), "placement-group/");
      assert.equal(
        at(
          named(`engines-${index + 1}-template`).inputs,
          "capacityReservationSpecification.capacityReservationTarget.capacityReservationId",
        ),
        capacity.id,
      );
    }
  });

  it("gives each engine an address that outlives its instance and that anyone can compute", () => {
    assert.deepEqual(engines.engineAddresses, engineAddressesIn(args.engineSubnetCidrs));
    assert.deepEqual(named("engines-address-2").inputs.privateIps, ["10.16.112.10"]);
    assert.include(
      scriptOf(named("engines-2-template").inputs),
      String(named("engines-address-2").id),
    );
    assert.deepEqual(
      at(named("engines-1").inputs, "instanceMaintenancePolicy.maxHealthyPercentage"),
      100,
      "a second instance could not have it",
    );
  });

  it("turns hyper-threading off and metadata version 1 too, on encrypted volumes", () => {
    const { inputs } = named("engines-1-template");
    assert.deepEqual(inputs.cpuOptions, { coreCount: 4, threadsPerCore: 1 });
    assert.equal(at(inputs, "metadataOptions.httpTokens"), "required");
    assert.equal(at(inputs, "blockDeviceMappings.0.ebs.kmsKeyId"), args.dataKeyArn);
    assert.notProperty(listAt(inputs, "networkInterfaces")[0], "interfaceType", "z1d has no EFA");
  });

  it("lets its hosts do what they must, each on what is theirs", () => {
    const statements = statementsIn(named("engines-host-policy").inputs.policy);
    for (const { Action, Resource, Condition } of statements) {
      assert.notInclude(JSON.stringify(Action), "*");
      if (Resource === "*" || /instance\/\*/.test(String(Resource))) assert.isDefined(Condition);
    }
    const secrets = statements.find(({ Action }) =>
      Action.includes("secretsmanager:GetSecretValue"),
    );
    assert.deepEqual(secrets?.Resource, [secretArn]);
    // The metrics agent reads the group of its instance off the tags.
    const tags = statements.find(({ Action }) => Action.includes("ec2:DescribeTags"));
    assert.deepEqual(tags?.Condition, { StringEquals: { "aws:RequestedRegion": args.region } });
  });

  it("is reached from both regions' networks and from nowhere else", () => {
    const rules = all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    const from = new Set(rules.map(({ inputs }) => inputs.cidrIpv4));
    assert.sameMembers([...from], [args.vpcCidr, args.peerCidr]);
  });

  it("tells somebody when an engine has no instance", () => {
    const alarm = named("engines-2-alive");
    assert.deepEqual(alarm.inputs.alarmActions, [args.alarmTopicArn]);
    assert.equal(alarm.inputs.treatMissingData, "breaching");
  });

  const made = (changed: object) =>
    alone(() => new MatchingEngines("engines", { ...args, config: { ...config, ...changed } }));

  it("takes EFA only where the type has it", async () => {
    const fault = await made({ networkInterface: "efa" }).then(
      () => "",
      (error: Error) => error.message,
    );
    assert.match(fault, /z1d\.2xlarge has no EFA; write ena, or one of .*m5zn\.12xlarge/);
    const fit = await made({ networkInterface: "efa", instanceType: "m5zn.12xlarge" });
    assert.equal(
      at(fit.named("engines-1-template").inputs, "networkInterfaces.0.interfaceType"),
      "efa",
    );
  });

  it("reserves nothing for a standby on Spot, and leaves the processors of bare metal alone", async () => {
    const spot = await made({ isStandbySpot: true, instanceType: "z1d.metal" });
    assert.lengthOf(spot.all("aws:ec2/capacityReservation:CapacityReservation"), 1);
    const { inputs } = spot.named("engines-2-template");
    assert.equal(at(inputs, "instanceMarketOptions.marketType"), "spot");
    assert.notProperty(inputs, "cpuOptions");
  });

  it("puts a gateway into the Local Zone", async () => {
    const localZone = { instanceType: "c5d.2xlarge", cidr: "10.48.0.0/24" };
    const { named: found } = await alone(
      () =>
        new MatchingEngines("engines", {
          ...args,
          config: { ...config, localZone },
          localZoneSubnetId: "subnet-nyc",
        }),
    );
    assert.deepEqual(found("engines-local-zone").inputs.vpcZoneIdentifiers, ["subnet-nyc"]);
    for (const protocol of ["tcp", "udp"]) {
      const { cidrIpv4 } = found(`engines-${protocol}-from-local-zone`).inputs;
      assert.equal(cidrIpv4, localZone.cidr, "its block is not the VPC's first");
    }
    assert.include(scriptOf(found("engines-local-zone-template").inputs), "castle-gateway.service");
  });
});

const facts: HostFacts = {
  region: "us-east-1",
  node: "engine-1",
  unit: "castle-engine",
  vCpus: 8,
  isHyperThreadingOff: true,
  nvmeCount: 1,
  bundle: { bucket: "archive-1", key: "bundles/us-east-1/engines.tar.gz", versionId: "v1" },
  exchangeJson: '{"shard":"main","redis":"${JOURNAL_PASSWORD}"}',
  secrets: [{ variable: "OPERATOR_TOKEN", arn: secretArn, field: "-" }],
  logGroupName: "engines-log",
  interfaceId: "eni-1",
};

describe("User data of an engine's host", () => {
  for (const nvmeCount of [0, 1, 2]) {
    it(`is a script that bash can read, with ${nvmeCount} local disks, and fits`, () => {
      const text = renderUserData({ ...facts, nvmeCount });
      const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      // EC2 takes 16 KiB before base64.
      assert.isBelow(text.length, 12_000);
      assert.notInclude(text, "undefined");
    });
  }

  it("keeps placeholders of secrets as they are, and no secret", () => {
    const text = renderUserData(facts);
    assert.include(text, "${JOURNAL_PASSWORD}");
    assert.include(text, `OPERATOR_TOKEN ${secretArn} -`);
  });

  it("pins the very bundle, so that a start in a year runs what was deployed", () => {
    assert.include(renderUserData(facts), "--version-id v1");
  });

  it("leaves CPU 0 to interrupts where there are four", () => {
    assert.equal(engineCpus(8, true), "1-3");
    assert.equal(engineCpus(8, false), "1-7");
    assert.equal(engineCpus(2, true), "0-0");
  });
});

describe("Instance types", () => {
  it("know that no z1d has EFA", () => {
    for (const size of ["large", "xlarge", "2xlarge", "3xlarge", "6xlarge", "12xlarge", "metal"]) {
      assert.isFalse(factsOf(`z1d.${size}`)?.hasEfa, size);
      assert.isAbove(factsOf(`z1d.${size}`)?.nvmeCount ?? 0, 0);
    }
    assert.isUndefined(factsOf("z1d.nano"));
  });
});
