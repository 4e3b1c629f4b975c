// The loss of regions as a command: options, interrupts, what is printed, exit code.

import { z } from "zod";
import type { Distribution } from "../campaign/campaign-report.ts";
import { parseDrillOptions } from "../drill-options.ts";
import { ChaosError } from "../errors.ts";
import { viewOn } from "../terminal-view.ts";
import { type RegionLossReport, runRegionLoss } from "./region-loss.ts";

const schema = z.looseObject({
  times: z.coerce.number().int().min(1).max(1_000).default(10),
  approval: z.enum(["automatic", "manual"]).default("automatic"),
  regionSync: z.boolean().default(false),
  rtt: z.coerce.number().min(0).max(1_000).default(70),
});

/** As a campaign's: most of the machine's work here is two exchanges that start. */
const rateDefault = 200;

export async function regionLossCommand(given: Record<string, unknown>): Promise<void> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) =>
        `--${path.join(".").replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}: ${message}`,
    );
    throw new ChaosError("DRILL_OPTION_INVALID", faults.join("; "));
  }
  const { times, approval, regionSync, rtt, ...rest } = parsed.data;
  const drill = parseDrillOptions({ rate: rateDefault, ...rest });
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  const durability = regionSync ? "region-sync" : "zone";
  const options = { ...drill, times, approval, durability, rttMs: rtt } as const;
  const report = await runRegionLoss(options, viewOn(drill.json), interrupted.signal);
  process.stdout.write(drill.json ? `${JSON.stringify(report)}\n` : closing(report));
  process.exitCode = report.verdict === "held" ? 0 : 1;
}

export function closing(report: RegionLossReport): string {
  const known = (value: number | null) =>
    value === null ? "not known" : value.toLocaleString("en");
  const spread = (name: string, one: Distribution | null, unit: string) =>
    one === null
      ? []
      : [`${name.padEnd(16)}p50 ${one.p50}, p99 ${one.p99}, worst ${one.max}${unit}`];
  const { environment } = report;
  return [
    "",
    `${report.title}: ${report.trials} trials, ${report.failedTrials} failed`,
    `regions         ${report.rttMs} ms apart, durability ${report.durability}, approval ${report.approval}`,
    ...spread("clients' gap", report.gapMs, " ms"),
    ...spread("  decided", report.detectMs, " ms"),
    ...spread("  taken over", report.takeoverMs, " ms"),
    ...spread("  reconnected", report.reconnectMs, " ms"),
    ...spread("RPO, commands", report.rpoCommands, ""),
    ...spread("RPO, time", report.rpoMs, " ms"),
    `orders          ${known(report.acknowledged)} acknowledged, ${known(report.lost)} lost, ` +
      `${known(report.unlisted)} of them in no list, ${known(report.duplicated)} duplicated, ` +
      `${known(report.unknown)} unknown`,
    `engines         state ${report.hashesEqual ? "equal" : "not shown to be equal"}`,
    `PostgreSQL      ${report.historyEqual ? "equals the journal" : "not shown to equal the journal"}`,
    ...report.findings.slice(0, 20).map((finding) => `finding         ${finding}`),
    `machine         ${environment.cpus} x ${environment.cpu}, node ${environment.node}, commit ${environment.commit}`,
    `report          ${report.reportDir}/region-loss.json (seed ${report.seed})`,
    "",
    `${report.verdict.toUpperCase()}: ${report.title}.`,
    "",
  ].join("\n");
}
