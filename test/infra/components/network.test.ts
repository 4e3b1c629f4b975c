// Network and RegionLink, each alone.

import { assert } from "chai";
import fc from "fast-check";
import { Network } from "../../../infra/components/network.ts";
import { RegionLink } from "../../../infra/components/region-link.ts";
import { addressIn, planSubnets, subnetKinds } from "../../../infra/components/subnet-plan.ts";
import { overlaps } from "../../../infra/config/laws.ts";
import { type Alone, alone } from "./alone.ts";

const args = {
  cidr: "10.16.0.0/16",
  zoneIds: ["use1-az4", "use1-az1", "use1-az6"],
  region: "us-east-1",
  flowLogRetentionDays: 30,
  logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-log",
};

describe("Subnet plan", () => {
  it("cuts any network into twelve parts that lie in it and apart", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, fc.integer({ min: 16, max: 20 }), (second, third, bits) => {
        const cidr = `10.${second}.${third}.0/${bits}`;
        const parts = subnetKinds.flatMap((kind) => planSubnets(cidr)[kind]);
        assert.equal(new Set(parts).size, 12);
        for (const part of parts) assert.isTrue(overlaps(part, cidr), `${part} lies in ${cidr}`);
        const apart = parts.every((part, index) =>
          parts.slice(index + 1).every((other) => !overlaps(part, other)),
        );
        assert.isTrue(apart, `parts of ${cidr} overlap`);
      }),
    );
  });

  it("refuses a network that is too small for twelve subnets", () => {
    assert.throws(() => planSubnets("10.0.0.0/24"), /from \/16 to \/20/);
  });

  it("leaves AWS its own first addresses of a subnet", () => {
    assert.equal(addressIn("10.16.96.0/20", 0), "10.16.96.4");
    assert.equal(addressIn("10.16.96.0/20", 6), "10.16.96.10");
  });
});

describe("Network", function () {
  // The SDK is loaded, and some eighty resources are made.
  this.timeout(30_000);
  const localZone = { name: "us-east-1-nyc-2a", cidr: "10.48.0.0/24" };
  let all: Alone<Network>["all"];
  let named: Alone<Network>["named"];
  let network: Network;

  before(async () => {
    ({
      all,
      named,
      component: network,
    } = await alone(
      () => new Network("network", { ...args, localZone, furtherServices: ["glue"] }),
    ));
  });

  it("gives each zone its own way out, so that none depends on another's", () => {
    const nats = all("aws:ec2/natGateway:NatGateway");
    assert.lengthOf(nats, 3);
    for (const letter of ["a", "b", "c"]) {
      const way = named(`network-way-out-private-${letter}`);
      assert.equal(way.inputs.natGatewayId, named(`network-nat-${letter}`).id);
      const nat = named(`network-nat-${letter}`);
      assert.equal(nat.inputs.subnetId, named(`network-public-${letter}`).id);
    }
  });

  it("keeps data without a way out", () => {
    const enclosed = ["a", "b", "c"].map((letter) => named(`network-routes-data-${letter}`).id);
    for (const { inputs } of all("aws:ec2/route:Route")) {
      assert.notInclude(enclosed, inputs.routeTableId);
    }
    assert.equal(
      named("network-route-data-b").inputs.subnetId,
      named("network-data-b").id,
      "and in its own table",
    );
  });

  it("places subnets by zone id, in the order that was given", () => {
    for (const [index, letter] of ["a", "b", "c"].entries()) {
      for (const kind of subnetKinds) {
        assert.equal(
          named(`network-${kind}-${letter}`).inputs.availabilityZoneId,
          args.zoneIds[index],
        );
      }
    }
    assert.lengthOf(network.routeTableIds, 6);
  });

  it("reaches AWS's services without the internet, and lets nobody else use the endpoints", () => {
    const services = all("aws:ec2/vpcEndpoint:VpcEndpoint").map(({ inputs }) => inputs.serviceName);
    for (const service of ["s3", "dynamodb", "secretsmanager", "ecr.dkr", "logs", "glue"]) {
      assert.include(services, `com.amazonaws.us-east-1.${service}`);
    }
    const rules = all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    assert.sameDeepMembers(
      rules.map(({ inputs }) => [inputs.cidrIpv4, inputs.toPort]),
      [
        [args.cidr, 443],
        [localZone.cidr, 443],
      ],
    );
    const [closed] = all("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    assert.deepEqual([closed?.inputs.ingress, closed?.inputs.egress], [[], []]);
  });

  it("takes a Local Zone as a block of its own", () => {
    assert.equal(named("network-local-zone").inputs.availabilityZone, localZone.name);
    assert.equal(named("network-local-zone-block").inputs.cidrBlock, localZone.cidr);
  });
});

const side = (region: string, vpcCidr: string) => ({
  region,
  vpcId: `vpc-${region}`,
  vpcCidr,
  routeTableIds: [1, 2, 3].map((number) => `rtb-${region}-${number}`),
  attachmentSubnetIds: [1, 2, 3].map((number) => `subnet-${region}-${number}`),
});

const linked = {
  here: side("us-west-2", "10.32.0.0/16"),
  peer: side("us-east-1", "10.16.0.0/16"),
};

describe("RegionLink", function () {
  this.timeout(30_000);

  for (const kind of ["vpc-peering", "transit-gateway"] as const) {
    it(`routes both regions to each other by ${kind}`, async () => {
      const make = () => new RegionLink("link", { kind, ...linked });
      const { all, named } = await alone(make, "us-west-2");
      const routes = all("aws:ec2/route:Route").map(({ inputs }) => [
        inputs.region,
        inputs.routeTableId,
        inputs.destinationCidrBlock,
      ]);
      const expected = [1, 2, 3].flatMap((number) => [
        ["us-west-2", `rtb-us-west-2-${number}`, "10.16.0.0/16"],
        ["us-east-1", `rtb-us-east-1-${number}`, "10.32.0.0/16"],
      ]);
      assert.sameDeepMembers(routes, expected);
      assert.equal(named("link-accepted").inputs.region, "us-east-1", "the peer accepts");
    });
  }
});
