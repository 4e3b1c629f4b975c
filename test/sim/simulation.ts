// A simulation: one seed from start to verdict. First a calm start, then traffic under faults with
// every safety rule checked at every event; then all faults end, and within a bound the exchange must
// be whole again: a primary serves, both voters are in sync, everything is answered, all are equal.

import type { Strike } from "./faults/faults.ts";
import { Prng } from "./prng.ts";
import { World, type WorldOptions } from "./world.ts";

class LivenessViolated extends Error {
  override readonly name = "LivenessViolated";
}

export interface SimulationResult {
  readonly seed: number;
  /** `null` = held. */
  readonly failure: string | null;
  readonly stack: string | null;
  readonly events: number;
  readonly simulatedMs: number;
  readonly committed: number;
  readonly acknowledged: number;
  readonly reads: number;
  readonly decisions: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly strikes: readonly Strike[];
  /** How long clients traded under faults. */
  readonly tradeMs: number;
}

export interface SimulationOptions extends WorldOptions {
  /** Clients trade under faults for so long, and not as long as the seed says. */
  readonly tradeMs?: number | null;
}

const calmMs = 400;
const ofTradeMs = 5;
const livenessMsMax = 6_000;
const checkMs = 25;

export function simulate(seed: number, options: SimulationOptions = {}): SimulationResult {
  let world: World | null = null;
  let tradeMs = 0;
  let failure: string | null = null;
  let stack: string | null = null;
  try {
    world = new World(seed, options);
    tradeMs = options.tradeMs ?? Math.round(Prng.of(seed, ofTradeMs).between(500, 3500));
    run(world, tradeMs);
  } catch (error) {
    failure = `${(error as Error).name}: ${(error as Error).message}`;
    stack = (error as Error).stack ?? null;
  }
  return {
    seed,
    failure,
    stack,
    events: world?.schedule.count ?? 0,
    simulatedMs: world?.schedule.nowMs ?? 0,
    committed: world?.oracle.committedPosition ?? 0,
    acknowledged: world?.oracle.acknowledgedCount ?? 0,
    reads: world?.oracle.readCount ?? 0,
    decisions: Object.fromEntries(world?.oracle.decisions ?? []),
    faults: countsOf(world?.faults.strikes ?? []),
    strikes: world?.faults.strikes ?? [],
    tradeMs,
  };
}

function countsOf(strikes: readonly Strike[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { id, name } of strikes) {
    const kind = id.startsWith("a") ? "ambush" : name;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function run(world: World, tradeMs: number): void {
  const { prng, engines, traffic, faults, schedule } = world;
  for (const engine of engines) schedule.after(prng.between(0, 100), () => engine.start());
  traffic.open();
  world.runUntil(calmMs);
  const faultsEndMs = calmMs + tradeMs;
  trade(world, faultsEndMs, prng.pick([6, 20, 60]));
  faults.begin(faultsEndMs);
  world.runUntil(faultsEndMs);
  faults.end();
  traffic.place();
  if (faults.isLivenessDue) awaitWholeness(world);
  else world.runUntil(schedule.nowMs + 500);
  for (const { name, process, isDiverged } of engines) {
    // A primary that was replaced and does not know it yet has applied what never came to be.
    const { machine, replica } = process ?? {};
    const isTrue = machine !== undefined && machine.position <= (replica?.state.committed ?? 0);
    if (isTrue && !isDiverged)
      world.oracle.compare(name, replica?.state.log.forcedEpoch ?? 0, machine);
  }
  for (const { name, forcedEpoch, machine } of [world.history, ...world.gateways]) {
    world.oracle.compare(name, forcedEpoch, machine);
  }
}

function trade(world: World, untilMs: number, meanPauseMs: number): void {
  if (world.schedule.nowMs >= untilMs) return;
  world.traffic.act();
  const pauseMs = world.prng.tail(1, meanPauseMs, 200);
  world.schedule.after(pauseMs, () => trade(world, untilMs, meanPauseMs));
}

function awaitWholeness(world: World): void {
  const deadlineMs = world.schedule.nowMs + livenessMsMax;
  for (;;) {
    // An old machine that says nothing is told nothing: its links are made anew now and then.
    for (const former of world.formerEngines) former.connectPeer();
    const missing = whatIsMissing(world);
    if (missing === null) return;
    if (world.schedule.nowMs >= deadlineMs) {
      throw new LivenessViolated(`not whole ${livenessMsMax} ms after the last fault: ${missing}`);
    }
    world.runUntil(world.schedule.nowMs + checkMs);
  }
}

function whatIsMissing(world: World): string | null {
  const { engines, gateways, redis, oracle, traffic } = world;
  const primaries = engines.filter(({ process }) => process?.replica.isServing === true);
  const primary = primaries[0]?.process;
  if (primaries.length !== 1 || primary == null) return `${primaries.length} engines serve`;
  const { replica } = primary;
  if (replica.inSync().length !== 2) return `in sync: ${replica.inSync().join() || "nobody"}`;
  const isAgreed = redis.model.isAgreed && redis.model.instance === replica.state.log.instance;
  if (!isAgreed) return "Redis is not agreed upon";
  if (traffic.waiting.size > 0) return `${traffic.waiting.size} orders wait for an answer`;
  for (const gateway of gateways) {
    if (gateway.unansweredCount > 0) return `${gateway.name} has unanswered commands`;
    if (gateway.machine.position !== oracle.committedPosition) return `${gateway.name} is behind`;
  }
  const { history } = world;
  if (history.machine.position !== oracle.committedPosition && !history.isCutOff) {
    return "the history is behind";
  }
  for (const { name, process } of world.formerEngines) {
    if (process !== null && process.replica.role !== "replaced") return `${name} was not replaced`;
  }
  for (const { name, process, isDiverged } of engines) {
    if (isDiverged) return `${name} has diverged`;
    if (process?.machine.position !== oracle.committedPosition) return `${name} is behind`;
  }
  return null;
}
