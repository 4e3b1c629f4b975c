// castle chaos kill-any: kills one process after the other, each at a random moment and only while
// the exchange could stand any single fault, and looks whether clients were served again in time and
// nothing acknowledged was lost. Nobody lends a hand: the supervisor is all there is.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "hdr-histogram-js";
import type { Exchange } from "../failover/index.ts";
import { Random } from "../flow/random.ts";
import { conclude, endedEarly, measuresOf } from "./conclude.ts";
import { ChaosError } from "./errors.ts";
import { killAny } from "./experiments/kill-any.ts";
import { processKill } from "./faults/process-kill.ts";
import { guard } from "./guard.ts";
import type { HistoryVerdict } from "./history-check/check-history.ts";
import { Acknowledgements } from "./measure/acknowledgements.ts";
import { type FaultTime, splitTime } from "./measure/time-split.ts";
import { look } from "./probes/roles.ts";
import { unready } from "./probes/settled.ts";
import { type Session, type SessionOptions, withSession } from "./session.ts";
import { type Judgement, judge, type Verdict } from "./verdict.ts";
import type { View } from "./view.ts";
import { Watch } from "./watch.ts";

export interface KillAnyOptions extends SessionOptions {
  readonly times: number;
}

export interface KindSummary {
  readonly kills: number;
  readonly gapMsP50: number;
  readonly gapMsP99: number;
  readonly gapMsMax: number;
}

export interface KillAnyReport {
  readonly verdict: Verdict;
  readonly kills: number;
  /** By kind of process: engine (primary, standby), gateway, redis, postgres, history. */
  readonly kinds: Readonly<Record<string, KindSummary>>;
  readonly gapMsMax: number | null;
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
  readonly substrate: "netns" | "loopback";
  readonly seed: number;
  readonly reportDir: string;
}

interface Kill {
  readonly name: string;
  readonly kind: string;
  readonly time: FaultTime;
}

const now = () => performance.timeOrigin + performance.now();

const READY_TIMEOUT_MS = 60_000;
/** So many looks in a row, or what was seen was the moment before the next hiccup. */
const READY_LOOKS = 3;
const LOOK_EVERY_MS = 200;
/** After the exchange is ready, up to so much later: the moment is to be random. */
const MOMENT_MS = 1000;
/** After a kill, clients are given time to see its gap whole before anything else is done. */
const AFTER_MS = 2500;

export function runKillAny(
  options: KillAnyOptions,
  makeView: () => View,
  signal: AbortSignal,
): Promise<KillAnyReport> {
  return withSession(options, { makeView, signal }, (session) => killOn(session, options, signal));
}

async function killOn(
  session: Session,
  options: KillAnyOptions,
  signal: AbortSignal,
): Promise<KillAnyReport> {
  const { exchange, load, view, reportDir } = session;
  const random = new Random(options.seed ^ 0x6c078965);
  const watch = new Watch({ exchange, load, view, now });
  const startMs = await load.start();
  watch.start(startMs);
  const finished = load.finished();
  finished.catch(() => {});
  await sleep(startMs - now());
  const kills: Kill[] = [];
  const findings: string[] = [];
  while (kills.length < options.times) {
    const missing = await ready(exchange, signal);
    if (missing.length > 0) {
      findings.push(`after kill ${kills.length} the exchange did not become whole: ${missing}`);
      break;
    }
    await Promise.race([sleep(random.fraction() * MOMENT_MS), finished.then(endedEarly)]);
    kills.push(await killOne(exchange, random, watch, kills.length + 1));
    await sleep(AFTER_MS);
  }
  const conclusion = await conclude(session, { watch, finished, signal });
  const { found, audit, settled } = conclusion;
  const acknowledgements = new Acknowledgements(conclusion.ledger);
  const gaps = kills.map((kill) => ({
    ...kill,
    gapMs:
      splitTime(kill.time, watch.decisions, acknowledgements)?.gapMs ?? Number.POSITIVE_INFINITY,
  }));
  const gapMsMax = Math.max(0, ...gaps.map(({ gapMs }) => gapMs));
  const isWhole = kills.length === options.times;
  const { verdict, judgements } = judge(killAny.tolerances, {
    ...measuresOf(conclusion),
    gapMs: isWhole ? gapMsMax : Number.POSITIVE_INFINITY,
  });
  const report: KillAnyReport = {
    verdict,
    kills: kills.length,
    kinds: summarize(gaps),
    gapMsMax: Number.isFinite(gapMsMax) ? gapMsMax : null,
    acknowledged: found?.acknowledged ?? null,
    retried: found?.retried ?? null,
    unknown: found?.unknown ?? null,
    lost: found?.lost ?? null,
    duplicated: found?.duplicated ?? null,
    contradicted: found?.contradicted ?? null,
    hashesEqual: settled.hashesEqual ?? null,
    historyEqual: audit?.historyEqual ?? null,
    history: conclusion.history,
    judgements,
    findings: [
      ...findings,
      ...gaps
        .filter(({ gapMs }) => gapMs > 2000)
        .map(({ name, gapMs }) => `${name}: clients waited ${gapMs} ms`),
      ...conclusion.findings,
    ],
    substrate: exchange.substrate.kind,
    seed: options.seed,
    reportDir,
  };
  const whole = { ...report, gaps, events: watch.events };
  writeFileSync(join(reportDir, "kill-any.json"), `${JSON.stringify(whole, null, 1)}\n`);
  return report;
}

async function killOne(
  exchange: Exchange,
  random: Random,
  watch: Watch,
  number: number,
): Promise<Kill> {
  const running = exchange.processes().filter(({ pid }) => pid !== undefined);
  const victim = running[random.whole(0, running.length - 1)];
  if (victim === undefined) throw new ChaosError("NO_TARGET", "no process runs");
  const seen = await look(exchange);
  const fault = processKill(exchange, victim.name);
  guard(killAny, fault.reach, { ...seen, unwell: [] });
  const engine = seen.engines.find(({ node }) => node === victim.name);
  const kind =
    engine === undefined ? victim.name.replace(/-[a-z]$/, "") : `engine (${engine.role})`;
  const begunMs = now();
  await fault.begin();
  watch.tell("drill", `kill ${number}: ${victim.name}, ${kind}`, begunMs);
  return { name: victim.name, kind, time: { begunMs, heldMs: now() } };
}

/** Waits until any single fault may come; answers what is missing when it never may. */
async function ready(exchange: Exchange, signal: AbortSignal): Promise<string[]> {
  const untilMs = now() + READY_TIMEOUT_MS;
  let missing: string[] = [];
  for (let looks = 0; looks < READY_LOOKS; ) {
    signal.throwIfAborted();
    missing = unready(await look(exchange));
    looks = missing.length === 0 ? looks + 1 : 0;
    if (now() > untilMs) return missing;
    await sleep(LOOK_EVERY_MS);
  }
  return [];
}

function summarize(gaps: readonly (Kill & { readonly gapMs: number })[]) {
  const kinds: Record<string, KindSummary> = {};
  for (const kind of [...new Set(gaps.map((one) => one.kind))].sort()) {
    const own = gaps.filter((one) => one.kind === kind);
    const histogram = build({ numberOfSignificantValueDigits: 3 });
    for (const { gapMs } of own) histogram.recordValue(Math.min(gapMs, 3_600_000));
    kinds[kind] = {
      kills: own.length,
      gapMsP50: histogram.getValueAtPercentile(50),
      gapMsP99: histogram.getValueAtPercentile(99),
      gapMsMax: histogram.maxValue,
    };
  }
  return kinds;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, Math.max(0, ms)));
}
