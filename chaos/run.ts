// One experiment's life: steady state, method, rollbacks, rest. The load runs all the while; what
// was begun is ended whatever happens.

import { once } from "node:events";
import type { Exchange } from "../failover/index.ts";
import type { DrillEvent } from "./drill-report.ts";
import { ChaosError } from "./errors.ts";
import type { Experiment, Step } from "./experiment.ts";
import { aim } from "./faults/aim.ts";
import type { Fault } from "./faults/fault.ts";
import { guard } from "./guard.ts";
import type { LoadProcess } from "./load/load-process.ts";
import type { OpenOrder } from "./load/load-protocol.ts";
import type { FaultTime } from "./measure/time-split.ts";
import type { Decision } from "./probes/decisions.ts";
import { steadyLook } from "./probes/roles.ts";
import { type Settled, settle } from "./probes/settled.ts";
import type { Watch } from "./watch.ts";

export interface RunRecord {
  readonly startMs: number;
  readonly fault: FaultTime | undefined;
  /** When the fault was ended; absent where the exchange had to mend it by itself. */
  readonly healedMs: number | undefined;
  /** When the load had ended and all was settled with the clients. */
  readonly endMs: number;
  readonly skipped: number;
  readonly settled: Settled;
  readonly openOrders: readonly OpenOrder[] | undefined;
  readonly decisions: readonly Decision[];
  readonly events: readonly DrillEvent[];
}

export interface RunOptions {
  readonly experiment: Experiment;
  readonly exchange: Exchange;
  /** Prepared, not started. */
  readonly load: LoadProcess;
  readonly durationMs: number;
  readonly watch: Watch;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** A returned zone has to fill a Redis, rebuild an engine and catch up with the history. */
const SETTLE_TIMEOUT_MS = 60_000;
/** Before a step, what it will do is looked up. */
const PREPARE_MS = 600;

export async function runExperiment(options: RunOptions): Promise<RunRecord> {
  const { experiment, exchange, load, watch, signal, now } = options;
  const run = new Run(options);
  const before = await settle(exchange, { timeoutMs: SETTLE_TIMEOUT_MS, signal });
  if (before.missing.length > 0) {
    const missing = before.missing.join("; ");
    throw new ChaosError(
      "DRILL_ABORTED",
      `the exchange never came to its steady state: ${missing}`,
    );
  }
  try {
    const startMs = await load.start();
    watch.start(startMs);
    watch.tell("drill", `load rises: ${experiment.title}`, now());
    const finished = load.finished();
    finished.catch(() => {});
    for (const step of experiment.method) {
      await Promise.race([run.do(step, startMs), finished.then(endedEarly), aborted(signal)]);
    }
    const { skipped } = await Promise.race([finished, aborted(signal)]);
    const endMs = now();
    watch.tell("drill", "load has ended; waiting until every member is complete");
    await run.rollBack();
    const nudge = () => load.nudge();
    const settled = await settle(exchange, { timeoutMs: SETTLE_TIMEOUT_MS, signal, nudge });
    for (const missing of settled.missing) watch.tell("drill", `not at rest: ${missing}`);
    const { openOrders } = await Promise.race([load.reconcile(), aborted(signal)]);
    watch.stop();
    return {
      startMs,
      fault: run.faultTime,
      healedMs: run.healedMs,
      endMs,
      skipped,
      settled,
      openOrders,
      decisions: watch.decisions,
      events: watch.events,
    };
  } finally {
    watch.stop();
    await run.rollBack();
  }
}

class Run {
  faultTime: FaultTime | undefined;
  healedMs: number | undefined;
  readonly #options: RunOptions;
  #fault: Fault | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async do(step: Step, startMs: number): Promise<void> {
    const { durationMs, now, watch } = this.#options;
    const dueMs = startMs + durationMs * step.atShare;
    await sleep(dueMs - PREPARE_MS - now());
    if (step.action === "endFault") {
      await sleep(dueMs - now());
      await this.rollBack();
      return;
    }
    const { experiment, exchange } = this.#options;
    const fault = await aim(exchange, experiment.fault);
    guard(experiment, fault.reach, await steadyLook(exchange));
    await sleep(dueMs - now());
    this.#fault = fault;
    const begunMs = now();
    await fault.begin();
    this.faultTime = { begunMs, heldMs: now() };
    watch.tell("drill", `${fault.title} (${fault.reach.processes.join(", ")})`, begunMs);
  }

  /** Ends the fault, if one is on. */
  async rollBack(): Promise<void> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault === undefined || fault.kind === "process-kill" || fault.kind === "switchover") return;
    await fault.end();
    this.healedMs = this.#options.now();
    this.#options.watch.tell("drill", "the fault is ended", this.healedMs);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, Math.max(0, ms)));
}

function endedEarly(): never {
  throw new ChaosError(
    "DRILL_ABORTED",
    "the flow ended before the experiment did: choose a longer flow, less --speed or less --duration",
  );
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
}
