// The report as one HTML file that needs nothing else: style, charts and data are inside of it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DrillReport } from "../drill-report.ts";
import { describeHistory } from "../verify/linearizability.ts";
import { count, dataIsland, escapeHtml, milliseconds, table } from "./markup.ts";

const here = dirname(fileURLToPath(import.meta.url));
const uplotDist = join(
  dirname(createRequire(import.meta.url).resolve("uplot/package.json")),
  "dist",
);

const PARTS = [
  ["detect", "detectMs", "until the standby suspects its primary"],
  ["decide", "decideMs", "until a vote is won and the logs are read"],
  ["promote", "promoteMs", "until the barrier is committed and the new primary serves"],
  ["reconnect", "reconnectMs", "until the worst client has its next order acknowledged"],
] as const;

export function htmlReport(report: DrillReport): string {
  const inline = (dir: string, file: string) => readFileSync(join(dir, file), "utf8");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Castle drill: ${escapeHtml(report.verdict)}</title>
<style>${inline(uplotDist, "uPlot.min.css")}
${inline(here, "report-page.css")}</style>
</head>
<body>
${[
  header(report),
  figures(report),
  split(report),
  charts(),
  judgements(report),
  latencies(report),
  findings(report),
  events(report),
  environment(report),
].join("\n")}
${dataIsland("data", { timeline: report.timeline, marks: marks(report) })}
<script>${inline(uplotDist, "uPlot.iife.min.js")}</script>
<script>${inline(here, "report-charts.js")}</script>
</body>
</html>
`;
}

function header(report: DrillReport): string {
  const { load, substrate, substrateReason } = report;
  const flow =
    load.ratePerS === null
      ? `${load.flow} at ${load.speed} times its speed`
      : `${load.flow} flow, ${count(load.ratePerS)} orders and cancels a second, seed ${report.seed}`;
  const loopback =
    substrate === "loopback"
      ? `<p class="note"><b>Zones were processes, not networks.</b> All zones shared the loopback network
of one machine${substrateReason === null ? "" : ` (${escapeHtml(substrateReason)})`}: a zone was taken away by stopping its
processes. Its connections stayed open and silent, but a lost zone that goes on running unheard was not shown.</p>`
      : "";
  return `<h1>${escapeHtml(report.title)}</h1>
<p class="soft">${escapeHtml(report.startedAt)} · ${escapeHtml(flow)} · ${count(load.clients)} clients ·
${substrate === "netns" ? "zones are network namespaces: a lost zone is perfectly silent" : "zones on loopback"}</p>
<div class="verdict ${report.verdict}"><b>${escapeHtml(report.verdict)}</b><span>${escapeHtml(report.sentence)}</span></div>
${loopback}`;
}

function figures(report: DrillReport): string {
  const known = (value: number | boolean | null) =>
    value === null ? "not known" : typeof value === "number" ? count(value) : value ? "yes" : "no";
  const all: [string, string][] = [
    ["client's gap", report.gapMs === null ? "no end" : milliseconds(report.gapMs)],
    ["orders acknowledged", known(report.acknowledged)],
    ["lost", known(report.lost)],
    ["duplicated", known(report.duplicated)],
    ["sent again", known(report.retried)],
    ["refused", known(report.rejected)],
    ["engines' state equal", known(report.hashesEqual)],
    ["PostgreSQL equals journal", known(report.historyEqual)],
    ["History check", describeHistory(report.historyVerdict)],
  ];
  const cards = all.map(([name, value]) => `<div class="figure"><b>${value}</b>${name}</div>`);
  return `<div class="figures">${cards.join("")}</div>`;
}

function split(report: DrillReport): string {
  if (report.gapMs === null) {
    return `<h2>Where the time went</h2>
<p>At least one client had no order acknowledged after the fault: the gap has no end.</p>`;
  }
  const bars = PARTS.map(
    ([name, key]) => `<span style="flex:${report[key] ?? 0};background:var(--${name})"></span>`,
  );
  const legend = PARTS.map(
    ([name, key, text]) =>
      `<span><i style="background:var(--${name})"></i><b>${name} ${milliseconds(report[key] ?? 0)}</b>
<span class="soft">${text}</span></span>`,
  );
  const promoted = report.promoted
    ? `${escapeHtml(report.promoted.node)} serves in epoch ${report.promoted.epoch}.`
    : "Leadership did not move before the gap's end.";
  return `<h2>Where the time went</h2>
<div class="split" role="img" aria-label="parts of the gap">${bars.join("")}</div>
<div class="legend">${legend.join("\n")}</div>
<p class="soft">From the fault to the first acknowledgement of an order that was meant to be sent after it, for
the client that waited longest. The fault took ${milliseconds(report.faultBeginMs ?? 0)} to hold, which counts. ${promoted}</p>`;
}

function charts(): string {
  return `<h2>The run</h2>
<div class="chart"><h3>Orders and cancels a second</h3><div id="rates"></div></div>
<div class="chart"><h3>Time to the acknowledgement, by when the order was meant to be sent</h3><div id="latency"></div></div>
<p class="soft">Tinted: while the fault lasted. Drag to zoom, double click to go back.</p>`;
}

function judgements(report: DrillReport): string {
  const rows = report.judgements.map(({ measure, tolerance, measured, verdict }) => [
    escapeHtml(measure),
    escapeHtml(tolerance),
    measured === undefined ? "not known" : escapeHtml(measured),
    { html: verdict, className: verdict },
  ]);
  const columns = ["measure", "tolerance", "measured", "verdict"].map((title) => ({ title }));
  return `<h2>What had to hold</h2>\n${table(columns, rows)}`;
}

function latencies(report: DrillReport): string {
  const columns = [
    { title: "part of the run" },
    ...["operations", "p50", "p99", "p99.9", "worst"].map((title) => ({ title, isNumber: true })),
  ];
  const rows = Object.entries(report.latency).map(([name, one]) => [
    escapeHtml(name),
    count(one.count),
    ...[one.p50Ms, one.p99Ms, one.p999Ms, one.maxMs].map(milliseconds),
  ]);
  return `<h2>Latency</h2>\n${table(columns, rows)}
<p class="soft">From the time at which an operation was meant to be sent: what an outage delayed counts in full.
The load itself was at most ${milliseconds(report.load.lagMsMax)} late.</p>`;
}

function findings(report: DrillReport): string {
  const { history, rejections } = report;
  const refused = Object.entries(rejections)
    .map(([code, times]) => `${code} ${count(times)} times`)
    .join(", ");
  const compared = history
    ? `${count(history.orders)} orders, ${count(history.trades)} trades and ${count(history.ledgerEntries)} ledger
entries of PostgreSQL were compared with the journal up to position ${count(history.position)}.`
    : "PostgreSQL was not compared with the journal.";
  const list = report.findings.map((finding) => `<li>${escapeHtml(finding)}</li>`).join("\n");
  return `<h2>Findings</h2>
<p>${compared} ${refused === "" ? "Nothing was refused." : `Refusals by the API's code: ${escapeHtml(refused)}.`}
${count(report.load.skipped)} changes were not sent, because their order had ended by then.</p>
${list === "" ? "<p>No difference was found.</p>" : `<ul>${list}</ul>`}`;
}

function events(report: DrillReport): string {
  const rows = report.events.map(({ atMs, source, text }) => [
    { html: `${((atMs - report.startMs) / 1000).toFixed(3)} s`, className: "time" },
    escapeHtml(source),
    escapeHtml(text),
  ]);
  return `<h2>What happened</h2>\n${table([{ title: "time" }, { title: "source" }, { title: "event" }], rows)}`;
}

function environment({ environment: env }: DrillReport): string {
  return `<h2>Where it ran</h2>
<p>${escapeHtml(env.cpu)}, ${env.cpus} processors, ${env.memoryGb} GB, ${escapeHtml(env.system)}, Node ${escapeHtml(env.node)},
commit ${escapeHtml(env.commit)}</p>
<p><code>${escapeHtml(env.command)}</code></p>`;
}

/** Lines of the charts: few enough to be read. */
function marks(report: DrillReport) {
  const second = (atMs: number) => (atMs - report.startMs) / 1000;
  const lines: { atS: number; label: string; color: string }[] = [];
  const { faultMs, healedMs, gapMs, promoteMs, detectMs, decideMs } = report;
  if (faultMs !== null) {
    lines.push({ atS: second(faultMs), label: "fault", color: "--bad" });
    if (gapMs !== null && report.promoted !== null) {
      const servingMs = (detectMs ?? 0) + (decideMs ?? 0) + (promoteMs ?? 0);
      const label = `${report.promoted.node} serves`;
      lines.push({ atS: second(faultMs + servingMs), label, color: "--good" });
    }
  }
  if (healedMs !== null)
    lines.push({ atS: second(healedMs), label: "fault ends", color: "--good" });
  return {
    faultS: faultMs === null ? null : second(faultMs),
    healedS: healedMs === null ? null : second(healedMs),
    lines,
  };
}
