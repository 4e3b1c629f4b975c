// The way of every operation: look, propose, check, show or ask for consent, run, tell. Exit codes: 0 done (or
// nothing to do, or a dry run that would go), 1 failed or broken off midway, 2 wrong input or not possible,
// 3 the checks refuse it.

import { createInterface } from "node:readline/promises";
import { lookAtDeployment } from "../controllers.ts";
import type { Deployment } from "../deployment.ts";
import { ClusterError } from "../errors.ts";
import { openPorts } from "../open-ports.ts";
import { abandonmentOf } from "../operations/abandonment.ts";
import { buildPlan } from "../operations/build-plan.ts";
import { type Check, isRefused } from "../operations/checks.ts";
import { type Parameters, parametersSchema } from "../operations/parameters.ts";
import type { Proposal } from "../operations/propose.ts";
import { takeOperationLock } from "../plan/operation-lock.ts";
import { OperationLog, type PlanRecord } from "../plan/operation-log.ts";
import type { Plan } from "../plan/plan.ts";
import { type PlanEnd, runPlan } from "../plan/run-plan.ts";
import type { Ports } from "../ports.ts";
import type { View } from "../view.ts";
import { deploymentOf, type OperationOptions, whoOf } from "./operation-options.ts";
import {
  backText,
  checksText,
  dryRunJson,
  dryRunText,
  endText,
  stepText,
} from "./operation-text.ts";

const refusedExit = 3;
const failedExit = 1;

/** What a command proposes on what it sees. */
export type Propose = (view: View, deployment: Deployment) => Proposal;

export async function runOperation(
  verb: string,
  options: OperationOptions,
  propose: Propose,
): Promise<void> {
  const deployment = deploymentOf(options);
  const log = new OperationLog(deployment.dataDir);
  const ports = await openPorts(deployment);
  const unlock = options.dryRun ? () => {} : takeOperationLock(deployment.dataDir);
  try {
    if (options.abandon !== undefined) {
      return await abandon(verb, options.abandon, { ports, log, options });
    }
    if (options.resume !== undefined) {
      const record = unfinished(log, verb, options.resume);
      const parameters = parametersSchema.parse(record.planned.parameters);
      const plan = buildPlan(verb, parameters, ports, {
        by: record.planned.by,
        reason: record.planned.reason,
      });
      if (options.dryRun) return print(options, dryRunJson(plan, []), dryRunText(plan, []));
      return await carryOut(plan, [], { ports, log, options, resumes: record });
    }
    refuseWhileUnfinished(log, verb, options.dryRun);
    const proposal = propose(
      await lookAtDeployment(deployment, ports, AbortSignal.timeout(10_000)),
      deployment,
    );
    await act(verb, proposal, { ports, log, options });
  } finally {
    unlock();
  }
}

interface Setting {
  readonly ports: Ports;
  readonly log: OperationLog;
  readonly options: OperationOptions;
}

async function act(
  verb: string,
  proposal: Proposal,
  { ports, log, options }: Setting,
): Promise<void> {
  const { checks } = proposal;
  if (proposal.kind === "nothing") {
    const { sentence } = proposal;
    print(options, { verb, isDone: true, sentence, checks }, `${sentence}: nothing to do\n`);
    return;
  }
  if (isRefused(checks) && !options.dryRun) {
    return refuse(verb, proposal.parameters, checks, options);
  }
  const plan = buildPlan(verb, proposal.parameters, ports, whoOf(options));
  if (options.dryRun) {
    print(options, dryRunJson(plan, checks), dryRunText(plan, checks));
    if (isRefused(checks)) process.exitCode = refusedExit;
    return;
  }
  await carryOut(plan, checks, { ports, log, options });
}

function refuse(
  verb: string,
  parameters: Parameters,
  checks: readonly Check[],
  options: OperationOptions,
): void {
  const text = `${verb}: refused, nothing was done\n${checksText(checks)}`;
  print(options, { verb, isDone: false, isRefused: true, parameters, checks }, text);
  process.exitCode = refusedExit;
}

async function carryOut(
  plan: Plan,
  checks: readonly Check[],
  { ports, log, options, resumes }: Setting & { resumes?: PlanRecord },
): Promise<void> {
  await consent(plan, checks, options);
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort(new Error("interrupted: --resume goes on"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  const { signal } = interrupted;
  const end = await run(plan, { ports, log, options, resumes, signal });
  const kept = end.kind === "failed" ? keptAfter(end, log) : undefined;
  // Whoever interrupts it decides; what breaks off by itself must not leave the exchange drained.
  const back =
    kept === undefined || signal.aborted
      ? undefined
      : await run(buildPlan(end.verb, kept, ports, whoOf(options)), {
          ports,
          log,
          options,
          signal,
          resumes: recordOf(end, log),
          isAbandonment: true,
        });
  const isHarmless =
    end.kind === "failed" && kept === undefined && changedNothing(end) && resumes === undefined;
  if (isHarmless) {
    // A plan that was refused at its first step needs no resuming.
    const reason = "its first step failed: nothing was done";
    log.add({ atMs: Date.now(), plan: end.plan, kind: "abandoned", by: plan.by, reason });
  }
  const said = { ...end, isDone: end.kind === "done", checks, ...(back && { putBack: back }) };
  print(options, said, back === undefined ? endText(end, isHarmless) : backText(end, back));
  if (end.kind === "failed") process.exitCode = failedExit;
}

type Running = Setting & {
  readonly resumes?: PlanRecord | undefined;
  readonly signal: AbortSignal;
  readonly isAbandonment?: boolean;
};

function run(
  plan: Plan,
  { log, options, resumes, signal, isAbandonment = false }: Running,
): Promise<PlanEnd> {
  if (!options.json) process.stdout.write(`${plan.verb}: ${plan.title}\n`);
  const onEnd = (step: PlanEnd["steps"][number]) => {
    if (!options.json) process.stdout.write(stepText(step));
  };
  return runPlan(plan, { log, resumes, signal, isAbandonment, onEnd });
}

const recordOf = ({ plan }: PlanEnd, log: OperationLog): PlanRecord | undefined =>
  log.plans().find(({ planned }) => planned.plan === plan);

/** `undefined`: nothing was drained, or the other region leads already. */
function keptAfter(end: PlanEnd, log: OperationLog): Parameters | undefined {
  const record = recordOf(end, log);
  if (record === undefined || record.notes.has("move-register")) return undefined;
  return abandonmentOf(record);
}

const changedNothing = ({ steps }: PlanEnd): boolean =>
  steps.every(({ outcome }) => outcome !== "done");

async function consent(
  plan: Plan,
  checks: readonly Check[],
  options: OperationOptions,
): Promise<void> {
  const isDestructive = plan.steps.some((step) => step.isDestructive);
  if (options.yes || !isDestructive) return;
  if (!process.stdin.isTTY) {
    throw new ClusterError(
      "NOT_CONFIRMED",
      `${plan.verb} has destructive steps: look at them by --dry-run, then add --yes`,
    );
  }
  process.stderr.write(dryRunText(plan, checks));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Go on? Type ${plan.verb}: `);
  terminal.close();
  if (answer.trim() !== plan.verb) {
    throw new ClusterError("NOT_CONFIRMED", "not confirmed: nothing was done");
  }
}

function unfinished(log: OperationLog, verb: string, id: string): PlanRecord {
  const found = log
    .plans()
    .find(({ planned, state }) => planned.plan === id && state === "unfinished");
  if (found === undefined || found.planned.verb !== verb) {
    throw new ClusterError(
      "OPERATION_UNKNOWN",
      found === undefined
        ? `there is no unfinished operation ${id} in ${log.file}`
        : `${id} is a ${found.planned.verb}: castle ${found.planned.verb} --resume ${id}`,
    );
  }
  return found;
}

function refuseWhileUnfinished(log: OperationLog, verb: string, isDryRun: boolean): void {
  const found = log
    .plans()
    .find(({ planned, state }) => planned.verb === verb && state === "unfinished");
  if (found === undefined || isDryRun) return;
  const { plan, title } = found.planned;
  throw new ClusterError(
    "OPERATION_UNFINISHED",
    `${title} was interrupted: castle ${verb} --resume ${plan} continues it, --abandon ${plan} gives it up`,
  );
}

async function abandon(verb: string, id: string, { ports, log, options }: Setting): Promise<void> {
  const record = unfinished(log, verb, id);
  const { planned } = record;
  const parameters = abandonmentOf(record);
  const { by, reason } = whoOf(options);
  if (parameters !== undefined) {
    const plan = buildPlan(verb, parameters, ports, { by, reason });
    if (options.dryRun) return print(options, dryRunJson(plan, []), dryRunText(plan, []));
    await consent(plan, [], options);
    const { signal } = new AbortController();
    const running = { ports, log, options, resumes: record, signal };
    const end = await run(plan, { ...running, isAbandonment: true });
    const isAbandoned = end.kind === "done";
    const text = isAbandoned
      ? `${verb} ${id} is given up: ${plan.title}\n`
      : `not given up: castle ${verb} --abandon ${id} tries it again\n`;
    print(options, { ...end, isAbandoned }, text);
    if (!isAbandoned) process.exitCode = failedExit;
    return;
  }
  const { title } = planned;
  if (options.dryRun) {
    const text = `${verb} ${id} would be given up, and nothing else done: ${title}\n`;
    return print(options, { verb, plan: id, title, isDryRun: true, steps: [] }, text);
  }
  log.add({ atMs: Date.now(), plan: id, kind: "abandoned", by, reason });
  print(options, { verb, plan: id, isAbandoned: true }, `${verb} ${id} is given up: ${title}\n`);
}

function print({ json }: { json: boolean }, value: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text);
}
