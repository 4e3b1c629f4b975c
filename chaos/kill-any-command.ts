// The loop of kills as a command: options, interrupts, what is printed, exit code.

import { z } from "zod";
import { parseDrillOptions } from "./drill-options.ts";
import { ChaosError } from "./errors.ts";
import { type KillAnyReport, runKillAny } from "./kill-any.ts";
import { viewOn } from "./terminal-view.ts";
import { describeHistory } from "./verify/linearizability.ts";

const schema = z.looseObject({ times: z.coerce.number().int().min(1).max(10_000).default(100) });

/** Longer than any number of kills takes: the load is stopped when they are done. */
const DURATION_S = 86_400;
/** Less than a drill's: most of the machine's work here is starting processes again. */
const RATE_DEFAULT = 300;

export async function killAnyCommand(given: Record<string, unknown>): Promise<void> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new ChaosError("DRILL_OPTION_INVALID", "--times: a whole number from 1 to 10,000");
  }
  const { times, ...rest } = parsed.data;
  const drill = parseDrillOptions({ rate: RATE_DEFAULT, ...rest, duration: DURATION_S });
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  const options = { ...drill, times };
  const report = await runKillAny(options, () => viewOn(drill.json), interrupted.signal);
  process.stdout.write(drill.json ? `${JSON.stringify(report)}\n` : closing(report));
  process.exitCode = report.verdict === "held" ? 0 : 1;
}

function closing(report: KillAnyReport): string {
  const known = (value: number | boolean | null) => (value === null ? "not known" : String(value));
  const rows = Object.entries(report.kinds).map(
    ([kind, { kills, gapMsP50, gapMsP99, gapMsMax }]) =>
      `${kind.padEnd(18)} ${String(kills).padStart(4)} kills, clients waited ` +
      `p50 ${gapMsP50} ms, p99 ${gapMsP99} ms, worst ${gapMsMax} ms`,
  );
  return [
    "",
    ...rows,
    `orders             ${known(report.acknowledged)} acknowledged, ${known(report.lost)} lost, ` +
      `${known(report.duplicated)} duplicated, ${known(report.unknown)} unknown`,
    `engines' state     ${report.hashesEqual ? "equal" : "not shown to be equal"}`,
    `PostgreSQL         ${report.historyEqual ? "equals the journal" : "not shown to equal the journal"}`,
    `history            ${describeHistory(report.history)}`,
    ...report.findings.slice(0, 20).map((finding) => `finding            ${finding}`),
    `report             ${report.reportDir}/kill-any.json (seed ${report.seed})`,
    "",
    `${report.verdict.toUpperCase()}: ${report.kills} kills of any one process at random moments.`,
    "",
  ].join("\n");
}
