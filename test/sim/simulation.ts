// A simulation: one seed from start to verdict. First a calm start, then traffic under faults with
// every safety rule checked at every event; then all faults end, and within a bound the exchange must
// be whole again: a primary serves, both voters are in sync, everything is answered, all are equal.

import { World } from "./world.ts";

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
}

const calmMs = 400;
const livenessMsMax = 6_000;
const checkMs = 25;

export function simulate(seed: number, print: ((line: string) => void) | null): SimulationResult {
  let world: World | null = null;
  let failure: string | null = null;
  let stack: string | null = null;
  try {
    world = new World(seed, print);
    run(world);
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
    faults: Object.fromEntries(world?.faults.counts ?? []),
  };
}

function run(world: World): void {
  const { prng, engines, traffic, faults, schedule } = world;
  for (const engine of engines) schedule.after(prng.between(0, 100), () => engine.start());
  traffic.open();
  world.runUntil(calmMs);
  const faultsEndMs = calmMs + prng.between(500, 3500);
  trade(world, faultsEndMs, prng.pick([6, 20, 60]));
  faults.begin(faultsEndMs);
  world.runUntil(faultsEndMs);
  faults.end();
  traffic.place();
  if (faults.isLivenessDue) awaitWholeness(world);
  else world.runUntil(schedule.nowMs + 500);
  for (const { name, process } of engines) {
    if (process !== null) world.oracle.compare(name, process.machine);
  }
  for (const { name, machine } of world.gateways) world.oracle.compare(name, machine);
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
  for (const { name, process } of engines) {
    if (process?.machine.position !== oracle.committedPosition) return `${name} is behind`;
  }
  return null;
}
