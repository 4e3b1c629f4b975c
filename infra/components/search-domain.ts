// SearchDomain: OpenSearch for market data, odd behaviour and logs, over three zones with one of them in reserve and three masters apart. Everything in it
// can be indexed again from stream and lake: each region has its own and neither copies the other's. Access is decided twice,
// by IAM for the domain and by roles inside of it; the ingestion's role administers: people who take it, with a second
// factor, say which of those roles a reader has.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { openTo } from "./ingress.ts";
import { readTopics } from "./kafka-rights.ts";
import { logGroup } from "./log-group.ts";
import { searchAlarms } from "./search-alarms.ts";
import { type EventSource, eventPipelines, logPipelines } from "./search-documents.ts";
import { keyUse, policyDocument, type Statement } from "./trust.ts";

export interface SearchDomainArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  readonly instanceType: string;
  readonly storageGiB: number;
  /** Where events come from, as the pipeline has it. */
  readonly source?: SearchSource;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

export type SearchSource =
  | {
      readonly kind: "stream";
      readonly name: pulumi.Input<string>;
      readonly arn: pulumi.Input<string>;
    }
  | {
      readonly kind: "topics";
      readonly clusterArn: pulumi.Input<string>;
      readonly topics: readonly string[];
    };

/** Its position in topics. */
const consumerGroup = "search";
const httpsPort = 443;
const masterType = "m7g.large.search";
const logKinds = ["INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS", "ES_APPLICATION_LOGS", "AUDIT_LOGS"];

export class SearchDomain extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** Where collectors send logs, by OTLP over HTTP and signed. */
  readonly logsUrl: pulumi.Output<string>;
  readonly logsPipelineArn: pulumi.Output<string>;
  readonly port = httpsPort;

  private readonly name: string;

  constructor(name: string, args: SearchDomainArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:SearchDomain", name, {}, options);
    this.name = name;
    const group = this.securityGroup(name, args);
    const role = new aws.iam.Role(
      `${name}-ingestion`,
      { assumeRolePolicy: administratorsTrust(args.accountId) },
      { parent: this },
    );
    const domain = this.domain(name, args, group, role);
    this.permissions(name, args, domain, role);
    const pipelines = this.pipelines(name, args, domain, role, group);
    searchAlarms(name, { ...args, domainName: domain.domainName }, { parent: this });

    this.endpoint = domain.endpoint;
    this.arn = domain.arn;
    this.securityGroupId = group.id;
    this.logsUrl = pipelines.ingestEndpointUrls.apply((urls) => `https://${urls[0] ?? ""}/v1/logs`);
    this.logsPipelineArn = pipelines.pipelineArn;
    this.registerOutputs({ endpoint: this.endpoint, logsUrl: this.logsUrl });
  }

  private domain(
    name: string,
    args: SearchDomainArgs,
    group: aws.ec2.SecurityGroup,
    role: aws.iam.Role,
  ): aws.opensearch.Domain {
    // Explicit: its own policy names it before it exists.
    const domainName = `castle-${name}`;
    const arn = pulumi.interpolate`arn:aws:es:${args.region}:${args.accountId}:domain/${domainName}`;
    const logs = this.logs(name, args, arn);
    return new aws.opensearch.Domain(
      name,
      {
        domainName,
        engineVersion: "OpenSearch_2.19",
        clusterConfig: {
          instanceType: args.instanceType,
          instanceCount: 3,
          zoneAwarenessEnabled: true,
          zoneAwarenessConfig: { availabilityZoneCount: 3 },
          multiAzWithStandbyEnabled: true,
          dedicatedMasterEnabled: true,
          dedicatedMasterCount: 3,
          dedicatedMasterType: masterType,
        },
        ebsOptions: { ebsEnabled: true, volumeType: "gp3", volumeSize: args.storageGiB },
        vpcOptions: { subnetIds: [...args.dataSubnetIds], securityGroupIds: [group.id] },
        encryptAtRest: { enabled: true, kmsKeyId: args.dataKeyArn },
        nodeToNodeEncryption: { enabled: true },
        domainEndpointOptions: {
          enforceHttps: true,
          tlsSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10",
        },
        advancedSecurityOptions: {
          enabled: true,
          internalUserDatabaseEnabled: false,
          masterUserOptions: { masterUserArn: role.arn },
        },
        accessPolicies: policyDocument([
          {
            Effect: "Allow",
            Principal: { AWS: role.arn },
            Action: ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"],
            Resource: pulumi.interpolate`${arn}/*`,
          },
          {
            Effect: "Allow",
            Principal: { AWS: role.arn },
            Action: "es:DescribeDomain",
            Resource: arn,
          },
        ]),
        logPublishingOptions: logs.groups.map(({ kind, group: { arn: groupArn } }) => ({
          logType: kind,
          cloudwatchLogGroupArn: groupArn,
        })),
        autoTuneOptions: { desiredState: "ENABLED", useOffPeakWindow: true },
        offPeakWindowOptions: {
          enabled: true,
          offPeakWindow: { windowStartTime: { hours: 19, minutes: 0 } },
        },
        softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
      },
      { parent: this, protect: true, dependsOn: [logs.permission] },
    );
  }

  private logs(name: string, args: SearchDomainArgs, domainArn: pulumi.Output<string>) {
    const groups = logKinds.map((kind) => ({
      kind,
      group: logGroup(
        `${name}-${kind.toLowerCase().replaceAll("_", "-")}`,
        { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
        { parent: this },
      ),
    }));
    const permission = new aws.cloudwatch.LogResourcePolicy(
      `${name}-logs`,
      {
        policyName: `castle-${name}`,
        policyDocument: policyDocument([
          {
            Effect: "Allow",
            Principal: { Service: "es.amazonaws.com" },
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: groups.map(({ group }) => pulumi.interpolate`${group.arn}:*`),
            Condition: { ArnEquals: { "aws:SourceArn": domainArn } },
          },
        ]),
      },
      { parent: this },
    );
    return { groups, permission };
  }

  private permissions(
    name: string,
    args: SearchDomainArgs,
    domain: aws.opensearch.Domain,
    role: aws.iam.Role,
  ): void {
    new aws.iam.RolePolicy(
      `${name}-ingestion`,
      {
        role: role.id,
        policy: policyDocument([
          { Effect: "Allow", Action: "es:DescribeDomain", Resource: domain.arn },
          {
            Effect: "Allow",
            Action: ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"],
            Resource: pulumi.interpolate`${domain.arn}/*`,
          },
          ...sourceStatements(args),
        ]),
      },
      { parent: this },
    );
  }

  /** @returns the pipeline of the logs; that of events is there where they have a source */
  private pipelines(
    name: string,
    args: SearchDomainArgs,
    domain: aws.opensearch.Domain,
    role: aws.iam.Role,
    group: aws.ec2.SecurityGroup,
  ): aws.opensearchingest.Pipeline {
    const facts = pulumi.all([domain.endpoint, role.arn]);
    const { region } = args;
    if (args.source !== undefined) {
      const body = pulumi
        .all([facts, eventSource(args.source)])
        .apply(([[domainEndpoint, roleArn], source]) =>
          JSON.stringify(eventPipelines({ region, roleArn, domainEndpoint }, source)),
        );
      this.pipeline(`${name}-events`, args, body, role, group);
    }
    const body = facts.apply(([domainEndpoint, roleArn]) =>
      JSON.stringify(logPipelines({ region, roleArn, domainEndpoint })),
    );
    return this.pipeline(`${name}-logs`, args, body, role, group);
  }

  private pipeline(
    name: string,
    args: SearchDomainArgs,
    body: pulumi.Output<string>,
    role: aws.iam.Role,
    group: aws.ec2.SecurityGroup,
  ): aws.opensearchingest.Pipeline {
    const logs = logGroup(
      `${name}-log`,
      {
        name: `/aws/vendedlogs/OpenSearchIngestion/castle-${name}/audit-logs`,
        keyArn: args.logKeyArn,
        retentionDays: args.logRetentionDays,
      },
      { parent: this },
    );
    return new aws.opensearchingest.Pipeline(
      name,
      {
        pipelineName: `castle-${name}`,
        pipelineConfigurationBody: body,
        pipelineRoleArn: role.arn,
        // Two: with one, its zone's loss stops what flows.
        minUnits: 2,
        maxUnits: 8,
        bufferOptions: { persistentBufferEnabled: false },
        encryptionAtRestOptions: { kmsKeyArn: args.dataKeyArn },
        vpcOptions: { subnetIds: [...args.dataSubnetIds], securityGroupIds: [group.id] },
        logPublishingOptions: {
          isLoggingEnabled: true,
          cloudwatchLogDestination: { logGroup: logs.name },
        },
      },
      { parent: this },
    );
  }

  allow(who: string, referencedSecurityGroupId: pulumi.Input<string>): void {
    openTo(this.name, who, this, { referencedSecurityGroupId }, this);
  }

  /** Of the domain and its pipelines: in from those who are allowed and from each other. */
  private securityGroup(name: string, args: SearchDomainArgs): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "OpenSearch" },
      { parent: this },
    );
    const ofGroup = { referencedSecurityGroupId: group.id };
    openTo(name, "itself", { securityGroupId: group.id, port: httpsPort }, ofGroup, this);
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-to-domain`,
      {
        securityGroupId: group.id,
        ipProtocol: "tcp",
        fromPort: httpsPort,
        toPort: httpsPort,
        ...ofGroup,
      },
      { parent: this },
    );
    return group;
  }
}

/** The pipelines, and whom IAM lets in of this account's people: nobody else could map a role inside of the domain. */
const administratorsTrust = (accountId: pulumi.Input<string>): pulumi.Output<string> =>
  policyDocument([
    {
      Effect: "Allow",
      Principal: { Service: "osis-pipelines.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
    {
      Effect: "Allow",
      Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
      Action: "sts:AssumeRole",
      Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    },
  ]);

function eventSource(source: SearchSource): pulumi.Output<EventSource> {
  if (source.kind === "stream") {
    return pulumi.output(source.name).apply((name) => ({ kind: "stream" as const, name }));
  }
  const { topics } = source;
  return pulumi
    .output(source.clusterArn)
    .apply((clusterArn) => ({ kind: "topics" as const, clusterArn, topics, group: consumerGroup }));
}

function sourceStatements({ source, dataKeyArn, region }: SearchDomainArgs): readonly Statement[] {
  switch (source?.kind) {
    case undefined:
      return [];
    case "stream":
      return [
        {
          Effect: "Allow",
          Action: [
            "kinesis:DescribeStreamSummary",
            "kinesis:DescribeStream",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:RegisterStreamConsumer",
            "kinesis:DescribeStreamConsumer",
            "kinesis:SubscribeToShard",
          ],
          Resource: [source.arn, pulumi.interpolate`${source.arn}/consumer/*`],
        },
        keyUse(dataKeyArn, "kinesis", region, ["kms:Decrypt"]),
      ];
    case "topics":
      return [
        ...readTopics(source.clusterArn, consumerGroup, source.topics),
        {
          Effect: "Allow",
          Action: [
            "kafka-cluster:DescribeCluster",
            "kafka:DescribeClusterV2",
            "kafka:GetBootstrapBrokers",
          ],
          Resource: source.clusterArn,
        },
      ];
  }
}
