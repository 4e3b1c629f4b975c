// The steps that operations are made of: tell engines a word, wait for what nodes say of themselves. A step that
// waits looks as its check does, so "already so" and "has become so" are one thing.

import type { AdminVerb, EngineStatus, FollowerStatus } from "../../engine/index.ts";
import { ClusterError } from "../errors.ts";
import type { Notes, Step } from "../plan/plan.ts";
import type { AdminResult, EnginePort, Ports, RegionPorts } from "../ports.ts";

/** Between two looks: short against every budget, long against one answer. */
const pollMs = 25;

export interface Who {
  readonly by: string;
  readonly reason: string;
}

type Draft = Pick<Step, "id" | "what" | "budgetMs"> &
  Partial<Pick<Step, "isDestructive" | "isOptional">>;

const finished = (draft: Draft) => ({ isDestructive: false, ...draft });

/** Waits until `probe` is true. */
export function waitStep(
  draft: Draft,
  ports: Pick<Ports, "pause">,
  probe: (signal: AbortSignal, notes: Notes) => Promise<boolean>,
): Step {
  return {
    ...finished(draft),
    isDone: probe,
    run: async (signal, notes) => {
      while (!(await probe(signal, notes))) await ports.pause(pollMs, signal);
      return null;
    },
  };
}

/** Tells one engine one word; `isDone` says whether it has taken effect. */
export function askStep(
  draft: Draft,
  { engine, verb, body }: { engine: EnginePort; verb: AdminVerb; body: object },
  isDone: (signal: AbortSignal) => Promise<boolean>,
): Step {
  return {
    ...finished(draft),
    isDone,
    run: async (signal) => accepted(engine, await engine.ask(verb, body, signal)),
  };
}

/** Tells all of them at once; one that hears it is enough, the note says who did not. */
export function askAnyStep(
  draft: Draft,
  { engines, verb, body }: { engines: readonly EnginePort[]; verb: AdminVerb; body: object },
  isDone: (signal: AbortSignal, notes: Notes) => Promise<boolean>,
): Step {
  return {
    ...finished(draft),
    isDone,
    run: async (signal) => {
      // One that is silent must not hold up what another has heard already.
      const limit = AbortSignal.any([signal, AbortSignal.timeout(draft.budgetMs)]);
      const results = await Promise.all(
        engines.map(async (engine) => ({ engine, result: await engine.ask(verb, body, limit) })),
      );
      const told = results.filter(({ result }) => result.kind === "done");
      const missed = results.filter(({ result }) => result.kind !== "done");
      const [first] = missed;
      if (told.length === 0 && first !== undefined) accepted(first.engine, first.result);
      const positions = told.flatMap(({ result }) =>
        result.kind === "done" && result.answer.position !== undefined
          ? [result.answer.position]
          : [],
      );
      return {
        ...(positions.length > 0 && { position: Math.max(...positions) }),
        told: told.map(({ engine }) => engine.name),
        missed: missed.map(({ engine, result }) => `${engine.name}: ${problemOf(result)}`),
      };
    },
  };
}

const problemOf = (result: AdminResult): string =>
  result.kind === "unreachable"
    ? result.problem
    : result.kind === "refused"
      ? `${result.message} (${result.code})`
      : "";

/** @throws where the engine did not take it. */
export function accepted(engine: EnginePort, result: AdminResult): unknown {
  if (result.kind === "done" && result.answer.isDone) {
    const { position, epoch } = result.answer;
    return { ...(position !== undefined && { position }), ...(epoch !== undefined && { epoch }) };
  }
  const why =
    result.kind === "done"
      ? `${result.answer.message ?? "not done"} (${result.answer.code ?? "NOT_DONE"})`
      : problemOf(result);
  throw new Error(`${engine.name}: ${why}`);
}

export function regionOf(ports: Ports, name: string): RegionPorts {
  const region = ports.regions.find((candidate) => candidate.name === name);
  if (region === undefined) {
    throw new ClusterError("NOT_POSSIBLE", `there is no region ${name} in this deployment`);
  }
  return region;
}

export function engineOf(region: RegionPorts, name: string): EnginePort {
  const engine = region.engines.find((candidate) => candidate.name === name);
  if (engine === undefined) {
    throw new ClusterError("NOT_POSSIBLE", `there is no engine ${name} in region ${region.name}`);
  }
  return engine;
}

/** Of one that does not answer, false. */
export async function says(
  engine: EnginePort,
  signal: AbortSignal,
  test: (status: EngineStatus) => boolean,
): Promise<boolean> {
  const answer = await engine.status(signal);
  return answer.kind === "answered" && test(answer.value);
}

/** At least one gateway answers, and all that do pass the test. */
export async function gatewaysSay(
  region: RegionPorts,
  signal: AbortSignal,
  test: (status: FollowerStatus) => boolean,
): Promise<boolean> {
  const gateways = region.followers.filter(({ kind }) => kind === "gateway");
  const answers = await Promise.all(gateways.map((gateway) => gateway.status(signal)));
  const heard = answers.flatMap((answer) => (answer.kind === "answered" ? [answer.value] : []));
  return heard.length > 0 && heard.every(test);
}
