// Collector: the document that the region's OpenTelemetry collectors start with, and what they may do. Where they run is the compute's: as a service
// of their own with AOT_CONFIG_CONTENT from this parameter. One that dies loses seconds of metrics and no order.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { exchangePanels, metricsOf } from "../dashboards/panels.ts";
import {
  collectorConfig,
  type CollectorArgs as Document,
  type ScrapeJob,
} from "./collector-config.ts";
import { logGroup } from "./log-group.ts";
import type { Statement } from "./trust.ts";

export interface CollectorArgs {
  readonly region: string;
  readonly jobs: readonly pulumi.Input<ScrapeJob>[];
  readonly metrics?: {
    readonly remoteWriteUrl: pulumi.Input<string>;
    readonly workspaceArn: pulumi.Input<string>;
  };
  readonly logs?: {
    readonly url: pulumi.Input<string>;
    readonly pipelineArn: pulumi.Input<string>;
  };
  readonly isTracing: boolean;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

export class Collector extends pulumi.ComponentResource {
  /** Parameter with the document, for the container's AOT_CONFIG_CONTENT. */
  readonly configParameterArn: pulumi.Output<string>;
  /** Of the task's role. */
  readonly taskStatements: readonly Statement[];

  constructor(name: string, args: CollectorArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Collector", name, {}, options);
    const logs = logGroup(
      `${name}-metrics`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      { parent: this },
    );
    const document = pulumi
      .output({
        region: args.region,
        jobs: args.jobs,
        logGroupName: logs.name,
        cloudwatchMetrics: metricsOf(exchangePanels),
        isTracing: args.isTracing,
        ...(args.metrics === undefined ? {} : { prometheusUrl: args.metrics.remoteWriteUrl }),
        ...(args.logs === undefined ? {} : { logsUrl: args.logs.url }),
      })
      .apply((facts) => JSON.stringify(collectorConfig(facts as Document)));
    const parameter = new aws.ssm.Parameter(
      `${name}-config`,
      { type: "SecureString", tier: "Advanced", keyId: args.dataKeyArn, value: document },
      { parent: this },
    );
    this.configParameterArn = parameter.arn;
    this.taskStatements = collectorStatements(args, logs.arn);
    this.registerOutputs({ configParameterArn: this.configParameterArn });
  }
}

function collectorStatements(args: CollectorArgs, logGroupArn: pulumi.Output<string>): Statement[] {
  const tracing: Statement = {
    Effect: "Allow",
    Action: [
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
    ],
    // X-Ray has no resources to name in these actions.
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": args.region } },
  };
  return [
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: pulumi.interpolate`${logGroupArn}:*`,
    },
    ...(args.metrics === undefined
      ? []
      : [
          {
            Effect: "Allow" as const,
            Action: "aps:RemoteWrite",
            Resource: args.metrics.workspaceArn,
          },
        ]),
    ...(args.logs === undefined
      ? []
      : [{ Effect: "Allow" as const, Action: "osis:Ingest", Resource: args.logs.pipelineArn }]),
    ...(args.isTracing ? [tracing] : []),
  ];
}
