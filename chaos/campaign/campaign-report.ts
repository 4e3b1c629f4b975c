// What a campaign found, as one JSON object.

import { build } from "hdr-histogram-js";
import type { Exchange } from "../../failover/index.ts";
import type { DrillReport } from "../drill-report.ts";
import type { Campaign } from "../experiments/campaigns.ts";
import type { HistoryVerdict } from "../history-check/check-history.ts";
import type { TimeSplit } from "../measure/time-split.ts";
import type { Judgement, Verdict } from "../verdict.ts";

export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** `null`: could not be measured, or there is none. */
export interface CampaignReport {
  readonly verdict: Verdict;
  readonly campaign: Campaign["name"];
  readonly title: string;
  readonly trials: number;
  /** Those that no promotion or no end of the gap followed, and those that could not be begun. */
  readonly failedTrials: number;
  readonly lastedSeconds: number;
  /** From the fault to the first acknowledgement of an order meant to be sent after it, worst client. */
  readonly gapMs: Distribution | null;
  readonly detectMs: Distribution | null;
  /** From the fault to serving. */
  readonly promotedMs: Distribution | null;
  /** From the end of one trial to the steady state before the next one. */
  readonly wholeAgainMs: Distribution | null;
  readonly promotions: { readonly expected: number; readonly seen: number; readonly false: number };
  readonly pauses: number;
  readonly lossPercent: number;
  readonly operations: number;
  readonly acknowledged: number | null;
  readonly retried: number | null;
  readonly unknown: number | null;
  readonly lost: number | null;
  readonly duplicated: number | null;
  readonly contradicted: number | null;
  readonly hashesEqual: boolean | null;
  readonly historyEqual: boolean | null;
  readonly history: HistoryVerdict;
  readonly judgements: readonly Judgement[];
  readonly findings: readonly string[];
  readonly rate: number;
  readonly timing: Exchange["config"]["timing"];
  readonly substrate: "netns" | "loopback";
  readonly seed: number;
  readonly environment: DrillReport["environment"];
  readonly reportDir: string;
}

export function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const histogram = build({ numberOfSignificantValueDigits: 3 });
  for (const value of values) histogram.recordValue(Math.round(value));
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
  return {
    count: values.length,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    max: Math.round(Math.max(...values)),
  };
}

/** Of the trials whose gap had an end. */
export function gapsOf(
  trials: readonly { readonly split: TimeSplit | undefined }[],
  read: (split: TimeSplit) => number,
): number[] {
  return trials.flatMap(({ split }) => (split === undefined ? [] : [read(split)]));
}
