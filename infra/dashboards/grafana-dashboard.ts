// The panels as a Grafana dashboard over Managed Prometheus. Pure; exchange.json beside it is its result, ready to import, and a
// test holds the two together. The data source is chosen at import, so the file fits every workspace.

import type { Line, Panel } from "./panels.ts";

const width = 8;
const height = 8;
const perRow = 3;
const units = {
  none: "none",
  ms: "ms",
  s: "s",
  bytes: "bytes",
  perSecond: "ops",
  percent: "percent",
};

export function grafanaDashboard(title: string, uid: string, panels: readonly Panel[]): object {
  return {
    __inputs: [
      {
        name: "DS_PROMETHEUS",
        label: "Prometheus",
        type: "datasource",
        pluginId: "prometheus",
      },
    ],
    uid,
    title,
    tags: ["castle"],
    timezone: "utc",
    schemaVersion: 39,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    panels: panels.map((panel, index) => graph(panel, index)),
  };
}

function graph(panel: Panel, index: number): object {
  const datasource = { type: "prometheus", uid: `$${"{DS_PROMETHEUS}"}` };
  return {
    id: index + 1,
    type: "timeseries",
    title: panel.title,
    datasource,
    gridPos: {
      x: (index % perRow) * width,
      y: Math.floor(index / perRow) * height,
      w: width,
      h: height,
    },
    fieldConfig: {
      defaults: {
        unit: units[panel.unit],
        ...(panel.limit === undefined
          ? {}
          : {
              custom: { thresholdsStyle: { mode: "line" } },
              thresholds: {
                mode: "absolute",
                steps: [
                  { color: "green", value: null },
                  { color: "red", value: panel.limit },
                ],
              },
            }),
      },
      overrides: [],
    },
    targets: panel.lines.map((line, position) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + position),
      datasource,
      expr: query(line),
      legendFormat: line.name,
    })),
  };
}

function query(line: Line): string {
  return line.how === "rate" ? `sum(rate(${line.metric}[1m]))` : `${line.how}(${line.metric})`;
}
