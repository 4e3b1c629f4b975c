// MatchingEngines: engine 1 in zone a, engine 2 in zone b, each alone in its own cluster placement group with
// capacity reserved in it, started again by its own group of one. An engine's address is an interface
// that outlives its instance, so the exchange's configuration never changes. A new bundle replaces nothing
// by itself: the operator refreshes the standby's group, hands over, refreshes the other.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { bundleKey } from "./archive-prefixes.ts";
import {
  certificateStatements,
  fitFacts,
  type Host,
  type MatchingEnginesArgs,
  networksOf,
} from "./engine-host.ts";
import { agentStatements, renderUserData } from "./engine-user-data.ts";
import { ports } from "./exchange-config.ts";
import { logGroup } from "./log-group.ts";
import { addressIn } from "./subnet-plan.ts";
import { serviceRole } from "./trust.ts";

/** Resolved at each start of an instance: the newest image that AWS has. */
const imageParameter =
  "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64";

/** Within an engine's subnet: the same number in all stacks, so that the other region knows it unasked. */
const addressNumber = 6;

/** Fixed, whatever has been deployed: from the engine subnets' networks alone. */
export function engineAddressesIn(engineSubnetCidrs: readonly string[]): string[] {
  return engineSubnetCidrs.slice(0, 2).map((cidr) => addressIn(cidr, addressNumber));
}

export class MatchingEngines extends pulumi.ComponentResource {
  readonly securityGroupId: pulumi.Output<string>;
  readonly engineAddresses: readonly string[];
  readonly groupNames: readonly pulumi.Output<string>[];
  readonly groupArns: readonly pulumi.Output<string>[];
  readonly roleArn: pulumi.Output<string>;

  private readonly name: string;
  private readonly args: MatchingEnginesArgs;
  private readonly bundle: aws.s3.BucketObjectv2;
  private readonly logGroup: aws.cloudwatch.LogGroup;
  private readonly profile: aws.iam.InstanceProfile;

  /** @throws InfraError INSTANCE_TYPE_UNFIT */
  constructor(
    name: string,
    args: MatchingEnginesArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:MatchingEngines", name, {}, options);
    this.name = name;
    this.args = args;
    this.engineAddresses = engineAddressesIn(args.engineSubnetCidrs);
    this.securityGroupId = this.securityGroup();
    this.bundle = this.bundleObject();
    this.logGroup = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      { parent: this },
    );
    const interfaces = this.engineAddresses.map((address, index) => this.interface(index, address));
    const role = this.role(interfaces);
    this.roleArn = role.arn;
    this.profile = new aws.iam.InstanceProfile(
      `${name}-profile`,
      { role: role.name },
      { parent: this },
    );
    const engines = interfaces.map((one, index) => this.group(this.engineHost(index, one.id)));
    const near = this.localHost();
    const groups = [...engines, ...(near === undefined ? [] : [this.group(near)])];
    this.groupNames = groups.map((group) => group.name);
    this.groupArns = groups.map((group) => group.arn);
    this.registerOutputs({ engineAddresses: this.engineAddresses, groupNames: this.groupNames });
  }

  private securityGroup(): pulumi.Output<string> {
    const { name, args } = this;
    const parent = { parent: this };
    const { id: securityGroupId } = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "Matching engines", egress: [] },
      parent,
    );
    const { engineLink, engineStatus } = ports;
    for (const [side, cidrIpv4] of Object.entries(networksOf(args))) {
      // Links by TCP, beats by UDP on the same number; status and operators' routes beside it.
      for (const [ipProtocol, toPort] of [
        ["tcp", engineStatus],
        ["udp", engineLink],
      ] as const) {
        new aws.vpc.SecurityGroupIngressRule(
          `${name}-${ipProtocol}-from-${side}`,
          { securityGroupId, cidrIpv4, ipProtocol, fromPort: engineLink, toPort },
          parent,
        );
      }
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-to-${side}`,
        { securityGroupId, cidrIpv4, ipProtocol: "-1" },
        parent,
      );
    }
    // AWS's services and package mirrors.
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-to-services`,
      { securityGroupId, cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort: 443, toPort: 443 },
      parent,
    );
    return securityGroupId;
  }

  private bundleObject(): aws.s3.BucketObjectv2 {
    const { name, args } = this;
    return new aws.s3.BucketObjectv2(
      `${name}-bundle`,
      {
        bucket: args.bundleBucket,
        key: bundleKey(args.region, name),
        source: args.engineBundle,
        serverSideEncryption: "aws:kms",
        kmsKeyId: args.dataKeyArn,
      },
      { parent: this },
    );
  }

  private interface(index: number, address: string): aws.ec2.NetworkInterface {
    const node = `engine-${index + 1}`;
    return new aws.ec2.NetworkInterface(
      `${this.name}-address-${index + 1}`,
      {
        subnetId: elementAt(this.args.engineSubnetIds, index),
        privateIps: [address],
        securityGroups: [this.securityGroupId],
        description: `The fixed address of ${node}`,
        tags: { Name: node },
      },
      { parent: this },
    );
  }

  private role(interfaces: readonly aws.ec2.NetworkInterface[]): aws.iam.Role {
    const { name, args, bundle } = this;
    const account = aws.getCallerIdentityOutput({}, { parent: this }).accountId;
    const role = serviceRole(
      `${name}-host`,
      {
        service: "ec2.amazonaws.com",
        statements: [
          {
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:GetObjectVersion"],
            Resource: bundle.arn,
          },
          { Effect: "Allow", Action: ["kms:Decrypt"], Resource: args.dataKeyArn },
          {
            Effect: "Allow",
            Action: ["secretsmanager:GetSecretValue"],
            Resource: args.secrets.map(({ arn }) => arn),
          },
          ...certificateStatements(args),
          {
            Effect: "Allow",
            Action: ["ec2:AttachNetworkInterface"],
            Resource: interfaces.map(({ arn }) => arn),
          },
          {
            Effect: "Allow",
            Action: ["ec2:AttachNetworkInterface"],
            // Which instance it is nobody knows before it starts.
            Resource: pulumi.interpolate`arn:aws:ec2:${args.region}:${account}:instance/*`,
            Condition: { StringEquals: { "aws:ResourceTag/castle-part": name } },
          },
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            Resource: [this.logGroup.arn, pulumi.interpolate`${this.logGroup.arn}:*`],
          },
          ...agentStatements(args.region),
        ],
      },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-host-sessions`,
      { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" },
      { parent: this },
    );
    return role;
  }

  private engineHost(index: number, interfaceId: pulumi.Output<string>): Host {
    const { name, args } = this;
    const { config } = args;
    const number = index + 1;
    const placementGroup = new aws.ec2.PlacementGroup(
      `${name}-rack-${number}`,
      { strategy: "cluster", tags: { Name: `${name}-${number}` } },
      { parent: this },
    );
    const isSpot = config.isStandbySpot && index === 1;
    const reservation =
      config.hasCapacityReservations && !isSpot
        ? new aws.ec2.CapacityReservation(
            `${name}-capacity-${number}`,
            {
              availabilityZone: elementAt(args.zoneNames, index),
              instanceType: config.instanceType,
              instancePlatform: "Linux/UNIX",
              instanceCount: 1,
              instanceMatchCriteria: "targeted",
              endDateType: "unlimited",
              placementGroupArn: placementGroup.arn,
              tags: { Name: `${name}-${number}` },
            },
            { parent: this },
          )
        : undefined;
    return {
      name: String(number),
      node: `engine-${number}`,
      unit: "castle-engine",
      instanceType: config.instanceType,
      facts: fitFacts(config.instanceType, config.networkInterface),
      subnetId: elementAt(args.engineSubnetIds, index),
      isSpot,
      interfaceId,
      placementGroup,
      ...(reservation === undefined ? {} : { reservation }),
    };
  }

  /** A gateway near customers, which follows the journal from there. */
  private localHost(): Host | undefined {
    const { config, localZoneSubnetId } = this.args;
    if (config.localZone === undefined || localZoneSubnetId === undefined) return undefined;
    const { instanceType } = config.localZone;
    return {
      name: "local-zone",
      node: "gateway-l",
      unit: "castle-gateway",
      instanceType,
      facts: fitFacts(instanceType, "ena"),
      subnetId: localZoneSubnetId,
      isSpot: false,
    };
  }

  private group(host: Host): aws.autoscaling.Group {
    const { name, args } = this;
    const template = this.template(host);
    const group = new aws.autoscaling.Group(
      `${name}-${host.name}`,
      {
        minSize: 1,
        maxSize: 1,
        desiredCapacity: 1,
        vpcZoneIdentifiers: [host.subnetId],
        ...(host.placementGroup === undefined ? {} : { placementGroup: host.placementGroup.id }),
        launchTemplate: {
          id: template.id,
          version: template.latestVersion.apply((version) => `${version}`),
        },
        // Its address is free only when the instance before is gone.
        instanceMaintenancePolicy: { minHealthyPercentage: 0, maxHealthyPercentage: 100 },
        healthCheckType: "EC2",
        healthCheckGracePeriod: 300,
        enabledMetrics: ["GroupInServiceInstances"],
        waitForCapacityTimeout: "0",
        tags: [
          { key: "Name", value: host.node, propagateAtLaunch: true },
          { key: "AzImpairmentPower", value: "IceAsg", propagateAtLaunch: false },
        ],
      },
      { parent: this },
    );
    alarm(
      `${name}-${host.name}-alive`,
      {
        description: `${host.node} has no instance. The exchange goes on with the other members; look at its group's activity.`,
        namespace: "AWS/AutoScaling",
        metricName: "GroupInServiceInstances",
        dimensions: { AutoScalingGroupName: group.name },
        statistic: "Minimum",
        periodSeconds: 60,
        periods: 2,
        when: "<",
        threshold: 1,
        silence: "breaching",
        topicArn: args.alarmTopicArn,
      },
      { parent: this },
    );
    return group;
  }

  private template(host: Host): aws.ec2.LaunchTemplate {
    const { name, args } = this;
    const { config } = args;
    const { facts } = host;
    // Stopped like its zone, and not started again as long as that is without power.
    const tags = { "castle-part": name, AzImpairmentPower: "IceAsg" };
    return new aws.ec2.LaunchTemplate(
      `${name}-${host.name}-template`,
      {
        imageId: imageParameter,
        instanceType: host.instanceType,
        iamInstanceProfile: { arn: this.profile.arn },
        userData: this.userData(host).apply((text) => Buffer.from(text).toString("base64")),
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          httpPutResponseHopLimit: 1,
        },
        monitoring: { enabled: true },
        ebsOptimized: "true",
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: {
              volumeSize: facts.nvmeCount === 0 ? 200 : 30,
              volumeType: "gp3",
              encrypted: "true",
              kmsKeyId: args.dataKeyArn,
              deleteOnTermination: "true",
            },
          },
        ],
        networkInterfaces: [
          {
            deviceIndex: 0,
            securityGroups: [this.securityGroupId],
            deleteOnTermination: "true",
            ...(config.networkInterface === "efa" && facts.hasEfa ? { interfaceType: "efa" } : {}),
          },
        ],
        // Metal has no processor options: there the kernel is told.
        ...(config.isHyperThreadingOff && !facts.isMetal
          ? { cpuOptions: { coreCount: facts.cores, threadsPerCore: 1 } }
          : {}),
        ...(host.reservation === undefined
          ? {}
          : {
              capacityReservationSpecification: {
                capacityReservationTarget: { capacityReservationId: host.reservation.id },
              },
            }),
        ...(host.isSpot ? { instanceMarketOptions: { marketType: "spot" } } : {}),
        tagSpecifications: [
          { resourceType: "instance", tags },
          { resourceType: "volume", tags: { ...tags, AzImpairmentPower: "ApiPauseVolume" } },
        ],
        updateDefaultVersion: true,
      },
      { parent: this },
    );
  }

  private userData(host: Host): pulumi.Output<string> {
    const { args, bundle } = this;
    const { facts, node, unit } = host;
    return pulumi
      .output({
        bundle: { bucket: bundle.bucket, key: bundle.key, versionId: bundle.versionId },
        exchangeJson: args.exchangeJson,
        secrets: args.secrets.map(({ variable, arn, field }) => ({ variable, arn, field })),
        logGroupName: this.logGroup.name,
        interfaceId: host.interfaceId,
        certificateArn: unit === "castle-gateway" ? args.gatewayCertificateArn : undefined,
      })
      .apply((known) =>
        renderUserData({
          ...known,
          region: args.region,
          node,
          unit,
          vCpus: facts.vCpus,
          isHyperThreadingOff: args.config.isHyperThreadingOff && !facts.isMetal,
          nvmeCount: facts.nvmeCount,
        }),
      );
  }
}

function elementAt<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`there is no element ${index} of ${list.length}`);
  return found;
}
