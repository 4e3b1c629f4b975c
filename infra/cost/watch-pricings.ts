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
  return [item(`${perSecond.toFixed(1)} traces a second`, "xray:traces", millionsPerMonth(perSecond))];
};

/** Two units for ten minutes at least, every time. Every hour, or once a day where the schedule says less. */
const crawler: Pricing = ({ props }) => {
  const isHourly = /^cron\(\d+ \* \* \* \? \*\)$/.test(text(props.schedule));
  const runs = isHourly ? 730 : 30;
  return [item(`${runs} runs of two units for ten minutes`, "glue:dpu", (runs * 2) / 6 / 730)];
};

/** The first copy of management events is free; how many events else are kept or looked through, nobody knows. */
const trail: Pricing = ({ props }) =>
  ["eventSelectors", "advancedEventSelectors", "insightSelectors"].some(
    (key) => listAt(props, key).length > 0,
  )
    ? undefined
    : [];

export const watchPricings: Readonly<Record<string, Pricing>> = {
  "aws:amp/workspace:Workspace": (_, { usage }) => [
    item("samples", "prometheus:samples", millionsPerMonth(usage.metricSamplesPerSecond)),
  ],
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
  "aws:grafana/workspace:Workspace": fixed("one editor, the least", "grafana:editor"),
  // Flow and name logs, as many as are kept; events of the account's management are little beside them.
  "aws:guardduty/detector:Detector": (_, { usage }) => [
    item("logs looked at", "guardduty:gb", usage.logsGbPerMonth),
  ],
  "aws:kms/key:Key": fixed("key", "kms:key"),
  "aws:kms/replicaKey:ReplicaKey": fixed("key", "kms:key"),
  "aws:secretsmanager/secret:Secret": ({ props }) => [
    item("secret, with replicas", "secret", 1 + listAt(props, "replicas").length),
  ],
  "aws:sfn/stateMachine:StateMachine": () => [
    item("ten thousand steps", "sfn:transitions", 0.01),
  ],
  // Alarms: ten thousand messages a month.
  "aws:sns/topic:Topic": () => [item("messages", "sns:requests", 0.01)],
  "aws:ssm/parameter:Parameter": ({ props }) =>
    props.tier === "Advanced" ? [item("parameter", "ssm:advanced-parameter")] : [],
  [samplingRule]: traces,
};
