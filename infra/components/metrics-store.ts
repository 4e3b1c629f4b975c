// MetricsStore: Managed Prometheus with Castle's own alert rules, routed by severity, and a Grafana workspace that reads it. A workspace is regional: each
// region watches itself and goes on when the other is gone.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "./log-group.ts";
import { type Statement, serviceRole } from "./trust.ts";

export interface MetricsStoreArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  /** Text of failover/alerts/castle-alerts.yaml. */
  readonly alertRules: string;
  readonly pageTopicArn: pulumi.Input<string>;
  readonly ticketTopicArn: pulumi.Input<string>;
  readonly hasGrafana: boolean;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

export class MetricsStore extends pulumi.ComponentResource {
  readonly workspaceArn: pulumi.Output<string>;
  readonly remoteWriteUrl: pulumi.Output<string>;
  /** Empty without Grafana. */
  readonly grafanaEndpoint: pulumi.Output<string>;

  constructor(name: string, args: MetricsStoreArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:MetricsStore", name, {}, options);
    const workspace = this.workspace(name, args);
    new aws.amp.RuleGroupNamespace(
      `${name}-rules`,
      { workspaceId: workspace.id, name: "castle", data: args.alertRules },
      { parent: this },
    );
    new aws.amp.AlertManagerDefinition(
      `${name}-alerts`,
      {
        workspaceId: workspace.id,
        definition: pulumi
          .all([args.pageTopicArn, args.ticketTopicArn])
          .apply(([page, ticket]) => alertManager(args.region, { page, ticket })),
      },
      { parent: this },
    );
    this.workspaceArn = workspace.arn;
    this.remoteWriteUrl = pulumi.interpolate`${workspace.prometheusEndpoint}api/v1/remote_write`;
    this.grafanaEndpoint = args.hasGrafana
      ? this.grafana(name, args, workspace).endpoint
      : pulumi.output("");
    this.registerOutputs({
      remoteWriteUrl: this.remoteWriteUrl,
      grafanaEndpoint: this.grafanaEndpoint,
    });
  }

  private workspace(name: string, args: MetricsStoreArgs): aws.amp.Workspace {
    const logs = logGroup(
      `${name}-log`,
      {
        name: `/aws/vendedlogs/prometheus/castle-${name}`,
        keyArn: args.logKeyArn,
        retentionDays: args.logRetentionDays,
      },
      { parent: this },
    );
    return new aws.amp.Workspace(
      name,
      {
        alias: "castle",
        kmsKeyArn: args.dataKeyArn,
        loggingConfiguration: { logGroupArn: pulumi.interpolate`${logs.arn}:*` },
      },
      { parent: this, protect: true },
    );
  }

  private grafana(
    name: string,
    args: MetricsStoreArgs,
    workspace: aws.amp.Workspace,
  ): aws.grafana.Workspace {
    const role = serviceRole(
      `${name}-grafana`,
      {
        service: "grafana.amazonaws.com",
        sourceAccount: args.accountId,
        statements: grafanaStatements(args, workspace.arn),
      },
      { parent: this },
    );
    return new aws.grafana.Workspace(
      `${name}-grafana`,
      {
        accountAccessType: "CURRENT_ACCOUNT",
        authenticationProviders: ["AWS_SSO"],
        permissionType: "CUSTOMER_MANAGED",
        roleArn: role.arn,
        dataSources: ["PROMETHEUS", "CLOUDWATCH", "XRAY"],
        notificationDestinations: ["SNS"],
        kmsKeyId: args.dataKeyArn,
        configuration: JSON.stringify({
          unifiedAlerting: { enabled: true },
          plugins: { pluginAdminEnabled: false },
        }),
      },
      { parent: this },
    );
  }
}

function grafanaStatements(
  args: MetricsStoreArgs,
  workspaceArn: pulumi.Output<string>,
): Statement[] {
  return [
    {
      Effect: "Allow",
      Action: ["aps:QueryMetrics", "aps:GetLabels", "aps:GetSeries", "aps:GetMetricMetadata"],
      Resource: workspaceArn,
    },
    {
      Effect: "Allow",
      Action: [
        "aps:ListWorkspaces",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "cloudwatch:DescribeAlarms",
        "xray:BatchGetTraces",
        "xray:GetTraceSummaries",
        "xray:GetServiceGraph",
        "xray:GetGroups",
      ],
      // These read actions have no resources to name.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": args.region } },
    },
  ];
}

/**
 * Severities as castle-alerts.yaml has them: a page at once and again every hour, a ticket once a day; what
 * is worth knowing stays in the workspace. JSON is YAML.
 */
export function alertManager(
  region: string,
  topics: { readonly page: string; readonly ticket: string },
): string {
  const route = (severity: string, receiver: string, repeat: string) => ({
    matchers: [`severity="${severity}"`],
    receiver,
    group_wait: "1s",
    repeat_interval: repeat,
  });
  const receiver = (name: string, topicArn: string) => ({
    name,
    sns_configs: [
      {
        topic_arn: topicArn,
        sigv4: { region },
        subject: "{{ .CommonLabels.alertname }} {{ .Status }}",
        message:
          "{{ range .Alerts }}{{ .Annotations.summary }} See {{ .Annotations.runbook }}.\n{{ end }}",
      },
    ],
  });
  const config = {
    route: {
      receiver: "silence",
      group_by: ["alertname"],
      group_interval: "1m",
      routes: [route("page", "pages", "1h"), route("ticket", "tickets", "24h")],
    },
    receivers: [
      receiver("pages", topics.page),
      receiver("tickets", topics.ticket),
      { name: "silence" },
    ],
  };
  return JSON.stringify({ alertmanager_config: JSON.stringify(config) });
}
