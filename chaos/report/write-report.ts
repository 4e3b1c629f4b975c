// Writes the report's files: report.html for people, report.json for programs, junit.xml for
// pipelines, next to the clients' ledger.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DrillReport } from "../drill-report.ts";
import { htmlReport } from "./html.ts";
import { junitXml } from "./junit.ts";

export function writeReport(report: DrillReport): void {
  const write = (file: string, text: string) =>
    writeFileSync(join(report.reportDir, file), text, { mode: 0o644 });
  write("report.json", `${JSON.stringify(report, null, 1)}\n`);
  write("junit.xml", junitXml(report));
  write("report.html", htmlReport(report));
}
