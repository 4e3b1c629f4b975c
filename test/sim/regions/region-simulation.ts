// A simulation of two regions: one seed from start to verdict. A calm start, then trading under faults and moves,
// with the oracle at every event; then all faults end, and within a bound one region leads, whole, and the
// other one follows it, or is known to be diverged for a reason.

import type { ReplicaState } from "../../../engine/replication/state.ts";
import type { RegionEngine } from "./region-engine.ts";
import { RegionFaults } from "./region-faults.ts";
import type { RegionSite } from "./region-site.ts";
import { RegionWorld } from "./region-world.ts";

class RegionLivenessViolated extends Error {
  override readonly name = "LivenessViolated";
}

export interface RegionResult {
  readonly seed: number;
  /** `null` = held. */
  readonly failure: string | null;
  readonly stack: string | null;
  readonly isSync: boolean;
  readonly events: number;
  readonly simulatedMs: number;
  /** Told to the world, and of that gone with a lost region. */
  readonly told: number;
  readonly lost: number;
  readonly terms: number;
  readonly decisions: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
}

const calmMs = 1_500;
const livenessMsMax = 15_000;
const checkMs = 50;

export function simulateRegions(
  seed: number,
  print: ((line: string) => void) | null = null,
): RegionResult {
  let world: RegionWorld | null = null;
  let faults: RegionFaults | null = null;
  let failure: string | null = null;
  let stack: string | null = null;
  try {
    world = new RegionWorld(seed, print);
    faults = new RegionFaults(world);
    run(world, faults);
  } catch (error) {
    failure = `${(error as Error).name}: ${(error as Error).message}`;
    stack = (error as Error).stack ?? null;
  }
  return {
    ...{ seed, failure, stack },
    isSync: world?.isSync ?? false,
    events: world?.schedule.count ?? 0,
    simulatedMs: world?.nowMs ?? 0,
    told: world?.oracle.toldCount ?? 0,
    lost: world?.oracle.lostCount ?? 0,
    terms: world?.oracle.granted.size ?? 0,
    decisions: Object.fromEntries(world?.oracle.decisions ?? []),
    faults: Object.fromEntries(faults?.counts ?? []),
  };
}

function run(world: RegionWorld, faults: RegionFaults): void {
  const endMs = calmMs + world.prng.between(1_000, 6_000);
  const trade = () => {
    world.trade();
    if (world.nowMs < endMs) world.schedule.after(world.prng.tail(1, 15, 100), trade);
  };
  trade();
  world.runUntil(calmMs);
  faults.begin();
  world.runUntil(endMs);
  faults.heal();
  const deadlineMs = world.nowMs + livenessMsMax;
  for (;;) {
    const missing = whatIsMissing(world, faults);
    if (missing === null) return;
    if (world.nowMs >= deadlineMs) {
      throw new RegionLivenessViolated(`${livenessMsMax} ms after the last fault: ${missing}`);
    }
    world.runUntil(world.nowMs + checkMs);
  }
}

function whatIsMissing(world: RegionWorld, faults: RegionFaults): string | null {
  if (faults.operators.isBusy) return "a move is under way";
  const now = world.register.read();
  if (now === null) return "the register is out of reach";
  const leading = world.site(now.region);
  const following = world.otherOf(leading);
  if (following.serving !== undefined) return `${following.serving.name} serves, and follows`;
  const primary = leading.serving;
  if (primary?.replica == null) return `nobody serves in ${leading.name}`;
  if (primary.term !== now.term) return `${primary.name} serves an older term`;
  if (primary.replica.inSync().length !== 2) return `${primary.name} is not whole`;
  return followersMissing(world, following, primary);
}

function followersMissing(
  { oracle, isSync }: RegionWorld,
  following: RegionSite,
  primary: RegionEngine,
): string | null {
  const source = primary.replica?.state;
  if (source === undefined) return "no primary";
  const leading = oracle.epochsOf(source);
  let isFollowed = false;
  for (const { name, replica, isPart } of following.engines) {
    if (replica?.role !== "dr") return `${name} does not follow`;
    const { committed } = replica.state;
    const own = oracle.epochsOf(replica.state);
    const isConflict = own.some((epoch, at) => at > 0 && leading[at] !== epoch);
    // Nothing of the one log can be held against the other: it begins behind the other's end, which is found when
    // that has come so far, or ends before all that is left of the other, and has to be re-seeded.
    const isApart =
      replica.state.log.base.position > source.log.lastPosition ||
      replica.state.log.lastPosition <= source.log.base.position;
    if (isApart && !isPart) continue;
    if (replica.regions.isDiverged !== isConflict) {
      const ends = `${describe(replica.state)}, ${primary.name} ${describe(source)}`;
      return isConflict
        ? `${name} has not found that it is diverged: ${ends}`
        : `${name} is diverged for nothing: ${ends}`;
    }
    if (!isConflict && committed < source.committed) {
      return `${name} is behind: ${describe(replica.state)}, ${primary.name} ${describe(source)}`;
    }
    isFollowed ||= !isConflict;
  }
  if (isSync && isFollowed && source.released < source.committed)
    return "what is level is not told";
  return null;
}

function describe({ log, committed }: ReplicaState): string {
  const { base, lastPosition, lastEpoch } = log;
  return `${base.position} (epoch ${base.epoch}) to ${lastPosition} (epoch ${lastEpoch}), committed ${committed}`;
}
