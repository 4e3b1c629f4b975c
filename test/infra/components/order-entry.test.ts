import { assert } from "chai";
import { build } from "../edge-capture.ts";

const { OrderEntry } = await import("../../../infra/components/order-entry.ts");

describe("OrderEntry", function () {
  this.timeout(30_000);

  const entry = (clientCidrs?: string[]) =>
    build(
      () =>
        new OrderEntry("entry", {
          vpcId: "vpc",
          vpcCidr: "10.16.0.0/16",
          publicSubnetIds: ["a", "b", "c"],
          zoneNames: ["us-east-1a", "us-east-1b", "us-east-1c"],
          listenPort: 443,
          gatewayPort: 7080,
          isTlsAtGateway: true,
          alarmTopicArn: "arn:topic",
          ...(clientCidrs && { clientCidrs }),
        }),
    );

  it("keeps the clients' addresses: security groups, no TLS of its own", async () => {
    const { one } = await entry();
    const balancer = one("lb/loadBalancer");
    assert.deepEqual(balancer.inputs.securityGroups, [one("ec2/securityGroup").id]);
    assert.isTrue(balancer.inputs.enableDeletionProtection);
    assert.isTrue(balancer.isProtected);
    assert.equal(one("lb/listener").inputs.protocol, "TCP");
    assert.equal(one("lb/targetGroup").inputs.preserveClientIp, "true");
  });

  it("keeps zones apart, and one without a gateway out of DNS", async () => {
    const { outputs, one } = await entry();
    const balancer = one("lb/loadBalancer");
    assert.isFalse(balancer.inputs.enableCrossZoneLoadBalancing);
    assert.isTrue(balancer.inputs.enableZonalShift);
    const { targetGroupHealth } = one("lb/targetGroup").inputs;
    assert.equal(targetGroupHealth.dnsFailover.minimumHealthyTargetsCount, "1");
    assert.match(outputs.zoneDnsNames[1], /^us-east-1b\..+elb/);
  });

  it("finds a lost gateway within 10 s and lets its clients go", async () => {
    const { one } = await entry();
    const { healthCheck, ...targets } = one("lb/targetGroup").inputs;
    assert.isAtMost(healthCheck.interval * healthCheck.unhealthyThreshold, 10);
    assert.isBelow(healthCheck.timeout, healthCheck.interval);
    assert.equal(healthCheck.path, "/live", "a gateway is healthy without a primary");
    assert.equal(healthCheck.protocol, "HTTPS");
    assert.isTrue(targets.connectionTermination);
    assert.isTrue(targets.targetHealthStates[0].enableUnhealthyConnectionTermination);
  });

  it("tells of a zone without a gateway, also when it says nothing", async () => {
    const { all } = await entry();
    const alarms = all("cloudwatch/metricAlarm");
    assert.lengthOf(alarms, 3);
    for (const { inputs } of alarms) {
      assert.equal(inputs.treatMissingData, "breaching");
      assert.deepEqual(inputs.alarmActions, ["arn:topic"]);
    }
  });

  it("lets in whom it is told to, and out to the gateways only", async () => {
    const { all, one } = await entry(["192.0.2.0/24"]);
    const ingress = all("vpc/securityGroupIngressRule");
    assert.deepEqual(
      ingress.map(({ inputs }) => [inputs["cidrIpv4"], inputs.fromPort, inputs.toPort]),
      [["192.0.2.0/24", 443, 443]],
    );
    const egress = one("vpc/securityGroupEgressRule").inputs;
    assert.deepEqual(
      [egress.cidrIpv4, egress.fromPort, egress.toPort],
      ["10.16.0.0/16", 7080, 7080],
    );
  });
});
