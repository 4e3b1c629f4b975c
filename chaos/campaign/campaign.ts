// castle chaos crash | zone-loss | false-failover: hundreds of failovers in a row, or half an hour of
// bad weather, on one exchange under load; then every acknowledged order is looked for, once, at the
// end. Unattended: nobody lends a hand, and what fails is counted, not repeated.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../flow/random.ts";
import { type Conclusion, conclude, endedEarly, measuresOf } from "../conclude.ts";
import { ChaosError } from "../errors.ts";
import type { Campaign } from "../experiments/campaigns.ts";
import { packetLoss } from "../faults/packet-loss.ts";
import { processPauses } from "../faults/process-pauses.ts";
import { guard } from "../guard.ts";
import { Acknowledgements } from "../measure/acknowledgements.ts";
import { noticedFrom, splitTime } from "../measure/time-split.ts";
import { environment } from "../outcome.ts";
import { steadyLook } from "../probes/roles.ts";
import { settle } from "../probes/settled.ts";
import { type Session, type SessionOptions, withSession } from "../session.ts";
import { judge } from "../verdict.ts";
import { quiet, type View } from "../view.ts";
import { Watch } from "../watch.ts";
import { type CampaignReport, distribution, gapsOf } from "./campaign-report.ts";
import { countPromotions, ledUpTo } from "./promotions.ts";
import { runTrial, type Trial } from "./trials.ts";

export interface CampaignOptions extends SessionOptions {
  readonly campaign: Campaign;
  /** Trials of a campaign that has trials. */
  readonly times: number;
  /** Length of one that has none. */
  readonly minutes: number;
  readonly lossPercent: number;
  readonly pauseMs: number;
}

const now = () => performance.timeOrigin + performance.now();

const settleTimeoutMs = 60_000;
/** Every process stands still once in it. */
const pauseEveryMs = 1_000;
const tellEveryMs = 1_000;
/** After the last fault clients are given time to see its gap whole. */
const afterMs = 2_500;

export function runCampaign(
  options: CampaignOptions,
  makeView: () => View,
  signal: AbortSignal,
): Promise<CampaignReport> {
  return withSession(options, { makeView, signal }, (session) => {
    const run = new CampaignRun(session, options, signal);
    return run.run();
  });
}

class CampaignRun {
  readonly #session: Session;
  readonly #options: CampaignOptions;
  readonly #signal: AbortSignal;
  readonly #watch: Watch;
  readonly #trials: Trial[] = [];
  readonly #findings: string[] = [];
  #pauses = 0;
  #toldMs = 0;

  constructor(session: Session, options: CampaignOptions, signal: AbortSignal) {
    this.#session = session;
    this.#options = options;
    this.#signal = signal;
    const { exchange, load, view } = session;
    // A thousand failovers have twenty thousand events: their place is the report.
    this.#watch = new Watch({ exchange, load, view: quiet(view), now });
  }

  async run(): Promise<CampaignReport> {
    const { exchange, load } = this.#session;
    const before = await settle(exchange, { timeoutMs: settleTimeoutMs, signal: this.#signal });
    if (before.missing.length > 0) {
      const missing = before.missing.join("; ");
      throw new ChaosError("DRILL_ABORTED", `the exchange never came to rest: ${missing}`);
    }
    const startMs = await load.start();
    this.#watch.start(startMs);
    const finished = load.finished();
    finished.catch(() => {});
    await sleep(startMs - now());
    const isEnded = finished.then(endedEarly);
    isEnded.catch(() => {});
    const { campaign } = this.#options;
    const begunMs = now();
    await Promise.race([
      campaign.trial === undefined ? this.#weather() : this.#allTrials(),
      isEnded,
    ]);
    const lastedMs = now() - begunMs;
    await sleep(afterMs);
    const conclusion = await conclude(this.#session, {
      watch: this.#watch,
      finished,
      signal: this.#signal,
    });
    return this.#report(conclusion, lastedMs);
  }

  async #allTrials(): Promise<void> {
    const { campaign, times, seed } = this.#options;
    const random = new Random(seed ^ 0x6c078965);
    const { exchange } = this.#session;
    const parts = { exchange, campaign, random, signal: this.#signal, now };
    while (this.#trials.length < times) {
      try {
        const trial = await runTrial(parts, this.#trials.length + 1);
        this.#trials.push(trial);
        this.#watch.tell("drill", `trial ${trial.number}: ${trial.title}`, trial.time.begunMs);
        this.#tellProgress(trial, times);
      } catch (error) {
        if (!(error instanceof ChaosError) || error.code !== "DRILL_ABORTED") throw error;
        this.#findings.push(error.message);
        return;
      }
    }
  }

  #tellProgress({ number, title, readyAfterMs, failure }: Trial, times: number): void {
    if (now() - this.#toldMs < tellEveryMs && number < times) return;
    this.#toldMs = now();
    const failed = this.#trials.filter((trial) => trial.failure !== undefined).length;
    const how = failure ?? `whole again after ${Math.round(readyAfterMs)} ms before it`;
    this.#session.view.note(`trial ${number} of ${times}: ${title}; ${how}; ${failed} failed`);
  }

  /** Loss and pauses at once, for as long as was asked for. */
  async #weather(): Promise<void> {
    const { campaign, minutes, lossPercent, pauseMs } = this.#options;
    const { exchange, view } = this.#session;
    const loss = packetLoss(exchange, lossPercent);
    const pauses = processPauses(exchange, { pauseMs, everyMs: pauseEveryMs });
    guard(campaign, pauses.reach, await steadyLook(exchange));
    const untilMs = now() + minutes * 60_000;
    try {
      if (lossPercent > 0) await loss.begin();
      if (pauseMs > 0) await pauses.begin();
      this.#watch.tell("drill", `${loss.title}; ${pauses.title}`);
      while (now() < untilMs) {
        this.#signal.throwIfAborted();
        await sleep(Math.min(tellEveryMs, untilMs - now()));
        if (now() - this.#toldMs < 10 * tellEveryMs) continue;
        this.#toldMs = now();
        const left = Math.max(0, Math.round((untilMs - now()) / 1000));
        const { extra } = countPromotions([], this.#watch.decisions);
        view.note(`${left} s left; ${pauses.count} pauses, ${extra.length} promotions`);
      }
    } finally {
      await pauses.end();
      await loss.end();
      this.#pauses = pauses.count;
    }
  }

  #report(conclusion: Conclusion, lastedMs: number): CampaignReport {
    const { campaign, times, seed, rate } = this.#options;
    const { exchange, reportDir } = this.#session;
    const { decisions, events } = this.#watch;
    const acknowledgements = new Acknowledgements(conclusion.ledger);
    const gaps = this.#trials.map((trial) => ({
      ...trial,
      split: splitTime(noticedFrom(trial.time, decisions), decisions, acknowledgements),
    }));
    const promotions = countPromotions(
      this.#trials.map(({ time }) => time.begunMs),
      decisions,
    );
    const wanted = campaign.trial === undefined ? 0 : times;
    const failures = gaps.filter(({ failure, split }) => failure ?? split?.promoted === undefined);
    const unfinished = wanted - this.#trials.length;
    const failedTrials = failures.length + unfinished;
    const gapMs = distribution(gapsOf(gaps, (split) => split.gapMs));
    const isWhole = failedTrials === 0;
    const { verdict, judgements } = judge(campaign.tolerances, {
      ...measuresOf(conclusion),
      gapMs: isWhole ? (gapMs?.max ?? 0) : Number.POSITIVE_INFINITY,
      failedTrials,
      falsePromotions: promotions.extra.length,
    });
    const { found, audit, settled } = conclusion;
    const report: CampaignReport = {
      verdict,
      campaign: campaign.name,
      title: campaign.title,
      trials: this.#trials.length,
      failedTrials,
      lastedSeconds: Math.round(lastedMs / 1000),
      gapMs,
      detectMs: distribution(gapsOf(gaps, (split) => split.detectMs)),
      promotedMs: distribution(gapsOf(gaps, (split) => split.gapMs - split.reconnectMs)),
      wholeAgainMs: distribution(this.#trials.slice(1).map(({ readyAfterMs }) => readyAfterMs)),
      promotions: {
        expected: promotions.expected,
        seen: promotions.seen,
        false: promotions.extra.length,
      },
      pauses: this.#pauses,
      lossPercent: campaign.trial === undefined ? this.#options.lossPercent : 0,
      operations: conclusion.ledger.filter(({ kind }) => kind !== "recheck").length,
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
        ...this.#findings,
        ...failures.map(({ number, failure }) => `trial ${number}: ${failure ?? "no gap's end"}`),
        ...promotions.extra.slice(0, 20).map((one) => ledUpTo(one, decisions)),
        ...conclusion.findings,
      ],
      rate,
      timing: exchange.config.timing,
      substrate: exchange.substrate.kind,
      seed,
      environment: environment(),
      reportDir,
    };
    const whole = { ...report, gaps, events };
    writeFileSync(join(reportDir, `${campaign.name}.json`), `${JSON.stringify(whole, null, 1)}\n`);
    return report;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, Math.max(0, ms)));
}
