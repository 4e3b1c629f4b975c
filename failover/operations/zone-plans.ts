// Plans inside one region: switchover, failover, and what is told to engines. The region's register and
// traffic are not touched: gateways find the primary by themselves.

import type { Step } from "../plan/plan.ts";
import type { EnginePort, Ports, RegionPorts } from "../ports.ts";
import type { ParametersOf } from "./parameters.ts";
import {
  accepted,
  askStep,
  engineOf,
  gatewaysSay,
  regionOf,
  says,
  type Who,
  waitStep,
} from "./steps.ts";

export function zoneSwitchoverSteps(
  { region: regionName, from, to, epoch }: ParametersOf<"zoneSwitchover">,
  ports: Ports,
  who: Who,
): Step[] {
  const region = regionOf(ports, regionName);
  const oldPrimary = engineOf(region, from);
  const newPrimary = engineOf(region, to);
  return [
    askStep(
      {
        id: "hand-over",
        what: `${from} stops taking orders, waits until ${to} has everything, and hands over to it`,
        budgetMs: 1_000,
      },
      { engine: oldPrimary, verb: "switchover", body: who },
      (signal) => serves(newPrimary, epoch, signal),
    ),
    waitStep({ id: "serve", what: `${to} serves in a new epoch`, budgetMs: 500 }, ports, (signal) =>
      serves(newPrimary, epoch, signal),
    ),
    gatewaysStep(region, epoch, ports),
    waitStep(
      {
        id: "stand-by",
        what: `${from} stands by and is in sync again`,
        budgetMs: 5_000,
      },
      ports,
      async (signal) =>
        (await says(newPrimary, signal, (status) => status.inSync.includes("peer"))) &&
        (await says(oldPrimary, signal, (status) => status.role === "standby")),
    ),
  ];
}

/** Which engine wins the election cannot be promised; with the other one lost or fenced it is `to`. */
export function zoneFailoverSteps(
  { region: regionName, to, fence, epoch, isAlone }: ParametersOf<"zoneFailover">,
  ports: Ports,
  who: Who,
): Step[] {
  const region = regionOf(ports, regionName);
  const targets = fence.map((engine) => ({ region: regionName, engine }));
  const fenceSteps = tellSteps({ kind: "tell", word: "fence", targets }, ports, who);
  return [
    ...fenceSteps.map((step) => ({ ...step, isOptional: true })),
    isAlone ? forceStep(region, to, epoch, who) : standStep(region, { to, epoch, ports }, who),
    waitStep(
      { id: "serve", what: `${to} serves in a new epoch`, budgetMs: 1_000 },
      ports,
      (signal) => anyServes(region, epoch, signal),
    ),
    gatewaysStep(region, epoch, ports),
  ];
}

/** A primary that died this moment is heard of for one failure timeout more, by datagrams for longer. */
const standAttemptsMax = 40;
const standPauseMs = 100;

function standStep(
  region: RegionPorts,
  { to, epoch, ports }: { to: string; epoch: number; ports: Ports },
  who: Who,
): Step {
  const engine = engineOf(region, to);
  return {
    id: "stand",
    what: `${to} is elected by the protocol, paused or not: nothing acknowledged is lost`,
    budgetMs: 1_000,
    isDestructive: true,
    isDone: (signal) => anyServes(region, epoch, signal),
    run: async (signal) => {
      let result = await engine.ask("stand", who, signal);
      for (let attempt = 1; attempt < standAttemptsMax && result.kind !== "done"; attempt++) {
        await ports.pause(standPauseMs, signal);
        if (await anyServes(region, epoch, signal)) return null;
        result = await engine.ask("stand", who, signal);
      }
      return accepted(engine, result);
    },
  };
}

async function anyServes(
  region: RegionPorts,
  epoch: number,
  signal: AbortSignal,
): Promise<boolean> {
  const served = await Promise.all(region.engines.map((engine) => serves(engine, epoch, signal)));
  return served.some((isSo) => isSo);
}

function forceStep(region: RegionPorts, to: string, epoch: number, who: Who): Step {
  const engine = engineOf(region, to);
  return askStep(
    {
      id: "force",
      what: `${to} goes on alone with what it has: what only the lost members had is lost`,
      budgetMs: 1_000,
      isDestructive: true,
    },
    { engine, verb: "force", body: { ...who, acceptLoss: true } },
    (signal) => serves(engine, epoch, signal),
  );
}

const serves = (engine: EnginePort, epoch: number, signal: AbortSignal): Promise<boolean> =>
  says(engine, signal, (status) => status.isServing && status.epoch > epoch);

function gatewaysStep(region: RegionPorts, epoch: number, ports: Ports): Step {
  return waitStep(
    { id: "gateways", what: "every gateway that answers serves from it", budgetMs: 1_000 },
    ports,
    (signal) => gatewaysSay(region, signal, (status) => status.isServing && status.epoch > epoch),
  );
}

const told = {
  pause: { flag: "isPaused", wanted: true, does: "promotes nobody by itself any more" },
  resume: { flag: "isPaused", wanted: false, does: "may promote itself again" },
  fence: { flag: "isFenced", wanted: true, does: "serves nobody and stands for nothing" },
  unfence: { flag: "isFenced", wanted: false, does: "takes part again" },
} as const;

export function tellSteps({ word, targets }: ParametersOf<"tell">, ports: Ports, who: Who): Step[] {
  const { flag, wanted, does } = told[word];
  return targets.map(({ region, engine: name }) => {
    const engine = engineOf(regionOf(ports, region), name);
    const place = ports.regions.length > 1 ? `${region}-` : "";
    return askStep(
      {
        id: `${word}-${place}${name}`,
        what: `${name} ${does}; it remembers that across restarts`,
        budgetMs: 500,
        isDestructive: word === "fence",
      },
      { engine, verb: word, body: who },
      (signal) => says(engine, signal, (status) => status[flag] === wanted),
    );
  });
}

export function tradingStatusSteps(
  { region: regionName, symbols, status, present }: ParametersOf<"tradingStatus">,
  ports: Ports,
  who: Who,
): Step[] {
  const region = regionOf(ports, regionName);
  return symbols.map((symbol) => ({
    id: `${status}-${symbol}`,
    what: `${symbol} goes ${present[symbol] === undefined ? "" : `from ${present[symbol]} `}to ${status}: a command in the journal, so every replica agrees when`,
    budgetMs: 1_000,
    isDestructive: status !== "trading",
    isDone: (signal) => isInForce(region, { symbol, status }, signal),
    run: async (signal) => {
      for (const engine of region.engines) {
        if (!(await says(engine, signal, (said) => said.isServing))) continue;
        const result = await engine.ask("tradingStatus", { ...who, symbol, status }, signal);
        if (result.kind === "done" && result.answer.isDone) return null;
        if (result.kind === "done") throw new Error(result.answer.message ?? "not done");
        throw new Error(result.kind === "refused" ? result.message : result.problem);
      }
      throw new Error("no engine serves");
    },
  }));
}

/** What the primary has applied is told at once, and in force when it is committed. A repeat changes nothing. */
async function isInForce(
  region: RegionPorts,
  wanted: { readonly symbol: string; readonly status: string },
  signal: AbortSignal,
): Promise<boolean> {
  for (const engine of region.engines) {
    const has = await says(
      engine,
      signal,
      ({ isServing, position, symbols = [] }) =>
        isServing &&
        position.committed >= position.applied &&
        symbols.some(({ name, status }) => name === wanted.symbol && status === wanted.status),
    );
    if (has) return true;
  }
  return false;
}
