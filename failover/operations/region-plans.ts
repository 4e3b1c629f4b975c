// Plans between regions. Both run from the region that will lead and need nothing of the other one.
// The register moves first, by compare-and-set: until it has, nothing was touched; from then on only the new
// region may serve, and an engine that is told the new term by anybody stops serving in the old one.

import type { Notes, Step } from "../plan/plan.ts";
import type { EnginePort, Ports, RegionPorts } from "../ports.ts";
import type { Leadership } from "../register.ts";
import type { ParametersOf } from "./parameters.ts";
import {
  accepted,
  askAnyStep,
  engineOf,
  gatewaysSay,
  regionOf,
  says,
  type Who,
  waitStep,
} from "./steps.ts";

export function regionSwitchoverSteps(
  parameters: ParametersOf<"regionSwitchover">,
  ports: Ports,
  who: Who,
): Step[] {
  const { from, to, term } = parameters;
  const oldRegion = regionOf(ports, from);
  const newRegion = regionOf(ports, to);
  return [
    drainStep(oldRegion, term, who),
    waitStep(
      {
        id: "catch-up",
        what: `an engine of ${to} has everything up to that position: nothing is lost`,
        budgetMs: 3_000,
      },
      ports,
      (signal, notes) => hasPosition(newRegion, drainedAt(notes), term, signal),
    ),
    moveStep(parameters, ports, who),
    openStep(newRegion, { term: term + 1, sinceTerm: term + 1 }, who),
    servingStep(newRegion, ports),
    demoteStep(oldRegion.engines, { region: from, term: term + 1, isOptional: false }, who),
    ...trafficSteps(ports, to),
    ...databaseSteps(ports, to, "switchover"),
    followingStep(oldRegion, ports),
  ];
}

export function regionFailoverSteps(
  parameters: ParametersOf<"regionFailover">,
  ports: Ports,
  who: Who,
): Step[] {
  const { from, to, term, demote, alone } = parameters;
  const newRegion = regionOf(ports, to);
  const oldRegion = regionOf(ports, from);
  const reachable = demote.map((name) => engineOf(oldRegion, name));
  return [
    moveStep(parameters, ports, who),
    // Before the new region opens: what the old one would still acknowledge would be lost.
    ...(reachable.length === 0
      ? []
      : [demoteStep(reachable, { region: from, term: term + 1, isOptional: true }, who)]),
    openStep(newRegion, { term: term + 1, sinceTerm: term + 1 }, who),
    ...(alone === undefined ? [] : [forceStep(newRegion, { alone, term: term + 1, ports }, who)]),
    servingStep(newRegion, ports),
    ...trafficSteps(ports, to),
    ...databaseSteps(ports, to, "failover"),
  ];
}

const keepId = "keep-register";

/** After a drain: the term that it ended is over, and the next one is this region's too. */
export function regionKeepSteps(
  { region: name, follower, term }: ParametersOf<"regionKeep">,
  ports: Ports,
  who: Who,
): Step[] {
  const region = regionOf(ports, name);
  const { engines } = regionOf(ports, follower);
  return [
    {
      ...moveStep({ from: name, to: name, term }, ports, who),
      id: keepId,
      what: `the register says that ${name} goes on leading, in term ${term + 1}`,
    },
    reopenStep(region, term + 1, ports, who),
    servingStep(region, ports),
    demoteStep(engines, { region: follower, term: term + 1, isOptional: true }, who),
  ];
}

/** An engine answers within 1.5 s that it is drained, or that it could not be yet. */
const drainTimeoutMs = 2_500;

/**
 * Both engines are told, and must hear it, so that one that becomes primary meanwhile is drained too; what counts is the
 * answer of the one that is primary, as only it knows what is the last position.
 */
function drainStep(region: RegionPorts, term: number, who: Who): Step {
  return {
    id: "drain",
    what: `${region.name} stops taking orders for good in term ${term} and says at which position`,
    budgetMs: 1_000,
    isDestructive: true,
    // Done is what its note says: without the final position nothing can go on.
    isDone: async (_signal, notes) => notes.has("drain"),
    run: async (signal) => {
      const body = { ...who, term };
      const limit = AbortSignal.any([signal, AbortSignal.timeout(drainTimeoutMs)]);
      const results = await Promise.all(
        region.engines.map(async (engine) => ({
          engine,
          result: await engine.ask("drain", body, limit),
        })),
      );
      // One that is not told could be elected, and go on behind the end that the other one named.
      const untold = results.find(
        ({ result }) =>
          result.kind === "unreachable" ||
          // What it took is not committed yet, but it takes no more.
          (result.kind === "refused" && result.code !== "NOT_DRAINED"),
      );
      if (untold !== undefined) accepted(untold.engine, untold.result);
      for (const { engine, result } of results) {
        if (!(await says(engine, signal, (status) => status.role === "primary"))) continue;
        return accepted(engine, result);
      }
      throw new Error(`no engine of ${region.name} says that it is primary`);
    },
  };
}

function drainedAt(notes: Notes): number {
  const note = notes.get("drain") as { position?: number } | undefined;
  return note?.position ?? Number.POSITIVE_INFINITY;
}

/** Also once the region has been opened in the next term, where it has what it had. */
async function hasPosition(
  region: RegionPorts,
  position: number,
  term: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (const engine of region.engines) {
    const has = await says(
      engine,
      signal,
      ({ position: { committed }, region: said }) =>
        // Without a known lag its end may be of an older leadership, and no part of the other's log.
        (committed >= position && said?.lag != null && !said.isDiverged) ||
        (said?.term ?? 0) > term,
    );
    if (has) return true;
  }
  return false;
}

function moveStep(
  { from, to, term }: { from: string; to: string; term: number },
  { register, shard }: Ports,
  who: Who,
): Step {
  if (register === undefined) throw new Error("a deployment of two regions has a register");
  return {
    id: "move-register",
    what: `the register says that ${to} leads in term ${term + 1}, if ${from} still leads in ${term}`,
    budgetMs: 1_000,
    isDestructive: true,
    isDone: async (signal) => {
      const now = await register.read(shard, signal);
      return now?.region === to && now.term === term + 1;
    },
    run: (signal) =>
      register.move({ shard, from: { region: from, term }, toRegion: to, ...who }, signal),
  };
}

function openStep(
  region: RegionPorts,
  leads: Pick<Leadership, "term" | "sinceTerm">,
  who: Who,
): Step {
  const { term } = leads;
  return askAnyStep(
    {
      id: "open",
      what: `the engines of ${region.name} are told to lead in term ${term}; they elect a primary`,
      budgetMs: 1_000,
      isDestructive: true,
    },
    { engines: region.engines, verb: "region", body: { ...who, role: "active", ...leads } },
    (signal) => allSay(region.engines, signal, "active", term),
  );
}

/** An engine may have missed more terms of its own region than this one: they are told since when it leads. */
function reopenStep(region: RegionPorts, term: number, ports: Ports, who: Who): Step {
  const step = openStep(region, { term, sinceTerm: term - 1 }, who);
  return {
    ...step,
    run: async (signal, notes) => {
      const kept = notes.get(keepId) as Partial<Leadership> | null | undefined;
      const sinceTerm = kept?.sinceTerm ?? (await ledSince(region.name, term, ports, signal));
      return openStep(region, { term, sinceTerm }, who).run(signal, notes);
    },
  };
}

/** Where the register has moved on since, the region led in this term and, as it kept it, in the one before. */
async function ledSince(
  region: string,
  term: number,
  { register, shard }: Ports,
  signal: AbortSignal,
): Promise<number> {
  const now = await register?.read(shard, signal);
  const isOfTerm = now?.region === region && now.sinceTerm < term;
  return isOfTerm ? now.sinceTerm : term - 1;
}

function demoteStep(
  engines: readonly EnginePort[],
  { region, term, isOptional }: { region: string; term: number; isOptional: boolean },
  who: Who,
): Step {
  return askAnyStep(
    {
      id: "demote",
      what: `the engines of ${region} are told that they follow in term ${term}`,
      // As a courtesy to a region that may be dead it must not hold the opening of the other one up.
      budgetMs: isOptional ? 300 : 1_000,
      isOptional,
    },
    { engines, verb: "region", body: { ...who, role: "dr", term } },
    (signal) => allSay(engines, signal, "dr", term),
  );
}

/** An engine that was just opened waits for a primary as long as it would for a silent one. */
const forceAttemptsMax = 40;
const forcePauseMs = 100;

/** Where the other engine has come back meanwhile it votes, and nobody needs to be forced. */
function forceStep(
  region: RegionPorts,
  { alone, term, ports }: { alone: string; term: number; ports: Ports },
  who: Who,
): Step {
  const engine = engineOf(region, alone);
  const isServed = async (signal: AbortSignal) => {
    for (const one of region.engines) {
      const isLeading = await says(
        one,
        signal,
        (status) => status.isServing && (status.region?.term ?? 0) >= term,
      );
      if (isLeading) return true;
    }
    return false;
  };
  return {
    id: "force",
    what: `${alone} goes on alone with what it has: what only the other engine of ${region.name} had received is lost`,
    budgetMs: 1_000,
    isDestructive: true,
    isDone: isServed,
    run: async (signal) => {
      const body = { ...who, acceptLoss: true };
      let result = await engine.ask("force", body, signal);
      for (let attempt = 1; attempt < forceAttemptsMax && result.kind !== "done"; attempt++) {
        await ports.pause(forcePauseMs, signal);
        if (await isServed(signal)) return null;
        result = await engine.ask("force", body, signal);
      }
      return accepted(engine, result);
    },
  };
}

async function allSay(
  engines: readonly EnginePort[],
  signal: AbortSignal,
  role: "active" | "dr",
  term: number,
): Promise<boolean> {
  const answers = await Promise.all(
    engines.map((engine) =>
      says(engine, signal, ({ region }) => region?.role === role && region.term >= term),
    ),
  );
  return answers.every((isSo) => isSo);
}

function servingStep(region: RegionPorts, ports: Ports): Step {
  return waitStep(
    { id: "serve", what: `the gateways of ${region.name} serve orders`, budgetMs: 3_000 },
    ports,
    // Before that they may still serve from the region that is given up.
    (signal) =>
      gatewaysSay(region, signal, (said) => said.isServing && said.isPrimaryHere !== false),
  );
}

const kebab = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

/** An accelerator: health checks on /health/primary move clients anyway. */
function trafficSteps(ports: Ports, to: string): Step[] {
  return ports.traffic.map((router) => ({
    id: `traffic-${kebab(router.name)}`,
    what: router.describe(to),
    budgetMs: 5_000,
    isDestructive: false,
    isOptional: true,
    isDone: async (signal) => (await router.current(signal)) === to,
    run: (signal) => router.moveTo(to, signal),
  }));
}

/** Not on the trading path: the history catches up from the journal whenever it can write again. */
function databaseSteps(ports: Ports, to: string, mode: "switchover" | "failover"): Step[] {
  const { database } = ports;
  if (database === undefined) return [];
  return [
    {
      id: "database",
      what: `the database's writer moves to ${to} by ${mode}; trading does not wait for it`,
      // The seeds' figure for a database failover is 35 s; a switchover waits for replication first.
      budgetMs: mode === "failover" ? 60_000 : 120_000,
      isDestructive: mode === "failover",
      isOptional: true,
      isDone: async (signal) => (await database.writerRegion(signal)) === to,
      run: (signal) => database.promote({ region: to, mode }, signal),
    },
  ];
}

function followingStep(region: RegionPorts, ports: Ports): Step {
  return {
    ...waitStep(
      { id: "follow", what: `${region.name} follows again, with a known lag`, budgetMs: 10_000 },
      ports,
      async (signal) => {
        const answers = await Promise.all(
          region.engines.map((engine) =>
            says(engine, signal, (status) => status.region?.lag != null),
          ),
        );
        return answers.some((isFollowing) => isFollowing);
      },
    ),
    isOptional: true,
  };
}
