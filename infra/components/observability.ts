// Observability: what a region's people see and are woken by: topics, Castle's own alarms and dashboard, metrics, traces. All of it
// twice, once in each region: who watches must not depend on what is lost.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  cloudwatchDashboard,
  exchangeDimension,
  metricNamespace,
} from "../dashboards/cloudwatch-dashboard.ts";
import { exchangePanels } from "../dashboards/panels.ts";
import { alarm } from "./alarm.ts";
import { AlarmTopics } from "./alarm-topics.ts";
import { MetricsStore } from "./metrics-store.ts";
import { NodeEvents } from "./node-events.ts";
import { Tracing } from "./tracing.ts";

export interface ObservabilityArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly email: string;
  readonly slack?: { readonly teamId: string; readonly channelId: string };
  readonly hasPrometheus: boolean;
  readonly hasGrafana: boolean;
  readonly hasTracing: boolean;
  /** Text of failover/alerts/castle-alerts.yaml. */
  readonly alertRules: string;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

export class Observability extends pulumi.ComponentResource {
  /** Of what wakes somebody. */
  readonly alarmTopicArn: pulumi.Output<string>;
  readonly ticketTopicArn: pulumi.Output<string>;
  /** Of what befalls nodes of the stores. */
  readonly eventTopicArn: pulumi.Output<string>;
  /** Key of the topics. */
  readonly topicKeyArn: pulumi.Output<string>;
  readonly metricsWorkspace?: {
    readonly remoteWriteUrl: pulumi.Output<string>;
    readonly workspaceArn: pulumi.Output<string>;
  };
  /** Empty without Grafana. */
  readonly grafanaEndpoint: pulumi.Output<string>;
  /** Alarms that end an experiment: the exchange itself suffers. */
  readonly stopAlarmArns: pulumi.Output<string>[];

  constructor(
    name: string,
    args: ObservabilityArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:Observability", name, {}, options);
    const parent = { parent: this };
    const topics = new AlarmTopics(`${name}-alarms`, args, parent);
    this.alarmTopicArn = topics.pageTopicArn;
    this.ticketTopicArn = topics.ticketTopicArn;
    this.topicKeyArn = topics.keyArn;
    this.eventTopicArn = new NodeEvents(`${name}-nodes`, args, parent).topicArn;
    this.stopAlarmArns = this.castleAlarms(name, topics.pageTopicArn);
    new aws.cloudwatch.Dashboard(
      `${name}-exchange`,
      {
        dashboardName: `castle-${args.region}`,
        dashboardBody: JSON.stringify(cloudwatchDashboard(exchangePanels, args.region)),
      },
      parent,
    );
    if (args.hasTracing) new Tracing(`${name}-traces`, args, parent);
    if (args.hasPrometheus) {
      const store = new MetricsStore(`${name}-metrics`, { ...args, ...topicsOf(topics) }, parent);
      this.metricsWorkspace = {
        remoteWriteUrl: store.remoteWriteUrl,
        workspaceArn: store.workspaceArn,
      };
      this.grafanaEndpoint = store.grafanaEndpoint;
    } else {
      this.grafanaEndpoint = pulumi.output("");
    }
    this.registerOutputs({
      alarmTopicArn: this.alarmTopicArn,
      grafanaEndpoint: this.grafanaEndpoint,
    });
  }

  /** Beside the rules of Managed Prometheus, the two facts that must reach somebody by a second way. */
  private castleAlarms(name: string, topicArn: pulumi.Output<string>): pulumi.Output<string>[] {
    const noPrimary = this.noPrimaryAlarm(name, topicArn);
    const members = alarm(
      `${name}-members`,
      {
        description: "No member but the primary is in sync: the next loss stops the exchange",
        namespace: metricNamespace,
        metricName: "castle_engine_in_sync_members",
        dimensions: { [exchangeDimension]: "castle" },
        statistic: "Maximum",
        periodSeconds: 60,
        periods: 2,
        when: "<",
        threshold: 1,
        // The region that follows has no primary and reports none.
        silence: "notBreaching",
        topicArn,
      },
      { parent: this },
    );
    return [noPrimary.arn, members.arn];
  }

  /** Active and not serving. The same in both regions, so a region failover changes no alarm; silence is bad in both. */
  private noPrimaryAlarm(
    name: string,
    topicArn: pulumi.Output<string>,
  ): aws.cloudwatch.MetricAlarm {
    const query = (id: string, metricName: string) => ({
      id,
      metric: {
        namespace: metricNamespace,
        metricName,
        dimensions: { [exchangeDimension]: "castle" },
        period: 60,
        stat: "Maximum",
      },
    });
    return new aws.cloudwatch.MetricAlarm(
      `${name}-no-primary`,
      {
        alarmDescription: "This region leads and no engine serves, or nobody can tell",
        metricQueries: [
          query("active", "castle_engine_region_active"),
          query("serving", "castle_engine_serving"),
          { id: "missing", expression: "active - serving", label: "missing", returnData: true },
        ],
        evaluationPeriods: 1,
        datapointsToAlarm: 1,
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        treatMissingData: "breaching",
        alarmActions: [topicArn],
        okActions: [topicArn],
      },
      { parent: this },
    );
  }
}

function topicsOf(topics: AlarmTopics) {
  return { pageTopicArn: topics.pageTopicArn, ticketTopicArn: topics.ticketTopicArn };
}
