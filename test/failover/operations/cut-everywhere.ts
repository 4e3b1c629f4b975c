// A plan is run to its end, and then again and again in fresh worlds: cut between any two records of its log, whole
// or torn, and resumed. Each time the end must be the same.

import { expect } from "chai";
import { buildPlan } from "../../../failover/operations/build-plan.ts";
import { type Parameters, parametersSchema } from "../../../failover/operations/parameters.ts";
import { OperationLog, type OperationRecord } from "../../../failover/plan/operation-log.ts";
import { type PlanEnd, runPlan } from "../../../failover/plan/run-plan.ts";
import type { Ports } from "../../../failover/ports.ts";
import { Crash, CrashingLog } from "./crashing-log.ts";

export const who = { by: "test", reason: "a test" };

/** What a plan acts on. */
export interface World {
  ports(): Ports;
  /** Everything that must be the same in the end, however the plan was interrupted. */
  state(): Promise<object>;
}

export interface Operation {
  readonly verb: string;
  readonly parameters: Parameters;
}

/** As the command line does: by the parameters of the log where it holds an unfinished plan. */
export function runOrResume(
  world: Pick<World, "ports">,
  { verb, parameters }: Operation,
  log: OperationLog,
): Promise<PlanEnd> {
  const resumes = log.plans().find(({ state }) => state === "unfinished");
  const kept = parametersSchema.parse(resumes?.planned.parameters ?? parameters);
  const { signal } = new AbortController();
  return runPlan(buildPlan(verb, kept, world.ports(), who), { log, resumes, signal });
}

/** Returns the world and the log of the run that nothing interrupted. */
export async function cutEverywhere<T extends World>(
  operation: Operation,
  open: () => Promise<T>,
  newDirectory: () => string,
): Promise<{ readonly world: T; readonly records: readonly OperationRecord[] }> {
  const calm = await open();
  const calmLog = new OperationLog(newDirectory());
  const end = await runOrResume(calm, operation, calmLog);
  expect(end.kind, JSON.stringify(end)).to.equal("done");
  const wanted = await calm.state();
  const records = calmLog.read();
  expect(records).to.have.length(2 * end.steps.length + 2);
  for (const isTorn of [false, true]) {
    for (let left = 0; left < records.length; left++) {
      const world = await open();
      const directory = newDirectory();
      const outcome = await runOrResume(
        world,
        operation,
        new CrashingLog(directory, left, isTorn),
      ).catch((error: unknown) => error);
      expect(outcome, `after ${left} records`).to.be.instanceOf(Crash);
      const log = new OperationLog(directory);
      const resumed = await runOrResume(world, operation, log);
      expect(resumed.kind, `after ${left} records: ${JSON.stringify(resumed)}`).to.equal("done");
      expect(await world.state(), `after ${left} records`).to.deep.equal(wanted);
      expect(log.plans().map(({ state }) => state)).to.deep.equal(["done"]);
    }
  }
  return { world: calm, records };
}
