// The panels as a CloudWatch dashboard. Pure. Three in a row; a metric of several nodes is found by search, so that a node that is
// replaced needs no change here.

import type { Line, Panel } from "./panels.ts";

/** Namespace and dimension of Castle's own metrics, as the collector writes them. */
export const metricNamespace = "Castle";
export const exchangeDimension = "exchange";

const width = 8;
const height = 6;
const perRow = 3;
const periodSeconds = 60;

export function cloudwatchDashboard(panels: readonly Panel[], region: string): object {
  return { widgets: panels.map((panel, index) => widget(panel, index, region)) };
}

function widget(panel: Panel, index: number, region: string): object {
  return {
    type: "metric",
    x: (index % perRow) * width,
    y: Math.floor(index / perRow) * height,
    width,
    height,
    properties: {
      title: panel.title,
      region,
      view: "timeSeries",
      period: periodSeconds,
      metrics: panel.lines.map((line, position) => [
        { expression: expression(line), label: line.name, id: `e${position}` },
      ]),
      ...(panel.limit === undefined
        ? {}
        : { annotations: { horizontal: [{ value: panel.limit, label: "limit" }] } }),
    },
  };
}

function expression(line: Line): string {
  const statistic = line.how === "min" ? "Minimum" : "Maximum";
  const found = `SEARCH('{${metricNamespace},${exchangeDimension},node} MetricName="${line.metric}"', '${statistic}', ${periodSeconds})`;
  switch (line.how) {
    case "max":
      return `MAX(${found})`;
    case "min":
      return `MIN(${found})`;
    case "sum":
      return `SUM(${found})`;
    case "rate":
      // The collector sends counters as what was added since it last looked.
      return `SUM(${found.replace("'Maximum'", "'Sum'")})/${periodSeconds}`;
  }
}
