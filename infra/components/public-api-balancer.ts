// PublicApiBalancer: the application balancer that spreads HTTP and WebSocket over gateways and services. It ends
// TLS (1.2 and newer), stands behind the firewall, and logs. Where the REST API is in front it is
// internal, and only the API's link reaches it. Gateways are healthy as long as they live:
// ECS replaces what is unhealthy here.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { livenessPath } from "../names.ts";
import { balancerPrefix } from "./access-logs.ts";

export interface ServiceRoute {
  /** Of /castle/v1/users and everything below it: `/castle/v1/users*`. */
  readonly pathPatterns: readonly string[];
  readonly port: number;
}

export interface PublicApiBalancerArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  /** Three: public ones, or service subnets where it is internal. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly isInternal: boolean;
  readonly certificateArn: pulumi.Input<string>;
  readonly gatewayPort: number;
  readonly isTlsAtGateway: boolean;
  /** Services beside the gateways, by a short label. */
  readonly services?: Readonly<Record<string, ServiceRoute>>;
  /**
   * Stage of the REST API in front. By AWS's word its name may come as the first part of the path (API Gateway's
   * guide, private integrations): it is taken off where it does.
   */
  readonly stageName?: string;
  readonly accessLogBucket: pulumi.Input<string>;
  /** Left out where the firewall stands at the API in front. */
  readonly webAclArn?: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
const publicPort = 443;
/** After those of all services, which begin at 10. */
const lastPriority = 1_000;

const withoutFirst = (part: string) => ({
  type: "url-rewrite",
  urlRewriteConfig: { rewrite: { regex: `^/${part}/(.*)$`, replace: "/$1" } },
});

export class PublicApiBalancer extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly arnSuffix: pulumi.Output<string>;
  readonly dnsName: pulumi.Output<string>;
  readonly zoneId: pulumi.Output<string>;
  readonly listenerArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly gatewayTargetGroupArn: pulumi.Output<string>;
  /** By the label of the service. */
  readonly serviceTargetGroupArns: Readonly<Record<string, pulumi.Output<string>>>;
  /** Clients get errors from the targets. */
  readonly alarmArn: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: PublicApiBalancerArgs;

  constructor(name: string, args: PublicApiBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:PublicApiBalancer", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const group = this.#securityGroup();
    const balancer = this.#balancer(group);
    const gateways = this.#targetGroup("gateways", {
      port: args.gatewayPort,
      protocol: args.isTlsAtGateway ? "HTTPS" : "HTTP",
    });
    const listener = this.#listener(balancer, gateways);
    const services = Object.entries(args.services ?? {}).map(([label, route], index) => {
      return [label, this.#service(label, route, index, listener)] as const;
    });
    if (args.stageName !== undefined) {
      this.#rule("staged", lastPriority, [`/${args.stageName}/*`], { listener, targets: gateways });
    }
    if (args.webAclArn !== undefined) {
      new aws.wafv2.WebAclAssociation(
        `${name}-firewall`,
        { resourceArn: balancer.arn, webAclArn: args.webAclArn },
        { parent: this },
      );
    }
    this.arn = balancer.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.dnsName = balancer.dnsName;
    this.zoneId = balancer.zoneId;
    this.listenerArn = listener.arn;
    this.securityGroupId = group.id;
    // Through the listener: a service may register only once the group belongs to a balancer.
    this.gatewayTargetGroupArn = listener.arn.apply(() => gateways.arn);
    this.serviceTargetGroupArns = Object.fromEntries(services);
    this.alarmArn = this.#alarm(balancer);
    this.registerOutputs({
      arn: this.arn,
      dnsName: this.dnsName,
      listenerArn: this.listenerArn,
      gatewayTargetGroupArn: this.gatewayTargetGroupArn,
      serviceTargetGroupArns: this.serviceTargetGroupArns,
    });
  }

  #securityGroup(): aws.ec2.SecurityGroup {
    const { vpcId, vpcCidr, isInternal, gatewayPort, services = {} } = this.#args;
    const group = new aws.ec2.SecurityGroup(
      `${this.#name}-access`,
      { vpcId, description: "Public API: clients in, gateways and services out" },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${this.#name}-clients`,
      {
        securityGroupId: group.id,
        description: isInternal ? "The link of the REST API" : "Clients",
        ipProtocol: "tcp",
        fromPort: publicPort,
        toPort: publicPort,
        cidrIpv4: isInternal ? vpcCidr : "0.0.0.0/0",
      },
      { parent: this },
    );
    const ports = new Set([gatewayPort, ...Object.values(services).map(({ port }) => port)]);
    for (const port of ports) {
      new aws.vpc.SecurityGroupEgressRule(
        `${this.#name}-targets-${port}`,
        {
          securityGroupId: group.id,
          description: "Gateways and services",
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
          cidrIpv4: vpcCidr,
        },
        { parent: this },
      );
    }
    return group;
  }

  #balancer(group: aws.ec2.SecurityGroup): aws.lb.LoadBalancer {
    const { isInternal, subnetIds, accessLogBucket } = this.#args;
    return new aws.lb.LoadBalancer(
      `${this.#name}-alb`,
      {
        loadBalancerType: "application",
        internal: isInternal,
        securityGroups: [group.id],
        subnets: [...subnetIds],
        enableDeletionProtection: true,
        enableZonalShift: true,
        enableHttp2: true,
        dropInvalidHeaderFields: true,
        desyncMitigationMode: "strictest",
        // Longer than the pause between a stream's pings, or silent streams would be cut.
        idleTimeout: 300,
        // A zone that lost its power is left, as AWS would: an experiment shifts it away.
        tags: { AzImpairmentPower: "RecoverAutoshiftResources" },
        accessLogs: { enabled: true, bucket: accessLogBucket, prefix: balancerPrefix },
      },
      { parent: this, protect: true },
    );
  }

  #targetGroup(
    label: string,
    { port, protocol }: { readonly port: number; readonly protocol: "HTTP" | "HTTPS" },
  ): aws.lb.TargetGroup {
    return new aws.lb.TargetGroup(
      `${this.#name}-${label}`,
      {
        vpcId: this.#args.vpcId,
        targetType: "ip",
        protocol,
        port,
        deregistrationDelay: 5,
        loadBalancingAlgorithmType: "least_outstanding_requests",
        healthCheck: {
          protocol,
          path: livenessPath,
          port: "traffic-port",
          matcher: "200",
          interval: 5,
          timeout: 4,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
      },
      { parent: this },
    );
  }

  #listener(balancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup): aws.lb.Listener {
    // No listener on port 80: a client that signs requests must not send them in the clear once.
    return new aws.lb.Listener(
      `${this.#name}-listener`,
      {
        loadBalancerArn: balancer.arn,
        protocol: "HTTPS",
        port: publicPort,
        sslPolicy: tlsPolicy,
        certificateArn: this.#args.certificateArn,
        routingHttpResponseServerEnabled: false,
        routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000",
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
      },
      { parent: this },
    );
  }

  #service(
    label: string,
    { pathPatterns, port }: ServiceRoute,
    index: number,
    listener: aws.lb.Listener,
  ): pulumi.Output<string> {
    const targets = this.#targetGroup(label, { port, protocol: "HTTP" });
    const { stageName } = this.#args;
    const staged = stageName === undefined ? [] : pathPatterns.map((one) => `/${stageName}${one}`);
    const patterns = [...pathPatterns, ...staged];
    const rule = this.#rule(`${label}-rule`, (index + 1) * 10, patterns, { listener, targets });
    return rule.arn.apply(() => targets.arn);
  }

  #rule(
    label: string,
    priority: number,
    values: string[],
    { listener, targets }: { listener: aws.lb.Listener; targets: aws.lb.TargetGroup },
  ): aws.lb.ListenerRule {
    const { stageName } = this.#args;
    return new aws.lb.ListenerRule(
      `${this.#name}-${label}`,
      {
        listenerArn: listener.arn,
        priority,
        conditions: [{ pathPattern: { values } }],
        actions: [{ type: "forward", targetGroupArn: targets.arn }],
        // What does not match is passed on as it came.
        ...(stageName === undefined ? {} : { transforms: [withoutFirst(stageName)] }),
      },
      { parent: this },
    );
  }

  #alarm(balancer: aws.lb.LoadBalancer): pulumi.Output<string> {
    return new aws.cloudwatch.MetricAlarm(
      `${this.#name}-errors`,
      {
        alarmDescription: "Gateways or services answer with errors",
        namespace: "AWS/ApplicationELB",
        metricName: "HTTPCode_Target_5XX_Count",
        dimensions: { LoadBalancer: balancer.arnSuffix },
        statistic: "Sum",
        comparisonOperator: "GreaterThanThreshold",
        threshold: 50,
        period: 60,
        evaluationPeriods: 2,
        // Nothing is sent where there was no error.
        treatMissingData: "notBreaching",
        alarmActions: [this.#args.alarmTopicArn],
      },
      { parent: this },
    ).arn;
  }
}
