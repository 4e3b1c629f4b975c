// The drill as a command: interrupts, view, what is printed, exit code.

import { drill } from "./drill.ts";
import { parseDrillOptions } from "./drill-options.ts";
import { type DrillReport, summaryOf } from "./drill-report.ts";
import { firstPriceTicks } from "./load/flow-source.ts";
import { viewOn } from "./terminal-view.ts";
import { describeHistory } from "./verify/linearizability.ts";

export async function drillCommand(given: unknown): Promise<void> {
  const options = parseDrillOptions(given);
  // Before anything is started: a file that cannot be read is told at once.
  if (options.flow !== undefined) firstPriceTicks(options.flow);
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  const report = await drill(options, () => viewOn(options.json), interrupted.signal);
  if (options.json) process.stdout.write(`${JSON.stringify(summaryOf(report))}\n`);
  else process.stdout.write(closing(report));
  process.exitCode = report.verdict === "held" ? 0 : 1;
}

function closing(report: DrillReport): string {
  const known = (value: number | boolean | null) =>
    value === null ? "not known" : typeof value === "number" ? value.toLocaleString("en") : value;
  const { detectMs, decideMs, promoteMs, reconnectMs } = report;
  const lines = [
    "",
    `gap           ${known(report.gapMs)} ms = detect ${known(detectMs)} + decide ${known(decideMs)}` +
      ` + promote ${known(promoteMs)} + reconnect ${known(reconnectMs)}`,
    `orders        ${known(report.acknowledged)} acknowledged, ${known(report.lost)} lost, ` +
      `${known(report.duplicated)} duplicated`,
    `operations    ${known(report.load.operations)} in all, ${known(report.rejected)} refused, ` +
      `${known(report.retried)} sent again, ${known(report.unknown)} unknown`,
    `engines       state ${report.hashesEqual ? "equal" : report.hashesEqual === null ? "not compared" : "UNEQUAL"}`,
    `PostgreSQL    ${report.historyEqual ? "equals the journal" : report.historyEqual === null ? "not compared" : "DIFFERS from the journal"}`,
    `history       ${describeHistory(report.historyVerdict)}`,
    ...Object.entries(report.latency).map(
      ([name, { p50Ms, p99Ms, p999Ms, maxMs }]) =>
        `latency       ${name}: p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, ` +
        `p99.9 ${p999Ms.toFixed(1)}, worst ${maxMs.toFixed(1)} ms`,
    ),
    ...report.findings.slice(0, 10).map((finding) => `finding       ${finding}`),
    `report        ${report.reportDir}/report.html (seed ${report.seed})`,
    "",
    `${report.verdict.toUpperCase()}: ${report.sentence}`,
    "",
  ];
  return lines.join("\n");
}
