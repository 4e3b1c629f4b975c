// Puts together what a run has shown: measures, verdict, sentence, report. Pure but for reading the
// machine's name and the commit.

import { execFileSync } from "node:child_process";
import { arch, cpus, release, totalmem, type } from "node:os";
import type { DrillOptions } from "./drill-options.ts";
import type { DrillReport } from "./drill-report.ts";
import type { Experiment } from "./experiment.ts";
import type { LedgerRecord } from "./load/ledger.ts";
import { Acknowledgements } from "./measure/acknowledgements.ts";
import { summarizeLatency } from "./measure/latency.ts";
import { noticedFrom, splitTime, type TimeSplit } from "./measure/time-split.ts";
import { timeline } from "./measure/timeline.ts";
import type { RunRecord } from "./run.ts";
import { type Judgement, judge, type Verdict } from "./verdict.ts";
import type { Gathered } from "./verify/gather.ts";
import type { Linearizability } from "./verify/linearizability.ts";
import { verify } from "./verify/verify.ts";

export interface OutcomeParts {
  readonly experiment: Experiment;
  readonly options: DrillOptions;
  readonly run: RunRecord;
  readonly ledger: readonly LedgerRecord[];
  /** A string says why there is none. */
  readonly gathered: Gathered | string;
  readonly history: Linearizability;
  readonly substrate: { readonly kind: "netns" | "loopback"; readonly reason: string | undefined };
  readonly clients: number;
  readonly lagMsMax: number;
  readonly reportDir: string;
}

/** Slices of the chart: fine enough to show a gap of a third of a second. */
const SLICE_MS = 50;

export function outcome(parts: OutcomeParts): DrillReport {
  const { experiment, options, run, ledger, gathered, substrate } = parts;
  const { settled } = run;
  const fault = run.fault && noticedFrom(run.fault, run.decisions);
  const found = typeof gathered === "string" ? undefined : verify(ledger, gathered.evidence);
  const split = fault && splitTime(fault, run.decisions, new Acknowledgements(ledger));
  const audit = typeof gathered === "string" ? undefined : gathered.audit;
  const { verdict, judgements } = judge(experiment.steadyStateHypothesis.tolerances, {
    lost: found?.lost,
    duplicated: found?.duplicated,
    contradicted: found?.contradicted,
    unknown: found?.unknown,
    // A gap that never ended is longer than any tolerance.
    gapMs: fault === undefined ? undefined : (split?.gapMs ?? Number.POSITIVE_INFINITY),
    hashesEqual: settled.hashesEqual,
    historyEqual: audit?.historyEqual,
    linearizable: parts.history.isLinearizable,
  });
  const operations = ledger.filter(({ kind }) => kind !== "recheck");
  const count = (is: (record: LedgerRecord) => boolean) => operations.filter(is).length;
  return {
    verdict,
    sentence: sentence(verdict, judgements, { split, acknowledged: found?.acknowledged ?? 0 }),
    experiment: experiment.name,
    gapMs: split?.gapMs ?? null,
    detectMs: split?.detectMs ?? null,
    decideMs: split?.decideMs ?? null,
    promoteMs: split?.promoteMs ?? null,
    reconnectMs: split?.reconnectMs ?? null,
    acknowledged:
      found?.acknowledged ??
      count(({ kind, outcome: how }) => kind === "place" && how === "accepted"),
    rejected: count(({ outcome: how }) => how === "rejected"),
    retried: count(({ attempts }) => attempts > 1),
    unknown: found?.unknown ?? count(({ outcome: how }) => how === "unknown" || how === "unsent"),
    lost: found?.lost ?? null,
    duplicated: found?.duplicated ?? null,
    contradicted: found?.contradicted ?? null,
    hashesEqual: settled.hashesEqual ?? null,
    historyEqual: audit?.historyEqual ?? null,
    historyCheck: parts.history.verdict,
    historyOperations: parts.history.operations,
    substrate: substrate.kind,
    substrateReason: substrate.reason ?? null,
    seed: options.seed,
    reportDir: parts.reportDir,
    title: experiment.title,
    startedAt: new Date(run.startMs).toISOString(),
    startMs: run.startMs,
    faultMs: fault?.begunMs ?? null,
    faultBeginMs: fault === undefined ? null : Math.round(fault.heldMs - fault.begunMs),
    healedMs: run.healedMs ?? null,
    endMs: run.endMs,
    load: {
      flow: options.flow ?? "synthetic",
      ratePerS: options.flow === undefined ? options.rate : null,
      speed: options.flow === undefined ? null : options.speed,
      durationMs: options.durationMs,
      clients: parts.clients,
      operations: operations.length,
      skipped: run.skipped,
      lagMsMax: parts.lagMsMax,
    },
    promoted: split?.promoted ?? null,
    judgements,
    latency: summarizeLatency(ledger, spans(run, split)),
    rejections: rejectionsByCode(operations),
    historyVerdict: parts.history,
    history: audit
      ? {
          position: audit.position,
          orders: audit.orders,
          trades: audit.trades,
          ledgerEntries: audit.ledgerEntries,
        }
      : null,
    findings: [
      ...(typeof gathered === "string" ? [`evidence could not be gathered: ${gathered}`] : []),
      ...settled.missing.map((missing) => `the exchange did not come to rest: ${missing}`),
      ...(found?.findings ?? []),
      ...(audit?.differences ?? []),
      ...parts.history.findings,
    ],
    events: run.events,
    timeline: timeline(ledger, { startMs: run.startMs, endMs: run.endMs, sliceMs: SLICE_MS }),
    environment: environment(),
  };
}

/** One sentence: the verdict with its most telling figure, or what broke it. */
function sentence(
  verdict: Verdict,
  judgements: readonly Judgement[],
  seen: { readonly split: TimeSplit | undefined; readonly acknowledged: number },
): string {
  const broken = judgements.filter((one) => one.verdict !== "held");
  const reasons = broken
    .map(
      ({ measure, measured, tolerance }) =>
        `${measure} is ${measured ?? "not known"} (${tolerance})`,
    )
    .join(", ");
  if (verdict === "deviated") return `The exchange did not hold: ${reasons}.`;
  if (verdict === "unknown") return `Nothing can be said for certain: ${reasons}.`;
  return (
    `Trading went on after ${seen.split?.gapMs ?? 0} ms, and each of ` +
    `${seen.acknowledged.toLocaleString("en")} acknowledged orders is in its place, once.`
  );
}

function spans(run: RunRecord, split: TimeSplit | undefined) {
  const { startMs, endMs, fault, healedMs } = run;
  if (fault === undefined) return [{ name: "whole run", fromMs: startMs, toMs: endMs }];
  const gapEndMs = split === undefined ? endMs : fault.begunMs + split.gapMs;
  const after = { name: "after", fromMs: gapEndMs, toMs: healedMs ?? endMs };
  const returned = { name: "after the fault's end", fromMs: healedMs ?? endMs, toMs: endMs };
  return [
    { name: "before", fromMs: startMs, toMs: fault.begunMs },
    { name: "during the gap", fromMs: fault.begunMs, toMs: gapEndMs },
    after,
    ...(healedMs === undefined ? [] : [returned]),
  ].filter(({ fromMs, toMs }) => fromMs < toMs);
}

function rejectionsByCode(operations: readonly LedgerRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome: how, errorCode, kind } of operations) {
    if (how !== "rejected") continue;
    const code = `${errorCode} (${kind})`;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

/** What figures were measured on, and how. */
export function environment(): DrillReport["environment"] {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown processor",
    cpus: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    commit: commit(),
    command: ["castle", ...process.argv.slice(2)].join(" "),
  };
}

function commit(): string {
  try {
    const options = { cwd: import.meta.dirname, encoding: "utf8", stdio: "pipe" } as const;
    const hash = execFileSync("git", ["rev-parse", "--short", "HEAD"], options).trim();
    const isChanged = execFileSync("git", ["status", "--porcelain"], options).trim() !== "";
    return isChanged ? `${hash}, with changes` : hash;
  } catch {
    // Installed without its repository.
    return "unknown";
  }
}
