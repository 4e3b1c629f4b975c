// What operations show: checks, steps with their budgets, the end. Pure.

import type { Check } from "../operations/checks.ts";
import { isRefused } from "../operations/checks.ts";
import { budgetOf, type Plan } from "../plan/plan.ts";
import type { PlanEnd, StepEnd } from "../plan/run-plan.ts";

export const checksText = (checks: readonly Check[]): string =>
  checks
    .map(({ level, id, text, isForceable }) => {
      const way = level === "fail" && isForceable === true ? " (--force goes on)" : "";
      return `  ${level.padEnd(4)}  ${id}: ${text}${way}\n`;
    })
    .join("");

export function dryRunText(plan: Plan, checks: readonly Check[]): string {
  const steps = plan.steps.map(({ id, what, budgetMs, isDestructive, isOptional }, index) => {
    const marks = [isDestructive ? "destructive" : "", isOptional === true ? "optional" : ""];
    const mark = marks.filter(Boolean).join(", ");
    return `  ${index + 1}  ${id.padEnd(14)} ${String(budgetMs).padStart(6)} ms  ${what}${mark === "" ? "" : ` [${mark}]`}\n`;
  });
  return [
    `${plan.verb}: ${plan.title}\n`,
    ...(checks.length === 0 ? [] : ["checks\n", checksText(checks)]),
    "steps, with their time budgets\n",
    ...steps,
    `all together ${budgetOf(plan)} ms when all is well\n`,
    ...(isRefused(checks) ? [`${plan.verb} would be refused: a check says fail\n`] : []),
  ].join("");
}

export function dryRunJson(plan: Plan, checks: readonly Check[]): object {
  const { verb, title, parameters, by, reason } = plan;
  return {
    verb,
    title,
    isDryRun: true,
    isRefused: isRefused(checks),
    by,
    reason,
    parameters,
    checks,
    budgetMs: budgetOf(plan),
    steps: plan.steps.map(({ id, what, budgetMs, isDestructive, isOptional }) => ({
      id,
      what,
      budgetMs,
      isDestructive,
      isOptional: isOptional === true,
    })),
  };
}

const outcomeWords = {
  done: "done",
  wasThere: "was so",
  missed: "missed",
  failed: "FAILED",
} as const;

export function stepText({ step, what, outcome, ms, budgetMs, isOverBudget, problem }: StepEnd) {
  const late = isOverBudget ? ", over budget" : "";
  const time = `${ms.toFixed(1).padStart(8)} of ${budgetMs} ms${late}`;
  const said = problem === undefined ? what : `${what}: ${problem}`;
  return `  ${outcomeWords[outcome].padEnd(6)}  ${step.padEnd(14)} ${time}  ${said}\n`;
}

export function endText(end: PlanEnd, isHarmless: boolean): string {
  if (end.kind === "done") return `done in ${end.ms} ms (${end.plan})\n`;
  return isHarmless
    ? `failed at its first step: nothing was done (${end.plan})\n`
    : `broken off after ${end.ms} ms: castle ${end.verb} --resume ${end.plan} continues it\n`;
}

/** Of a planned move that failed after its drain, and of what was done about it. */
export function backText(end: PlanEnd, back: PlanEnd): string {
  const { verb, plan, ms } = end;
  return back.kind === "done"
    ? `broken off after ${ms} ms, and given up: ${back.title} (${plan})\n`
    : `broken off after ${ms} ms, still drained: castle ${verb} --resume ${plan} continues it, --abandon ${plan} lets the old region trade again\n`;
}
