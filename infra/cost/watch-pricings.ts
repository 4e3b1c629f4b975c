// How much is used of what watches, keeps secrets and breaks things on purpose. As in pricings.ts.

import { at, listAt } from "../policy/rule.ts";
import { countOf, fixed, item, number, type Pricing, text } from "./pricing.ts";
import { millionsPerMonth } from "./usage.ts";

const samplingRule = "aws:xray/samplingRule:SamplingRule";
const logGroup = "aws:cloudwatch/logGroup:LogGroup";

/** So many a second, and a part of the rest; the rules share the requests. */
const traces: Pricing = ({ props }, { all, usage }) => {
  const requests = usage.requestsPerSecond / countOf(all, samplingRule);
  const reservoir = Math.min(requests, number(props.reservoirSize, 0));
  const perSecond = reservoir + number(props.fixedRate, 0) * (requests - reservoir);
  return [
    item(`${perSecond.toFixed(1)} traces a second`, "xray:traces", millionsPerMonth(perSecond)),
  ];
};

/** Two units for ten minutes at least, every time. Every hour, or once a day where the schedule says less. */
const crawler: Pricing = ({ props }) => {
  const isHourly = /^cron\(\d+ \* \* \* \? \*\)$/.test(text(props.schedule));
  const runs = isHourly ? 730 : 30;
  return [item(`${runs} runs of two units for ten minutes`, "glue:dpu", (runs * 2) / 6)];
};

/** The first copy of management events is free; how many events else are kept or looked through, nobody knows. */
const trail: Pricing = ({ props }) =>
  ["eventSelectors", "advancedEventSelectors", "insightSelectors"].some(
    (key) => listAt(props, key).length > 0,
  )
    ? undefined
    : [];

export const watchPricings: Readonly<Record<string, Pricing>> = {
  "aws:amp/workspace:Workspace": (_, { usage }) => {
    const millions = millionsPerMonth(usage.samplesPerSecond);
    return [
      item("samples", "prometheus:samples", millions),
      // Two bytes a sample, kept for five months.
      item("storage", "prometheus:storage", (millions * 2 * 5) / 1000),
    ];
  },
  "aws:cfg/recorder:Recorder": (_, { all }) => [
    item("each resource changed once a month", "config:item", all.length),
  ],
  "aws:cloudtrail/trail:Trail": trail,
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": fixed("alarm", "cloudwatch:composite-alarm"),
  "aws:cloudwatch/dashboard:Dashboard": fixed("dashboard", "cloudwatch:dashboard"),
  "aws:cloudwatch/logGroup:LogGroup": (_, { all, usage }) => [
    item("ingested", "logs:gb", usage.logsGbPerMonth / countOf(all, logGroup)),
  ],
  // Of several metrics each is paid for.
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ props }) => {
    const queries = listAt(props, "metricQueries").filter((one) => at(one, "metric") !== undefined);
    const isFast = [props.period, ...queries.map((one) => at(one, "metric.period"))].some(
      (period) => period !== undefined && Number(period) < 60,
    );
    const price = isFast ? "cloudwatch:fast-alarm" : "cloudwatch:alarm";
    return [item("alarm", price, Math.max(1, queries.length))];
  },
  // A run of half an hour, every day in another of three zones.
  "aws:fis/experimentTemplate:ExperimentTemplate": ({ props }) => [
    item(
      "a daily run shared by three zones",
      "fis:action-minute",
      listAt(props, "actions").length * 30 * 10,
    ),
  ],
  "aws:glue/crawler:Crawler": crawler,
  // One at least, whoever comes.
  "aws:grafana/workspace:Workspace": (_, { usage }) => [
    item("editors", "grafana:editor", Math.max(1, usage.operators)),
  ],
  "aws:guardduty/detector:Detector": (_, { usage }) => [
    item("events", "guardduty:events", usage.auditedMillionsPerMonth),
    item("flow and name look-ups", "guardduty:gb", usage.flowLogGbPerMonth),
  ],
  "aws:kms/key:Key": fixed("key", "kms:key"),
  "aws:kms/replicaKey:ReplicaKey": fixed("key", "kms:key"),
  "aws:secretsmanager/secret:Secret": ({ props }) => [
    item("secret, with replicas", "secret", 1 + listAt(props, "replicas").length),
  ],
  // A look a minute, of four steps.
  "aws:sfn/stateMachine:StateMachine": () => [
    item("a look a minute", "states:transitions", (4 * 730 * 60) / 1e6),
  ],
  "aws:sns/topic:Topic": () => [item("a thousand e-mails", "sns:thousand-emails")],
  "aws:ssm/parameter:Parameter": ({ props }) =>
    props.tier === "Advanced" ? [item("parameter", "ssm:advanced-parameter")] : [],
  [samplingRule]: traces,
};
