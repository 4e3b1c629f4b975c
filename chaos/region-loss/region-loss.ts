// castle chaos region-loss: a region is lost under load, again and again, each time of two fresh ones: a region
// that was lost does not come back by itself, so there is nothing that could be used twice. What fails
// is counted, not repeated.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { regionsPortsFrom } from "../../failover/index.ts";
import { type Distribution, distribution } from "../campaign/campaign-report.ts";
import type { DrillReport } from "../drill-report.ts";
import { ChaosError } from "../errors.ts";
import { regionLoss } from "../experiments/region-loss.ts";
import { environment } from "../outcome.ts";
import { type Judgement, judge, type Measures, type Verdict } from "../verdict.ts";
import type { View } from "../view.ts";
import { loseRegion, type RegionTrial } from "./trial.ts";

export interface RegionLossOptions {
  readonly times: number;
  readonly approval: "automatic" | "manual";
  readonly durability: "zone" | "region-sync";
  readonly rttMs: number;
  readonly rate: number;
  readonly seed: number;
  readonly portBase: number | undefined;
  readonly data: string | undefined;
  readonly reportDir: string | undefined;
}

export interface RegionLossReport {
  readonly verdict: Verdict;
  readonly campaign: "region-loss";
  readonly title: string;
  readonly approval: RegionLossOptions["approval"];
  readonly durability: RegionLossOptions["durability"];
  readonly rttMs: number;
  readonly trials: number;
  readonly failedTrials: number;
  readonly gapMs: Distribution | null;
  readonly detectMs: Distribution | null;
  readonly takeoverMs: Distribution | null;
  readonly reconnectMs: Distribution | null;
  /** Carried out by the lost region and not by the other one: castle reconcile's list. */
  readonly rpoCommands: Distribution | null;
  /** Age of the oldest acknowledged command of it. */
  readonly rpoMs: Distribution | null;
  readonly acknowledged: number;
  readonly lost: number | null;
  readonly unlisted: number | null;
  readonly duplicated: number | null;
  readonly contradicted: number | null;
  readonly unknown: number | null;
  readonly hashesEqual: boolean | null;
  readonly historyEqual: boolean | null;
  readonly judgements: readonly Judgement[];
  readonly findings: readonly string[];
  readonly rate: number;
  readonly seed: number;
  readonly environment: DrillReport["environment"];
  readonly reportDir: string;
}

/** Beside those of `castle up` and of drills. */
const portBaseDefault = 19_000;

export async function runRegionLoss(
  options: RegionLossOptions,
  view: View,
  signal: AbortSignal,
): Promise<RegionLossReport> {
  const reportDir = makeReportDir(options.reportDir);
  const dataDir = options.data ?? mkdtempSync(join(tmpdir(), "castle-regions-"));
  const trials: RegionTrial[] = [];
  const findings: string[] = [];
  try {
    for (let number = 1; number <= options.times; number += 1) {
      const name = `trial-${number}`;
      const trialDir = join(reportDir, name);
      // A ledger of an earlier run there would be written into.
      rmSync(trialDir, { recursive: true, force: true });
      mkdirSync(trialDir);
      try {
        const trial = await loseRegion({
          ...options,
          dataDir: join(dataDir, name),
          reportDir: trialDir,
          ports: regionsPortsFrom(options.portBase ?? portBaseDefault),
          ratePerS: options.rate,
          seed: (options.seed + number - 1) >>> 0,
          signal,
          tell: (line) => view.note(`trial ${number} of ${options.times}: ${line}`),
        });
        trials.push(trial);
        findings.push(...trial.findings.map((finding) => `trial ${number}: ${finding}`));
        view.note(`trial ${number} of ${options.times}: ${toldOf(trial)}`);
      } catch (error) {
        if (!(error instanceof ChaosError)) throw error;
        findings.push(`trial ${number}: ${error.message}`);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new ChaosError(
      "DRILL_INTERRUPTED",
      "interrupted: everything that was started is stopped, and there is no verdict",
    );
  } finally {
    view.end();
    if (options.data === undefined && findings.length === 0) {
      rmSync(dataDir, { recursive: true, force: true });
    } else view.note(`the regions' data and logs are kept in ${dataDir}`);
  }
  const report = reportOn(options, { trials, findings, reportDir, environment: environment() });
  const whole = { ...report, each: trials };
  writeFileSync(join(reportDir, "region-loss.json"), `${JSON.stringify(whole, null, 1)}\n`);
  return report;
}

function toldOf({ gapMs, losses, lost }: RegionTrial): string {
  const gap = gapMs === undefined ? "clients were not served again" : `clients waited ${gapMs} ms`;
  const list = losses === undefined ? "what is lost is not known" : `${losses.rpoCommands} listed`;
  return `${gap}; ${list}, ${lost ?? "unknown"} of them acknowledged orders`;
}

/** Pure. */
export function reportOn(
  options: RegionLossOptions,
  seen: {
    readonly trials: readonly RegionTrial[];
    readonly findings: readonly string[];
    readonly reportDir: string;
    readonly environment: RegionLossReport["environment"];
  },
): RegionLossReport {
  const { trials, findings, reportDir } = seen;
  const { times, approval, durability, rttMs, rate, seed } = options;
  const spread = (read: (trial: RegionTrial) => number | undefined) =>
    distribution(trials.flatMap((trial) => read(trial) ?? []));
  const sum = (read: (trial: RegionTrial) => number | undefined): number | undefined =>
    trials.reduce<number | undefined>((total, trial) => {
      const one = read(trial);
      return total === undefined || one === undefined ? undefined : total + one;
    }, 0);
  const all = (read: (trial: RegionTrial) => boolean | undefined): boolean | undefined =>
    trials.some((trial) => read(trial) === false)
      ? false
      : trials.every((trial) => read(trial) === true) && trials.length > 0
        ? true
        : undefined;
  const served = trials.filter(
    ({ gapMs, takeover, acknowledgedThere }) =>
      gapMs !== undefined && takeover !== undefined && acknowledgedThere > 0,
  );
  const failedTrials = times - served.length;
  const gapMs = spread((trial) => trial.gapMs);
  const rpoMs = spread(({ losses }) => losses?.rpoMs);
  const counts = {
    lost: sum(({ lost }) => lost),
    unlisted: sum(({ losses }) => losses?.unlisted.length),
    duplicated: sum(({ duplicated }) => duplicated),
    contradicted: sum(({ contradicted }) => contradicted),
    unknown: sum(({ unknown }) => unknown),
  };
  const states = {
    hashesEqual: all((trial) => trial.hashesEqual),
    historyEqual: all((trial) => trial.historyEqual),
  };
  const measures: Measures = {
    ...counts,
    ...states,
    failedTrials,
    // Distributions keep three digits: what is judged is the exact figure.
    gapMs: failedTrials > 0 ? Number.POSITIVE_INFINITY : gapMs?.max,
    rpoMs: rpoMs?.count === times ? rpoMs.p99 : undefined,
  };
  const { verdict, judgements } = judge(regionLoss.tolerances[durability], measures);
  const known = <T>(one: T | undefined): T | null => one ?? null;
  return {
    verdict,
    campaign: "region-loss",
    title: regionLoss.title,
    ...{ approval, durability, rttMs, failedTrials, gapMs, rpoMs },
    trials: trials.length,
    detectMs: spread((trial) => trial.detectMs),
    takeoverMs: spread((trial) => trial.takeoverMs),
    reconnectMs: spread((trial) => trial.reconnectMs),
    rpoCommands: spread(({ losses }) => losses?.rpoCommands),
    acknowledged: sum(({ acknowledged }) => acknowledged ?? 0) ?? 0,
    lost: known(counts.lost),
    unlisted: known(counts.unlisted),
    duplicated: known(counts.duplicated),
    contradicted: known(counts.contradicted),
    unknown: known(counts.unknown),
    hashesEqual: known(states.hashesEqual),
    historyEqual: known(states.historyEqual),
    ...{ judgements, findings, rate, seed, reportDir, environment: seen.environment },
  };
}

/** Named by time, so that reports lie in order. */
function makeReportDir(asked: string | undefined): string {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  const dir = asked ?? resolve("castle-report", stamp);
  mkdirSync(dir, { recursive: true });
  return dir;
}
