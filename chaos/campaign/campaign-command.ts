// Campaigns as commands: options, interrupts, what is printed, exit code.

import { z } from "zod";
import { parseDrillOptions } from "../drill-options.ts";
import { ChaosError } from "../errors.ts";
import {
  type Campaign,
  crash,
  falseFailover,
  switchovers,
  zoneLosses,
} from "../experiments/campaigns.ts";
import { viewOn } from "../terminal-view.ts";
import { describeHistory } from "../verify/linearizability.ts";
import { runCampaign } from "./campaign.ts";
import type { CampaignReport, Distribution } from "./campaign-report.ts";

export const campaigns = {
  crash,
  "zone-loss": zoneLosses,
  switchover: switchovers,
  "false-failover": falseFailover,
} as const satisfies Readonly<Record<Campaign["name"], Campaign>>;

const schema = z.looseObject({
  times: z.coerce.number().int().min(1).max(100_000).default(100),
  minutes: z.coerce.number().min(0.1).max(1440).default(30),
  loss: z.coerce.number().min(0).max(90).default(10),
  pause: z.coerce.number().int().min(0).max(900).default(100),
});

/** Longer than any campaign takes: the load is stopped when it is done. */
const durationS = 86_400;
/** Less than a drill's: most of the machine's work here is starting processes again. */
const rateDefault = 200;

export async function campaignCommand(
  name: Campaign["name"],
  given: Record<string, unknown>,
): Promise<void> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `--${path.join(".")}: ${message}`,
    );
    throw new ChaosError("DRILL_OPTION_INVALID", faults.join("; "));
  }
  const { times, minutes, loss, pause, ...rest } = parsed.data;
  const drill = parseDrillOptions({ rate: rateDefault, ...rest, duration: durationS });
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  const options = {
    ...drill,
    campaign: campaigns[name],
    times,
    minutes,
    lossPercent: loss,
    pauseMs: pause,
  };
  const report = await runCampaign(options, () => viewOn(drill.json), interrupted.signal);
  process.stdout.write(drill.json ? `${JSON.stringify(report)}\n` : closing(report));
  process.exitCode = report.verdict === "held" ? 0 : 1;
}

function closing(report: CampaignReport): string {
  const known = (value: number | boolean | null) =>
    value === null ? "not known" : value.toLocaleString("en");
  const spread = (name: string, one: Distribution | null) =>
    one === null
      ? []
      : [`${name.padEnd(16)}p50 ${one.p50}, p90 ${one.p90}, p99 ${one.p99}, worst ${one.max} ms`];
  const { promotions, environment } = report;
  return [
    "",
    `${report.title}: ${report.trials} trials, ${report.failedTrials} failed, in ${report.lastedSeconds} s`,
    ...spread("clients' gap", report.gapMs),
    ...spread("  detected", report.detectMs),
    ...spread("  served", report.promotedMs),
    ...spread("whole again", report.wholeAgainMs),
    `promotions      ${promotions.seen} seen, ${promotions.expected} expected, ${promotions.false} for no fault`,
    ...(report.pauses > 0
      ? [`weather         ${report.lossPercent} % of packets lost, ${known(report.pauses)} pauses`]
      : []),
    `orders          ${known(report.acknowledged)} acknowledged, ${known(report.lost)} lost, ` +
      `${known(report.duplicated)} duplicated, ${known(report.unknown)} unknown`,
    `engines         state ${report.hashesEqual ? "equal" : "not shown to be equal"}`,
    `PostgreSQL      ${report.historyEqual ? "equals the journal" : "not shown to equal the journal"}`,
    `history         ${describeHistory(report.history)}`,
    ...report.findings.slice(0, 20).map((finding) => `finding         ${finding}`),
    `machine         ${environment.cpus} x ${environment.cpu}, node ${environment.node}, commit ${environment.commit}`,
    `report          ${report.reportDir}/${report.campaign}.json (seed ${report.seed})`,
    "",
    `${report.verdict.toUpperCase()}: ${report.title}.`,
    "",
  ].join("\n");
}
