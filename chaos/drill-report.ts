// What a drill found, whole: the files of the report and the summary on stdout are views of this.

import type { HistoryVerdict } from "./history-check/check-history.ts";
import type { LatencySummary } from "./measure/latency.ts";
import type { Timeline } from "./measure/timeline.ts";
import type { Judgement, Verdict } from "./verdict.ts";

export interface DrillEvent {
  readonly atMs: number;
  /** Whose word it is: the drill, an engine, the clients, the supervisor. */
  readonly source: "drill" | "engine" | "clients" | "supervisor";
  readonly text: string;
}

/** `null`: could not be measured. */
export interface DrillSummary {
  readonly verdict: Verdict;
  /** One sentence for people. */
  readonly sentence: string;
  readonly experiment: string;
  readonly gapMs: number | null;
  readonly detectMs: number | null;
  readonly decideMs: number | null;
  readonly promoteMs: number | null;
  readonly reconnectMs: number | null;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly retried: number;
  readonly unknown: number;
  readonly lost: number | null;
  readonly duplicated: number | null;
  readonly contradicted: number | null;
  readonly hashesEqual: boolean | null;
  readonly historyEqual: boolean | null;
  /** Whether one order of events explains all that clients were told. */
  readonly historyCheck: HistoryVerdict["verdict"];
  readonly historyOperations: number;
  readonly substrate: "netns" | "loopback";
  /** Why zones are no namespaces, where they are not. */
  readonly substrateReason: string | null;
  readonly seed: number;
  readonly reportDir: string;
}

export interface DrillReport extends DrillSummary {
  readonly title: string;
  readonly startedAt: string;
  /** Wall clock milliseconds: start of the load, fault, its end, end of the load. */
  readonly startMs: number;
  readonly faultMs: number | null;
  /** How long it took until the fault held: counted into the gap. */
  readonly faultBeginMs: number | null;
  readonly healedMs: number | null;
  readonly endMs: number;
  readonly load: {
    /** "synthetic" or the file's name. */
    readonly flow: string;
    readonly ratePerS: number | null;
    readonly speed: number | null;
    readonly durationMs: number;
    readonly clients: number;
    readonly operations: number;
    /** Changes that the flow asked of orders which had ended by then: not sent. */
    readonly skipped: number;
    /** How late the load itself was at worst: delay of the measuring, not of the measured. */
    readonly lagMsMax: number;
  };
  readonly promoted: { readonly node: string; readonly epoch: number } | null;
  readonly judgements: readonly Judgement[];
  readonly latency: Readonly<Record<string, LatencySummary>>;
  /** Refusals by the API's error code. */
  readonly rejections: Readonly<Record<string, number>>;
  readonly historyVerdict: HistoryVerdict;
  readonly history: {
    readonly position: number;
    readonly orders: number;
    readonly trades: number;
    readonly ledgerEntries: number;
  } | null;
  readonly findings: readonly string[];
  readonly events: readonly DrillEvent[];
  readonly timeline: Timeline;
  readonly environment: {
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryGb: number;
    readonly system: string;
    readonly node: string;
    readonly commit: string;
    readonly command: string;
  };
}

const SUMMARY_KEYS = [
  "verdict",
  "sentence",
  "experiment",
  "gapMs",
  "detectMs",
  "decideMs",
  "promoteMs",
  "reconnectMs",
  "acknowledged",
  "rejected",
  "retried",
  "unknown",
  "lost",
  "duplicated",
  "contradicted",
  "hashesEqual",
  "historyEqual",
  "historyCheck",
  "historyOperations",
  "substrate",
  "substrateReason",
  "seed",
  "reportDir",
] as const satisfies readonly (keyof DrillSummary)[];

export function summaryOf(report: DrillReport): DrillSummary {
  return Object.fromEntries(
    SUMMARY_KEYS.map((key) => [key, report[key]]),
  ) as unknown as DrillSummary;
}
