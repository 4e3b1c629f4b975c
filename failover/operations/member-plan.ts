// Replacing a member (docs/replication.md, rule 14): register, Member entry, an empty disk of the next
// incarnation, recovery. From the Member entry on the old machine is nobody, whatever becomes of it; until
// then it still is a member. Given up midway, nothing stands in the way of the next replacement.

import type { Step } from "../plan/plan.ts";
import type { EnginePort, Ports, Processes, RegionPorts } from "../ports.ts";
import type { ParametersOf } from "./parameters.ts";
import { accepted, engineOf, regionOf, says, type Who, waitStep } from "./steps.ts";

type Replacing = ParametersOf<"memberReplace">;

/** What the other engine says to one that may not be named right now, and may be a moment later. */
const namePauseMs = 250;

export function memberReplaceSteps(parameters: Replacing, ports: Ports, who: Who): Step[] {
  const { region: regionName, engine: name, incarnation, isLocal } = parameters;
  const region = regionOf(ports, regionName);
  const member = engineOf(region, name);
  const others = region.engines.filter((engine) => engine.name !== name);
  const isSeated = (signal: AbortSignal) =>
    says(member, signal, (status) => status.incarnation === incarnation);
  return [
    ...registerStep(parameters, ports, who),
    ...(isLocal ? [stopStep(parameters, processesOf(ports))] : []),
    nameStep(parameters, { others, ports }, who),
    ...(isLocal
      ? diskSteps(parameters, processesOf(ports))
      : [appearStep(parameters, ports, isSeated)]),
    waitStep(
      {
        id: "recover",
        what: `${name} takes the whole log from the primary and stands by (rule 9)`,
        budgetMs: 10_000,
      },
      ports,
      async (signal) =>
        (await isSeated(signal)) &&
        (await says(member, signal, ({ role }) => role === "standby" || role === "primary")),
    ),
    inSyncStep(region, incarnation, ports),
  ];
}

function processesOf({ processes }: Ports): Processes {
  if (processes === undefined) throw new Error("processes are somebody else's here");
  return processes;
}

/** Two operators who replace one member at once are one too many: the second is refused here. */
function registerStep(
  { region, engine, incarnation, register }: Replacing,
  ports: Ports,
  who: Who,
) {
  const { membership, shard } = ports;
  if (register === undefined) return [];
  const step: Step = {
    id: "register",
    what: `the register names incarnation ${incarnation} of ${engine}, if its members are still version ${register.fromVersion}`,
    budgetMs: 1_000,
    isDestructive: false,
    // A repeat by the same operator is found out by the register itself.
    isDone: async () => false,
    run: async (signal) => {
      if (membership === undefined) throw new Error("this deployment has no register any more");
      const { version } = await membership.changeMembers(
        { shard, region, ...register, ...who },
        signal,
      );
      return { version };
    },
  };
  return [step];
}

function stopStep({ engine, label }: Replacing, processes: Processes): Step {
  return {
    id: "stop",
    what: `the process of ${engine} is stopped; the other engine and Redis go on committing`,
    budgetMs: 5_000,
    isDestructive: true,
    isDone: async () =>
      (await processes.isArchived(engine, label)) || !(await processes.isRunning(engine)),
    run: () => processes.stop(engine),
  };
}

/** Asks whoever serves: who that is may change meanwhile. */
function nameStep(
  { engine, incarnation }: Replacing,
  { others, ports }: { others: readonly EnginePort[]; ports: Ports },
  who: Who,
): Step {
  const isNamed = async (signal: AbortSignal) => {
    for (const other of others) {
      const names = await says(other, signal, ({ isServing, peerMember }) => {
        return isServing && peerMember.incarnation === incarnation && peerMember.isCommitted;
      });
      if (names) return true;
    }
    return false;
  };
  return {
    id: "name",
    what: `the primary commits that incarnation ${incarnation} has the seat of ${engine}: the one before is nobody from then on`,
    budgetMs: 2_000,
    isDestructive: true,
    isDone: isNamed,
    run: async (signal) => {
      for (;;) {
        for (const other of others) {
          if (!(await says(other, signal, ({ isServing }) => isServing))) continue;
          const asked = { ...who, engine, incarnation };
          const result = await other.ask("replaceMember", asked, signal);
          // Redis may be behind for a moment; whatever else refuses it will go on refusing.
          const isLate = result.kind === "refused" && lateCodes.has(result.code);
          if (!isLate) return accepted(other, result);
        }
        await ports.pause(namePauseMs, signal);
      }
    },
  };
}

const lateCodes: ReadonlySet<string> = new Set([
  ...["NOT_SERVING", "NOT_COMMITTED", "REDIS_NOT_IN_SYNC", "HANDING_OVER"],
]);

function diskSteps({ engine, label, incarnation }: Replacing, processes: Processes): Step[] {
  return [
    {
      id: "archive",
      what: `its directory is moved away, to ${label}`,
      budgetMs: 1_000,
      isDestructive: true,
      isDone: () => processes.isArchived(engine, label),
      run: () => processes.archive(engine, label),
    },
    {
      id: "seat",
      what: `an empty directory becomes the disk of incarnation ${incarnation}`,
      budgetMs: 1_000,
      isDestructive: false,
      isDone: () => processes.isSeated(engine, incarnation),
      run: () => processes.seat(engine, incarnation),
    },
    {
      id: "start",
      what: `${engine} starts with an empty disk`,
      budgetMs: 5_000,
      isDestructive: false,
      isDone: () => processes.isRunning(engine),
      run: () => processes.start(engine),
    },
  ];
}

/** Somebody else starts machines here: this waits until it is there. */
function appearStep(
  { engine, incarnation }: Replacing,
  ports: Ports,
  isSeated: (signal: AbortSignal) => Promise<boolean>,
): Step {
  const command = `castle member seat DIR --engine ${engine} --incarnation ${incarnation} --shard ${ports.shard}`;
  return waitStep(
    {
      id: "appear",
      what: `the new machine starts ${engine} on an empty directory made by: ${command}`,
      budgetMs: 120_000,
    },
    ports,
    isSeated,
  );
}

function inSyncStep(region: RegionPorts, incarnation: number, ports: Ports): Step {
  return waitStep(
    { id: "in-sync", what: "the primary counts it as in sync", budgetMs: 10_000 },
    ports,
    async (signal) => {
      for (const engine of region.engines) {
        const counts = await says(engine, signal, (status) => {
          const { isServing, inSync, peerMember } = status;
          // It may be primary itself by now.
          const isKnown =
            peerMember.incarnation === incarnation || status.incarnation === incarnation;
          return isServing && isKnown && inSync.includes("peer");
        });
        if (counts) return true;
      }
      return false;
    },
  );
}
