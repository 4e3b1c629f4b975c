// Runs a plan: each step is looked at first, then run, timed against its budget, and recorded. A step that
// fails or hangs ends the run; the plan stays unfinished in the log and can be resumed from there.
// Invariant: no step begins before the end of the one before it is on disk.

import { randomBytes } from "node:crypto";
import type { OperationLog, PlanRecord } from "./operation-log.ts";
import type { Plan, Step } from "./plan.ts";

/** A step that takes five times its budget is not late, it hangs. */
const timeoutFactor = 5;

export interface StepEnd {
  readonly step: string;
  readonly what: string;
  readonly outcome: "done" | "wasThere" | "missed" | "failed";
  readonly ms: number;
  readonly budgetMs: number;
  readonly isOverBudget: boolean;
  /** Of `missed` and `failed`. */
  readonly problem?: string;
  readonly note?: unknown;
}

export interface PlanEnd {
  readonly kind: "done" | "failed";
  readonly plan: string;
  readonly verb: string;
  readonly title: string;
  readonly ms: number;
  readonly steps: readonly StepEnd[];
}

export interface RunOptions {
  readonly log: OperationLog;
  /** An unfinished run of the same plan that this one continues. */
  readonly resumes?: PlanRecord | undefined;
  /** The plan is what it takes to give `resumes` up: at its end that one is abandoned, not done. */
  readonly isAbandonment?: boolean;
  readonly signal: AbortSignal;
  readonly onBegin?: (step: Step) => void;
  readonly onEnd?: (end: StepEnd) => void;
}

const wallMs = () => Math.round(performance.timeOrigin + performance.now());

/** Sorts by time, and tells two plans of one second apart. */
function newPlanId(): string {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  return `${stamp}-${randomBytes(3).toString("hex")}`;
}

export async function runPlan(plan: Plan, options: RunOptions): Promise<PlanEnd> {
  const { log, resumes } = options;
  const id = resumes?.planned.plan ?? newPlanId();
  const { verb, title, parameters, by, reason, steps } = plan;
  if (resumes === undefined) {
    const ids = steps.map((step) => step.id);
    const made = { parameters: { ...parameters }, by, reason, steps: ids };
    log.add({ atMs: wallMs(), plan: id, kind: "planned", verb, title, ...made });
  } else log.add({ atMs: wallMs(), plan: id, kind: "resumed", by });
  const notes = new Map(resumes?.notes);
  const ends: StepEnd[] = [];
  const beganMs = performance.now();
  for (const step of steps) {
    options.onBegin?.(step);
    log.add({ atMs: wallMs(), plan: id, kind: "stepBegan", step: step.id });
    const end = await runStep(step, notes, options.signal);
    record(log, id, end);
    if (end.outcome === "done") notes.set(step.id, end.note);
    ends.push(end);
    options.onEnd?.(end);
    if (end.outcome === "failed") {
      return { kind: "failed", plan: id, verb, title, ms: sinceMs(beganMs), steps: ends };
    }
  }
  const ms = sinceMs(beganMs);
  if (options.isAbandonment === true) {
    log.add({ atMs: wallMs(), plan: id, kind: "abandoned", by, reason });
  } else log.add({ atMs: wallMs(), plan: id, kind: "done", ms });
  return { kind: "done", plan: id, verb, title, ms, steps: ends };
}

const sinceMs = (beganMs: number) => Math.round((performance.now() - beganMs) * 10) / 10;

async function runStep(
  step: Step,
  notes: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
): Promise<StepEnd> {
  const { id, what, budgetMs } = step;
  const beganMs = performance.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutFactor * budgetMs)]);
  const timing = () => {
    const ms = sinceMs(beganMs);
    return { step: id, what, ms, budgetMs, isOverBudget: ms > budgetMs };
  };
  try {
    if (await within(step.isDone(limit, notes), limit)) {
      return { ...timing(), outcome: "wasThere", note: notes.get(id) ?? null };
    }
    const note = await within(step.run(limit, notes), limit);
    return { ...timing(), outcome: "done", note: note ?? null };
  } catch (error) {
    const problem = limit.aborted && !signal.aborted ? hung(step, error) : messageOf(error);
    const outcome = step.isOptional === true && !signal.aborted ? "missed" : "failed";
    return { ...timing(), outcome, problem };
  }
}

/** Also a step that does not listen to its signal ends here. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort))
      .catch(reject);
  });
}

function hung(step: Step, error: unknown): string {
  const isTimeout = (error as Error).name === "TimeoutError";
  const why = isTimeout ? "" : `: ${messageOf(error)}`;
  return `not done within ${timeoutFactor} times its budget of ${step.budgetMs} ms${why}`;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function record(log: OperationLog, plan: string, end: StepEnd): void {
  const { step, ms, budgetMs, isOverBudget, outcome } = end;
  const timed = { atMs: wallMs(), plan, step, ms, budgetMs, isOverBudget };
  if (outcome === "done" || outcome === "wasThere") {
    log.add({ ...timed, kind: "stepDone", wasThere: outcome === "wasThere", note: end.note });
  } else {
    const problem = end.problem ?? "";
    log.add({ ...timed, kind: "stepFailed", isOptional: outcome === "missed", problem });
  }
}
