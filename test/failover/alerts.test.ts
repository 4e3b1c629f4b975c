// The metrics' page and the alert rules, held against what the programs register.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Registry } from "prom-client";
import { parse } from "yaml";
import { registerEngineMetrics } from "../../engine/adapters/engine/engine-metrics.ts";
import type { EngineNode } from "../../engine/adapters/engine/engine-node.ts";
import { registerFollowerMetrics } from "../../engine/adapters/follower/follower-metrics.ts";
import { registerCertificate } from "../../engine/adapters/gateway/certificate.ts";
import { RouteMeters } from "../../engine/adapters/gateway/route-meter.ts";
import type { Controller } from "../../failover/controller.ts";
import { controllerMetrics } from "../../failover/controller-server.ts";

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: string;
  readonly help: string;
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const root = new URL("../../", import.meta.url);
const pathOf = (relative: string) => fileURLToPath(new URL(relative, root));
const textOf = (relative: string) => readFileSync(pathOf(relative), "utf8");
const page = "docs/metrics.md";

/** Nothing is read: a registry knows its metrics without a scrape. */
function registered(): Metric[] {
  const registry = new Registry();
  registerEngineMetrics(registry, {} as EngineNode);
  const figure = () => 0;
  const isServing = () => false;
  const follower = { isServing, epoch: figure, position: figure, lagEntries: figure };
  registerFollowerMetrics(registry, "gateway", follower);
  registerFollowerMetrics(registry, "history", follower);
  registerCertificate(registry, figure);
  new RouteMeters().register(registry, {
    ...{ pending: figure, limitHits: figure, slowConsumers: figure, followedStreams: figure },
    connections: () => ({ api: 0, stream: 0 }),
  });
  const ofController = controllerMetrics({ counts: {}, decided: new Map() } as Controller);
  const all = [...registry.getMetricsAsArray(), ...ofController.getMetricsAsArray()];
  const held = all as unknown as {
    readonly name: string;
    readonly help: string;
    readonly type?: string;
    readonly labelNames?: readonly string[];
    readonly constructor: { readonly name: string };
  }[];
  return held.map((metric) => ({
    name: metric.name,
    type: metric.constructor.name.toLowerCase(),
    labels: (metric.labelNames ?? []).join(", "),
    help: metric.help.replace(/\.$/, ""),
  }));
}

const rowOf = ({ name, type, labels, help }: Metric) =>
  `| \`${name}\` | ${type} | ${labels} | ${help} |`;

const rules = (
  parse(textOf("failover/alerts/castle-alerts.yaml")) as {
    groups: { name: string; rules: Rule[] }[];
  }
).groups.flatMap((group) => group.rules);

describe("Metrics", () => {
  it("are listed in docs/metrics.md as they are registered (UPDATE=1 rewrites the table)", () => {
    const rows = registered().map(rowOf).sort().join("\n");
    const table = /(\| --- \| --- \| --- \| --- \|\n)([\s\S]*?)(\n\n|$)/;
    if (process.env.UPDATE !== undefined) {
      writeFileSync(pathOf(page), textOf(page).replace(table, `$1${rows}$3`));
    }
    expect(table.exec(textOf(page))?.[2]?.trim()).to.equal(rows);
  });

  it("say their unit, or count, in their names", () => {
    const units = /_(total|bytes|seconds|entries|position|ms_bucket|members)$/;
    const counted =
      /_(serving|epoch|peer_connected|redis_reachable|redis_agreed|followers|paused|fenced|replaced|alone|region_(active|term|confirmed|diverged|lag_known)|pending|api_connections|stream_connections|limit_hits|slow_consumers|followed_streams|other_failed_looks|term|proposal)$/;
    const unclear = registered().filter(({ name }) => !units.test(name) && !counted.test(name));
    expect(unclear.map(({ name }) => name)).to.deep.equal([]);
  });
});

describe("Alert rules", () => {
  const known = new Set(registered().map(({ name }) => name));

  for (const { alert, expr, labels, annotations, ...rule } of rules) {
    it(`${alert} names metrics that exist, a severity, a summary and a page that is there`, () => {
      const named = expr.match(/castle_\w+/g) ?? [];
      expect(named, "it looks at something").to.not.have.length(0);
      expect(named.filter((name) => !known.has(name))).to.deep.equal([]);
      expect(["page", "ticket", "info"]).to.include(labels.severity);
      expect(annotations.summary).to.match(/^[A-Z].*\.$/);
      expect(existsSync(pathOf(annotations.runbook)), annotations.runbook).to.equal(true);
      if (rule.for !== undefined) expect(rule.for).to.match(/^\d+[sm]$/);
    });
  }

  it("have names of their own", () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).to.equal(names.length);
  });
});
