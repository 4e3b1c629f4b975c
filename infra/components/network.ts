// Network: a VPC over three zones, by zone id, for their letters differ between accounts. Four kinds of
// subnets: public (balancers, NAT), service (tasks, endpoints), engine, data. A zone's way out is a
// NAT of its own, so that no zone's loss takes another one's way. Data subnets have no way out at all.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "./log-group.ts";
import { planSubnets, type SubnetKind } from "./subnet-plan.ts";
import { serviceRole } from "./trust.ts";

export interface NetworkArgs {
  readonly cidr: string;
  /** By zone, a to c. */
  readonly zoneIds: readonly string[];
  readonly region: string;
  readonly flowLogRetentionDays: number;
  readonly logKeyArn: pulumi.Input<string>;
  /** Asked beside those of `endpointServices`; each is paid for by zone and hour. */
  readonly furtherServices?: readonly string[];
  /** A Local Zone for a further follower: a network of its own, added to the VPC. */
  readonly localZone?: { readonly name: string; readonly cidr: string } | undefined;
}

/** What private subnets call without leaving AWS's network: what starts, reads secrets, logs and reports. */
const endpointServices = [
  "ec2",
  "ec2messages",
  "ecr.api",
  "ecr.dkr",
  "kms",
  "logs",
  "monitoring",
  "secretsmanager",
  "ssm",
  "ssmmessages",
  "sts",
] as const;

const letters = ["a", "b", "c"] as const;

interface ZoneRoutes {
  readonly public: aws.ec2.RouteTable;
  readonly private: readonly aws.ec2.RouteTable[];
  readonly data: readonly aws.ec2.RouteTable[];
}

export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: string;
  readonly publicSubnetIds: readonly pulumi.Output<string>[];
  readonly serviceSubnetIds: readonly pulumi.Output<string>[];
  readonly engineSubnetIds: readonly pulumi.Output<string>[];
  readonly dataSubnetIds: readonly pulumi.Output<string>[];
  /** By zone, a to c. */
  readonly zoneNames: readonly pulumi.Output<string>[];
  /** Of all subnets that may speak to the other region. */
  readonly routeTableIds: readonly pulumi.Output<string>[];
  readonly endpointSecurityGroupId: pulumi.Output<string>;
  /** Networks by kind, in the order of the zones. */
  readonly plan: ReturnType<typeof planSubnets>;
  readonly localZoneSubnetId: pulumi.Output<string> | undefined;

  private readonly name: string;
  private readonly args: NetworkArgs;
  private readonly vpc: aws.ec2.Vpc;

  constructor(name: string, args: NetworkArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Network", name, {}, options);
    this.name = name;
    this.args = args;
    this.plan = planSubnets(args.cidr);
    this.zoneNames = args.zoneIds.map(
      (zoneId) => aws.getAvailabilityZoneOutput({ zoneId }, { parent: this }).name,
    );
    this.vpc = this.emptyVpc();
    const subnets = {
      public: this.subnets("public"),
      service: this.subnets("service"),
      engine: this.subnets("engine"),
      data: this.subnets("data"),
    };
    const routes = this.routes(subnets);
    this.endpointSecurityGroupId = this.endpoints(subnets.service, routes);
    this.flowLog();
    this.localZoneSubnetId = this.localZone(routes);

    this.vpcId = this.vpc.id;
    this.vpcCidr = args.cidr;
    this.publicSubnetIds = subnets.public.map(({ id }) => id);
    this.serviceSubnetIds = subnets.service.map(({ id }) => id);
    this.engineSubnetIds = subnets.engine.map(({ id }) => id);
    this.dataSubnetIds = subnets.data.map(({ id }) => id);
    this.routeTableIds = [...routes.private, ...routes.data].map(({ id }) => id);
    this.registerOutputs({ vpcId: this.vpcId, routeTableIds: this.routeTableIds });
  }

  private emptyVpc(): aws.ec2.Vpc {
    const { name, args } = this;
    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      {
        cidrBlock: args.cidr,
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: { Name: name },
      },
      { parent: this },
    );
    // Adopted and emptied: what names no group of its own reaches nothing.
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default-group`,
      { vpcId: vpc.id, ingress: [], egress: [] },
      { parent: this },
    );
    return vpc;
  }

  private subnets(kind: SubnetKind): aws.ec2.Subnet[] {
    const { name, args, vpc } = this;
    return args.zoneIds.map(
      (availabilityZoneId, zone) =>
        new aws.ec2.Subnet(
          `${name}-${kind}-${letters[zone]}`,
          {
            vpcId: vpc.id,
            availabilityZoneId,
            cidrBlock: this.plan[kind][zone] ?? "",
            tags: {
              Name: `${name}-${kind}-${letters[zone]}`,
              // A zone that lost its power is silent: an experiment takes its subnets from it.
              AzImpairmentPower: "DisruptSubnet",
              ...(kind === "public" ? { "kubernetes.io/role/elb": "1" } : {}),
              ...(kind === "service" ? { "kubernetes.io/role/internal-elb": "1" } : {}),
            },
          },
          { parent: this },
        ),
    );
  }

  private routes(subnets: Readonly<Record<SubnetKind, readonly aws.ec2.Subnet[]>>): ZoneRoutes {
    const { name, vpc } = this;
    const parent = { parent: this };
    const gateway = new aws.ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id }, parent);
    const outside = this.routeTable("public", { gatewayId: gateway.id });
    this.associate("public", outside, subnets.public);
    const inner: aws.ec2.RouteTable[] = [];
    const data: aws.ec2.RouteTable[] = [];
    for (const [zone, letter] of letters.entries()) {
      const address = new aws.ec2.Eip(
        `${name}-nat-address-${letter}`,
        { domain: "vpc", tags: { Name: `${name}-nat-${letter}` } },
        parent,
      );
      const nat = new aws.ec2.NatGateway(
        `${name}-nat-${letter}`,
        { allocationId: address.id, subnetId: idAt(subnets.public, zone) },
        { parent: this, dependsOn: [gateway] },
      );
      const table = this.routeTable(`private-${letter}`, { natGatewayId: nat.id });
      this.associate(`service-${letter}`, table, subnets.service.slice(zone, zone + 1));
      this.associate(`engine-${letter}`, table, subnets.engine.slice(zone, zone + 1));
      inner.push(table);
      const enclosed = this.routeTable(`data-${letter}`);
      this.associate(`data-${letter}`, enclosed, subnets.data.slice(zone, zone + 1));
      data.push(enclosed);
    }
    return { public: outside, private: inner, data };
  }

  private routeTable(
    kind: string,
    wayOut?: {
      readonly gatewayId?: pulumi.Input<string>;
      readonly natGatewayId?: pulumi.Input<string>;
    },
  ): aws.ec2.RouteTable {
    const table = new aws.ec2.RouteTable(
      `${this.name}-routes-${kind}`,
      { vpcId: this.vpc.id, tags: { Name: `${this.name}-${kind}` } },
      { parent: this },
    );
    if (wayOut !== undefined) {
      new aws.ec2.Route(
        `${this.name}-way-out-${kind}`,
        { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...wayOut },
        { parent: this },
      );
    }
    return table;
  }

  private associate(
    kind: string,
    table: aws.ec2.RouteTable,
    subnets: readonly aws.ec2.Subnet[],
  ): void {
    for (const [index, subnet] of subnets.entries()) {
      new aws.ec2.RouteTableAssociation(
        `${this.name}-route-${kind}${subnets.length > 1 ? `-${letters[index]}` : ""}`,
        { routeTableId: table.id, subnetId: subnet.id },
        { parent: this },
      );
    }
  }

  private endpoints(subnets: readonly aws.ec2.Subnet[], routes: ZoneRoutes): pulumi.Output<string> {
    const { name, args, vpc } = this;
    const parent = { parent: this };
    for (const service of ["s3", "dynamodb"]) {
      new aws.ec2.VpcEndpoint(
        `${name}-endpoint-${service}`,
        {
          vpcId: vpc.id,
          serviceName: `com.amazonaws.${args.region}.${service}`,
          vpcEndpointType: "Gateway",
          routeTableIds: [...routes.private, ...routes.data].map(({ id }) => id),
        },
        parent,
      );
    }
    const group = new aws.ec2.SecurityGroup(
      `${name}-endpoints`,
      { vpcId: vpc.id, description: "AWS services, asked from within the VPC", egress: [] },
      parent,
    );
    const { cidr, localZone } = args;
    const networks = { vpc: cidr, ...(localZone && { "local-zone": localZone.cidr }) };
    for (const [side, cidrIpv4] of Object.entries(networks)) {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-endpoints-from-${side}`,
        { securityGroupId: group.id, cidrIpv4, ipProtocol: "tcp", fromPort: 443, toPort: 443 },
        parent,
      );
    }
    for (const service of [...endpointServices, ...(args.furtherServices ?? [])]) {
      new aws.ec2.VpcEndpoint(
        `${name}-endpoint-${service.replace(".", "-")}`,
        {
          vpcId: vpc.id,
          serviceName: `com.amazonaws.${args.region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: subnets.map(({ id }) => id),
          securityGroupIds: [group.id],
        },
        parent,
      );
    }
    return group.id;
  }

  private flowLog(): void {
    const { name, args, vpc } = this;
    const group = logGroup(
      `${name}-flows`,
      { keyArn: args.logKeyArn, retentionDays: args.flowLogRetentionDays },
      { parent: this },
    );
    const role = serviceRole(
      `${name}-flow-writer`,
      {
        service: "vpc-flow-logs.amazonaws.com",
        statements: [
          {
            Effect: "Allow",
            Action: [
              "logs:CreateLogStream",
              "logs:PutLogEvents",
              "logs:DescribeLogStreams",
              "logs:DescribeLogGroups",
            ],
            Resource: [group.arn, pulumi.interpolate`${group.arn}:*`],
          },
        ],
      },
      { parent: this },
    );
    new aws.ec2.FlowLog(
      `${name}-flow-log`,
      {
        vpcId: vpc.id,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: group.arn,
        iamRoleArn: role.arn,
        maxAggregationInterval: 60,
      },
      { parent: this },
    );
  }

  /** The Local Zone hangs on the VPC by its own block; its way out is zone a's. */
  private localZone(routes: ZoneRoutes): pulumi.Output<string> | undefined {
    const { name, args, vpc } = this;
    if (args.localZone === undefined) return undefined;
    const block = new aws.ec2.VpcIpv4CidrBlockAssociation(
      `${name}-local-zone-block`,
      { vpcId: vpc.id, cidrBlock: args.localZone.cidr },
      { parent: this },
    );
    const subnet = new aws.ec2.Subnet(
      `${name}-local-zone`,
      {
        vpcId: vpc.id,
        availabilityZone: args.localZone.name,
        cidrBlock: args.localZone.cidr,
        tags: { Name: `${name}-local-zone` },
      },
      { parent: this, dependsOn: [block] },
    );
    this.associate("local-zone", elementAt(routes.private, 0), [subnet]);
    return subnet.id;
  }
}

function elementAt<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`there is no element ${index} of ${list.length}`);
  return found;
}

const idAt = (resources: readonly aws.ec2.Subnet[], index: number): pulumi.Output<string> =>
  elementAt(resources, index).id;
