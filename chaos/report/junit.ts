// The verdict as JUnit XML, one test case a tolerance, for pipelines that read nothing else.

import type { DrillReport } from "../drill-report.ts";

export function junitXml(report: DrillReport): string {
  const { judgements, experiment, title, startedAt } = report;
  const count = (verdict: string) => judgements.filter((one) => one.verdict === verdict).length;
  const cases = judgements.map(({ measure, tolerance, measured, verdict }) => {
    const name = escapeXml(`${measure}: ${tolerance}`);
    const found = escapeXml(`${measure} is ${measured ?? "not known"}, wanted: ${tolerance}`);
    const inner = {
      held: "",
      deviated: `<failure message="${found}"/>`,
      // Not a pass: what could not be measured is an error of the test.
      unknown: `<error message="${found}"/>`,
    }[verdict];
    return `    <testcase classname="castle.${escapeXml(experiment)}" name="${name}">${inner}</testcase>`;
  });
  const seconds = ((report.endMs - report.startMs) / 1000).toFixed(3);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="${escapeXml(title)}" tests="${judgements.length}" failures="${count("deviated")}"` +
      ` errors="${count("unknown")}" time="${seconds}" timestamp="${startedAt}">`,
    ...cases,
    `    <system-out>${escapeXml(report.findings.join("\n"))}</system-out>`,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
