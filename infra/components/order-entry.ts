// OrderEntry: the network balancer that clients reach, by the accelerator or by its name. TCP from end to end:
// a listener that ended TLS would hide the clients' addresses, and so would a balancer without
// security groups, which cannot be given any later. Zones stand alone (no cross-zone): a zone without
// a living gateway leaves DNS. A gateway is healthy as long as it lives, whichever engine is primary or none:
// no failover waits for the balancer, and ECS, which replaces what is unhealthy here, leaves it alone.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { livenessPath } from "../names.ts";

export interface OrderEntryArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  readonly publicSubnetIds: readonly pulumi.Input<string>[];
  /** Names of the zones of those subnets, in their order. */
  readonly zoneNames: readonly pulumi.Input<string>[];
  readonly listenPort: number;
  /** The gateways' public port, and whether they end TLS there. */
  readonly gatewayPort: number;
  readonly isTlsAtGateway: boolean;
  /** Who may connect; everybody where absent, as an exchange is public. */
  readonly clientCidrs?: readonly string[];
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** Two failed checks, 5 s apart, are the least that AWS allows; an answer must come before the next. */
const checkIntervalSeconds = 5;
const checkCount = 2;

export class OrderEntry extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly arnSuffix: pulumi.Output<string>;
  readonly dnsName: pulumi.Output<string>;
  readonly zoneId: pulumi.Output<string>;
  readonly targetGroupArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** The balancer's name in each zone, in the order of the zones. */
  readonly zoneDnsNames: pulumi.Output<string>[];
  /** One a zone: it has no healthy gateway. */
  readonly alarmArns: pulumi.Output<string>[];
  readonly #name: string;
  readonly #args: OrderEntryArgs;

  constructor(name: string, args: OrderEntryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:OrderEntry", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const group = this.#securityGroup();
    const balancer = this.#balancer(group);
    const targets = this.#targetGroup();
    const listener = this.#listener(balancer, targets);
    this.arn = balancer.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.dnsName = balancer.dnsName;
    this.zoneId = balancer.zoneId;
    this.securityGroupId = group.id;
    // Through the listener: a service may register only once the group belongs to a balancer.
    this.targetGroupArn = listener.defaultActions.apply(() => targets.arn);
    this.zoneDnsNames = args.zoneNames.map(
      (zone) => pulumi.interpolate`${zone}.${balancer.dnsName}`,
    );
    this.alarmArns = args.zoneNames.map((zone, index) =>
      this.#alarm(zone, index, balancer, targets),
    );
    this.registerOutputs({
      arn: this.arn,
      dnsName: this.dnsName,
      targetGroupArn: this.targetGroupArn,
      securityGroupId: this.securityGroupId,
      zoneDnsNames: this.zoneDnsNames,
    });
  }

  #securityGroup(): aws.ec2.SecurityGroup {
    const { vpcId, vpcCidr, listenPort, gatewayPort, clientCidrs = ["0.0.0.0/0"] } = this.#args;
    const group = new aws.ec2.SecurityGroup(
      `${this.#name}-access`,
      { vpcId, description: "Order entry: clients in, gateways out" },
      { parent: this },
    );
    clientCidrs.forEach((cidrIpv4, index) => {
      new aws.vpc.SecurityGroupIngressRule(
        `${this.#name}-clients-${index}`,
        {
          securityGroupId: group.id,
          description: "Clients, and the checkers of Route 53",
          ipProtocol: "tcp",
          fromPort: listenPort,
          toPort: listenPort,
          cidrIpv4,
        },
        { parent: this },
      );
    });
    new aws.vpc.SecurityGroupEgressRule(
      `${this.#name}-gateways`,
      {
        securityGroupId: group.id,
        description: "Gateways",
        ipProtocol: "tcp",
        fromPort: gatewayPort,
        toPort: gatewayPort,
        cidrIpv4: vpcCidr,
      },
      { parent: this },
    );
    return group;
  }

  #balancer(group: aws.ec2.SecurityGroup): aws.lb.LoadBalancer {
    return new aws.lb.LoadBalancer(
      `${this.#name}-nlb`,
      {
        loadBalancerType: "network",
        internal: false,
        ipAddressType: "ipv4",
        securityGroups: [group.id],
        subnets: [...this.#args.publicSubnetIds],
        enableCrossZoneLoadBalancing: false,
        enableZonalShift: true,
        enableDeletionProtection: true,
        // A zone that lost its power is left, as AWS would: an experiment shifts it away.
        tags: { AzImpairmentPower: "RecoverAutoshiftResources" },
      },
      { parent: this, protect: true },
    );
  }

  #targetGroup(): aws.lb.TargetGroup {
    const { vpcId, gatewayPort, isTlsAtGateway } = this.#args;
    return new aws.lb.TargetGroup(
      `${this.#name}-tg`,
      {
        vpcId,
        targetType: "ip",
        protocol: "TCP",
        port: gatewayPort,
        preserveClientIp: "true",
        // A gateway that leaves has answered what it had; its clients have a second connection.
        deregistrationDelay: 5,
        connectionTermination: true,
        healthCheck: {
          protocol: isTlsAtGateway ? "HTTPS" : "HTTP",
          path: livenessPath,
          port: "traffic-port",
          matcher: "200",
          interval: checkIntervalSeconds,
          timeout: checkIntervalSeconds - 1,
          healthyThreshold: checkCount,
          unhealthyThreshold: checkCount,
        },
        // Clients of a gateway that is cut off shall not wait for their own timeout.
        targetHealthStates: [
          { enableUnhealthyConnectionTermination: true, unhealthyDrainingInterval: 0 },
        ],
        targetGroupHealth: {
          dnsFailover: { minimumHealthyTargetsCount: "1" },
          unhealthyStateRouting: { minimumHealthyTargetsCount: 1 },
        },
      },
      { parent: this },
    );
  }

  #listener(balancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup): aws.lb.Listener {
    return new aws.lb.Listener(
      `${this.#name}-listener`,
      {
        loadBalancerArn: balancer.arn,
        protocol: "TCP",
        port: this.#args.listenPort,
        // Silent streams are common at night, and a client's ping comes every 3 minutes.
        tcpIdleTimeoutSeconds: 600,
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
      },
      { parent: this },
    );
  }

  #alarm(
    zone: pulumi.Input<string>,
    index: number,
    balancer: aws.lb.LoadBalancer,
    targets: aws.lb.TargetGroup,
  ): pulumi.Output<string> {
    return new aws.cloudwatch.MetricAlarm(
      `${this.#name}-zone-${"abc"[index]}`,
      {
        alarmDescription: "A zone has no healthy gateway: its clients are at the other two",
        namespace: "AWS/NetworkELB",
        metricName: "HealthyHostCount",
        dimensions: {
          LoadBalancer: balancer.arnSuffix,
          TargetGroup: targets.arnSuffix,
          AvailabilityZone: zone,
        },
        statistic: "Minimum",
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        period: 60,
        evaluationPeriods: 1,
        treatMissingData: "breaching",
        alarmActions: [this.#args.alarmTopicArn],
        okActions: [this.#args.alarmTopicArn],
      },
      { parent: this },
    ).arn;
  }
}
