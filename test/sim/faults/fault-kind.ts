// A kind of fault: strikes one world now, and ends by itself later. Its chances come from a source of
// its own, so that a replay which leaves out one strike leaves the others as they were.

import type { Prng } from "../prng.ts";
import type { SimEngine } from "../sim-engine.ts";
import type { World } from "../world.ts";

export interface FaultKind {
  readonly weight: number;
  /** It makes a member forget what it answered for, or go wrong by itself. */
  readonly forgets: boolean;
  readonly strike: (world: World, prng: Prng) => void;
}

export type FaultKinds = Readonly<Record<string, FaultKind>>;

export function servingEngine(world: World): SimEngine | undefined {
  return world.engines.find(({ process }) => process?.replica.isServing === true);
}

/** More often one that serves: what happens to it matters most. */
export function anEngine(world: World, prng: Prng): SimEngine {
  const serving = servingEngine(world);
  const mayAim = serving !== undefined && prng.chance(0.4);
  return mayAim ? serving : prng.pick(world.engines);
}

export function otherEngine(world: World, engine: SimEngine): SimEngine {
  return world.engines[engine.id === 1 ? 1 : 0] as SimEngine;
}

export function startLater(world: World, prng: Prng, engine: SimEngine): void {
  world.schedule.after(prng.between(20, 800), () => engine.start());
}

export function memberNames(world: World): string[] {
  return [...world.engines.map(({ name }) => name), "redis"];
}

export function nodeNames(world: World): string[] {
  return [...memberNames(world), ...world.gateways.map(({ name }) => name), world.history.name];
}

export function anyMember(world: World, prng: Prng): string {
  return prng.chance(0.3) ? "redis" : anEngine(world, prng).name;
}

type Way = readonly [from: string, to: string];

export function bothWays(one: string, others: readonly string[]): Way[] {
  return others.flatMap((other): Way[] => [
    [one, other],
    [other, one],
  ]);
}

/** Cuts ways for a while; a cut that is longer than the connection's patience ends it. */
export function cut(world: World, prng: Prng, ways: readonly Way[], forMs?: number): void {
  const { network, schedule } = world;
  for (const [from, to] of ways) network.setCut(from, to, true);
  schedule.after(forMs ?? prng.between(30, 900), () => {
    for (const [from, to] of ways) network.setCut(from, to, false);
    if (prng.chance(0.8)) world.connectEngines();
  });
}

/** Away from the other members; clients still reach it. */
export function seclude(world: World, prng: Prng, member: string, forMs?: number): void {
  const others = memberNames(world).filter((name) => name !== member);
  cut(world, prng, bothWays(member, others), forMs);
}
