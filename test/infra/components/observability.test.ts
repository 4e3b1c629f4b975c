// What a region's people see and are woken by, built alone; and dashboards, alerts and the collector's document as pure values.

import { readFileSync, writeFileSync } from "node:fs";
import { assert } from "chai";
import { parse } from "yaml";
import { build } from "../data-capture.ts";

const { Observability } = await import("../../../infra/components/observability.ts");
const { Collector } = await import("../../../infra/components/collector.ts");
const { collectorConfig } = await import("../../../infra/components/collector-config.ts");
const { alertManager } = await import("../../../infra/components/metrics-store.ts");
const { CostGuards } = await import("../../../infra/components/cost-guards.ts");
const { exchangePanels, metricsOf } = await import("../../../infra/dashboards/panels.ts");
const { cloudwatchDashboard } = await import("../../../infra/dashboards/cloudwatch-dashboard.ts");
const { grafanaDashboard } = await import("../../../infra/dashboards/grafana-dashboard.ts");

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const alertRules = read("failover/alerts/castle-alerts.yaml");
const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const args = {
  region: "us-east-1",
  accountId: "111122223333",
  email: "on-call@castle.example",
  slack: { teamId: "T0", channelId: "C0" },
  hasPrometheus: true,
  hasGrafana: true,
  hasTracing: true,
  alertRules,
  dataKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-data",
  logKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-log",
  logRetentionDays: 90,
};

describe("Observability", function () {
  this.timeout(20_000);
  const whole = () => build(() => new Observability("watch", args));

  it("gives every alarm somebody to tell, in bad and in good", async () => {
    const alarms = (await whole()).all(alarmType);
    assert.isNotEmpty(alarms);
    for (const { inputs, name } of alarms) {
      assert.isNotEmpty(inputs.alarmActions as string[], name);
      assert.isNotEmpty(inputs.okActions as string[], name);
    }
  });

  it("lets stores tell of their nodes, by the one topic that they can publish to", async () => {
    const built = await whole();
    const topic = built.one("aws:sns/topic:Topic", "watch-nodes");
    assert.notProperty(topic.inputs, "kmsMasterKeyId");
    const policy = String(
      built.one("aws:sns/topicPolicy:TopicPolicy", "watch-nodes").inputs.policy,
    );
    assert.deepNestedInclude(JSON.parse(policy), {
      "Statement[0].Condition": { StringEquals: { "aws:SourceOwner": args.accountId } },
    });
  });

  it("takes silence of the region that leads for the worst", async () => {
    const { inputs } = (await whole()).one(alarmType, "no-primary");
    assert.equal(inputs.treatMissingData, "breaching");
    const queries = inputs.metricQueries as { expression?: string; returnData?: boolean }[];
    assert.deepEqual(
      queries.filter(({ returnData }) => returnData === true).map(({ expression }) => expression),
      ["active - serving"],
    );
  });

  it("encrypts topics by a key that the services of this account may use", async () => {
    const built = await whole();
    const key = built.one("aws:kms/key:Key");
    const alarmTopics = built
      .all("aws:sns/topic:Topic")
      .filter(({ name }) => name !== "watch-nodes");
    assert.lengthOf(alarmTopics, 2);
    for (const { inputs } of alarmTopics) {
      assert.match(String(inputs.kmsMasterKeyId), new RegExp(`:key/${key.id}$`));
    }
    const policy = JSON.parse(String(built.one("aws:kms/key:Key").inputs.policy)) as {
      Statement: { Principal: { Service?: string[] }; Condition?: object }[];
    };
    const services = policy.Statement.find(({ Principal }) => Principal.Service !== undefined);
    assert.includeMembers(services?.Principal.Service ?? [], [
      "cloudwatch.amazonaws.com",
      "aps.amazonaws.com",
    ]);
    assert.deepEqual(services?.Condition, {
      StringEquals: { "aws:SourceAccount": "111122223333" },
    });
  });

  it("gives Managed Prometheus Castle's own rules, word for word", async () => {
    const built = await whole();
    const rules = built.one("aws:amp/ruleGroupNamespace:RuleGroupNamespace").inputs;
    assert.equal(rules.data, alertRules);
  });

  it("is quiet about what was not asked for", async () => {
    const { slack: _, ...quiet } = args;
    const built = await build(
      () => new Observability("watch", { ...quiet, hasPrometheus: false, hasTracing: false }),
    );
    const types = built.resources.map(({ type }) => type.split(":")[1] ?? "");
    assert.isEmpty(types.filter((type) => /^(amp|grafana|xray|chatbot)\//.test(type)));
  });
});

describe("Alerts", () => {
  it("reach a receiver for every severity that the rules have", () => {
    const outer = parse(alertManager("us-east-1", { page: "arn:p", ticket: "arn:t" })) as {
      alertmanager_config: string;
    };
    const config = parse(outer.alertmanager_config) as {
      route: { routes: { matchers: string[]; receiver: string }[] };
      receivers: { name: string; sns_configs?: { topic_arn: string }[] }[];
    };
    const { groups } = parse(alertRules) as {
      groups: { rules: { labels: { severity: string } }[] }[];
    };
    const severities = new Set(
      groups.flatMap(({ rules }) => rules.map((it) => it.labels.severity)),
    );
    severities.delete("info");
    const topicOf = (severity: string) => {
      const route = config.route.routes.find((it) =>
        it.matchers.includes(`severity="${severity}"`),
      );
      return config.receivers.find(({ name }) => name === route?.receiver)?.sns_configs?.[0];
    };
    assert.sameMembers([...severities], ["page", "ticket"]);
    assert.equal(topicOf("page")?.topic_arn, "arn:p");
    assert.equal(topicOf("ticket")?.topic_arn, "arn:t");
  });
});

describe("Dashboards", () => {
  const documented = new Set(read("docs/metrics.md").match(/castle_\w+/g));

  it("draw metrics that the nodes have", () => {
    const unknown = metricsOf(exchangePanels).filter((metric) => !documented.has(metric));
    assert.deepEqual(unknown, []);
  });

  it("lay panels beside each other, none on another", () => {
    const { widgets } = cloudwatchDashboard(exchangePanels, "us-east-1") as {
      widgets: { x: number; y: number; width: number }[];
    };
    const places = new Set(widgets.map(({ x, y }) => `${x},${y}`));
    assert.equal(places.size, exchangePanels.length);
    for (const { x, width } of widgets) assert.isAtMost(x + width, 24);
  });

  it("are in the repository as Grafana reads them", () => {
    const file = new URL("infra/dashboards/exchange.json", root);
    const drawn = grafanaDashboard("Castle: the exchange", "castle-exchange", exchangePanels);
    const text = `${JSON.stringify(drawn, null, 2)}\n`;
    if (process.env.UPDATE === "1") writeFileSync(file, text);
    assert.equal(readFileSync(file, "utf8"), text, "UPDATE=1 writes it");
  });
});

describe("Collector", function () {
  this.timeout(20_000);
  const jobs = [{ name: "engines", targets: ["10.16.0.10:9100", "10.16.1.10:9100"] }];

  it("sends to CloudWatch what the dashboard draws, and no more", () => {
    const config = collectorConfig({
      region: "us-east-1",
      jobs,
      cloudwatchMetrics: ["castle_engine_serving"],
      logGroupName: "metrics",
      isTracing: false,
    }) as {
      exporters: { awsemf: { metric_declarations: { metric_name_selectors: string[] }[] } };
      service: { pipelines: Record<string, { exporters: string[] }> };
    };
    const selectors = config.exporters.awsemf.metric_declarations[0]?.metric_name_selectors;
    assert.deepEqual(selectors, ["^castle_engine_serving$"]);
    assert.deepEqual(Object.keys(config.service.pipelines), ["metrics"]);
  });

  it("scrapes each task that a name stands for, and names nodes by their addresses", () => {
    const config = collectorConfig({
      region: "us-east-1",
      jobs: [{ name: "gateway", dnsName: "gateway.prod.castle.internal", port: 7081 }],
      cloudwatchMetrics: [],
      logGroupName: "metrics",
      isTracing: false,
    }) as { receivers: { prometheus: { config: { scrape_configs: object[] } } } };
    const [job] = config.receivers.prometheus.config.scrape_configs;
    assert.deepNestedInclude(job, {
      "dns_sd_configs[0].names": ["gateway.prod.castle.internal"],
      "dns_sd_configs[0].port": 7081,
      "relabel_configs[0].target_label": "node",
    });
  });

  it("names in its pipelines only what it defines", () => {
    const config = collectorConfig({
      region: "us-east-1",
      jobs,
      prometheusUrl: "https://aps.example/api/v1/remote_write",
      logsUrl: "https://logs.example/v1/logs",
      cloudwatchMetrics: [],
      logGroupName: "metrics",
      isTracing: true,
    }) as Record<"receivers" | "processors" | "exporters", object> & {
      service: { pipelines: Record<string, Record<string, string[]>> };
    };
    for (const pipeline of Object.values(config.service.pipelines)) {
      for (const kind of ["receivers", "processors", "exporters"] as const) {
        assert.includeMembers(Object.keys(config[kind]), pipeline[kind] ?? []);
      }
    }
  });

  it("may write to the one workspace it is told of", async () => {
    const metrics = { remoteWriteUrl: "https://aps.example", workspaceArn: "arn:workspace" };
    const built = await build(
      () => new Collector("collector", { ...args, jobs, metrics, isTracing: false }),
    );
    const writing = built.component.taskStatements.find(
      ({ Action }) => Action === "aps:RemoteWrite",
    );
    assert.equal(writing?.Resource, "arn:workspace");
    const { inputs } = built.one("aws:ssm/parameter:Parameter");
    assert.equal(inputs.type, "SecureString");
    assert.include(String(inputs.value), "10.16.1.10:9100");
  });
});

describe("CostGuards", function () {
  this.timeout(20_000);
  const guards = () =>
    build(() => new CostGuards("cost", { stack: "prod", usdPerMonth: 40_000, topicArn: "arn:t" }));

  it("tells before the month's money is spent, of this stack's alone", async () => {
    const { inputs } = (await guards()).one("aws:budgets/budget:Budget");
    assert.deepEqual(inputs.costFilters, [{ name: "TagKeyValue", values: ["user:stack$prod"] }]);
    const kinds = (inputs.notifications as { notificationType: string }[]).map(
      ({ notificationType }) => notificationType,
    );
    assert.include(kinds, "FORECASTED");
  });

  it("tells of what is odd at once", async () => {
    const { inputs } = (await guards()).one(
      "aws:costexplorer/anomalySubscription:AnomalySubscription",
    );
    assert.equal(inputs.frequency, "IMMEDIATE");
  });
});
