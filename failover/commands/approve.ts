// castle failover --approve ID: the word of a person to the controller that proposed a takeover. The controller
// carries it out by itself, from the surviving region, also if this program ends; here its end is shown.

import { z } from "zod";
import type { DeploymentRegion } from "../deployment.ts";
import { ClusterError } from "../errors.ts";
import type { StepEnd } from "../plan/run-plan.ts";
import { deploymentOf, type OperationOptions } from "./operation-options.ts";
import { stepText } from "./operation-text.ts";

const callTimeoutMs = 2_000;
/** Below it a region is expected to serve again; the database may take longer and is not waited for. */
const patienceMs = 30_000;
const pollMs = 250;
const failedExit = 1;

const stepSchema = z.object({
  step: z.string(),
  what: z.string(),
  outcome: z.enum(["done", "wasThere", "missed", "failed"]),
  ms: z.number(),
  budgetMs: z.number(),
  isOverBudget: z.boolean(),
  problem: z.string().optional(),
});

const statusSchema = z.object({
  proposal: z.object({ id: z.string() }).optional(),
  lastPlan: z
    .object({
      kind: z.enum(["done", "failed"]),
      plan: z.string(),
      ms: z.number(),
      steps: z.array(stepSchema),
    })
    .optional(),
});

export async function approve(id: string, options: OperationOptions): Promise<void> {
  const { regions } = deploymentOf(options);
  const region = await proposerOf(id, regions);
  const url = urlOf(region);
  const before = (await statusOf(url))?.lastPlan?.plan;
  const response = await fetch(`${url}/approve`, {
    method: "POST",
    headers: { authorization: `Bearer ${region.operatorToken ?? ""}` },
    body: JSON.stringify({ id }),
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  if (response.status !== 200) {
    throw new ClusterError(
      "NOT_POSSIBLE",
      `the controller of ${region.name}: ${await response.text()}`,
    );
  }
  if (!options.json) process.stdout.write(`failover: approved, ${region.name} takes over\n`);
  const end = await endOf(url, before);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ verb: "failover", approved: id, ...end })}\n`);
  else if (end !== undefined) {
    process.stdout.write(
      `${end.steps.map((step) => stepText(stepOf(step))).join("")}${end.kind} in ${end.ms} ms (${end.plan})\n`,
    );
  } else process.stdout.write("the controller is still at it: castle history shows its steps\n");
  if (end?.kind !== "done") process.exitCode = failedExit;
}

/** The region whose controller proposes it. @throws ClusterError NOT_POSSIBLE */
export async function proposerOf(
  id: string,
  regions: readonly DeploymentRegion[],
): Promise<DeploymentRegion> {
  for (const region of regions) {
    if (region.controller === undefined) continue;
    if ((await statusOf(urlOf(region)))?.proposal?.id === id) return region;
  }
  throw new ClusterError(
    "NOT_POSSIBLE",
    `no controller proposes ${id}: castle status shows proposals`,
  );
}

function urlOf({ name, controller }: DeploymentRegion): string {
  if (controller === undefined) {
    throw new ClusterError("NOT_POSSIBLE", `the deployment names no controller of ${name}`);
  }
  return `http://${controller.host}:${controller.statusPort}`;
}

async function statusOf(url: string): Promise<z.infer<typeof statusSchema> | undefined> {
  try {
    const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(callTimeoutMs) });
    return statusSchema.parse(await response.json());
  } catch {
    // A controller that does not answer proposes nothing.
    return undefined;
  }
}

async function endOf(url: string, before: string | undefined) {
  const deadlineMs = performance.now() + patienceMs;
  while (performance.now() < deadlineMs) {
    const last = (await statusOf(url))?.lastPlan;
    if (last !== undefined && last.plan !== before) return last;
    await new Promise((wake) => setTimeout(wake, pollMs));
  }
  return undefined;
}

/** Without the problem where there is none. */
function stepOf({ problem, ...step }: z.infer<typeof stepSchema>): StepEnd {
  return problem === undefined ? step : { ...step, problem };
}
