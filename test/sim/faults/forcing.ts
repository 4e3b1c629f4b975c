// Forcing: two of three are gone, or an operator believes so, and the one that is left is forced to go on
// (rule 11). It is asked until it has no other way. The other two come back later, having gone on
// meanwhile where they were not gone: then both sides have acknowledged, and the force wins.
// How it becomes two of three again is the hard part, and is disturbed on purpose.

import type { Prng } from "../prng.ts";
import type { SimEngine } from "../sim-engine.ts";
import type { World } from "../world.ts";
import { bothWays, cut, memberNames, otherEngine, seclude, startLater } from "./fault-kind.ts";

/** Finer than a message's way: the moment between what arrives and the answer to it. */
const watchMs = 0.5;

export class Forcing {
  private readonly world: World;
  private readonly prng: Prng;
  private readonly engine: SimEngine;

  constructor(world: World, prng: Prng) {
    this.world = world;
    this.prng = prng;
    this.engine = prng.pick(world.engines);
  }

  private get others(): string[] {
    return memberNames(this.world).filter((name) => name !== this.engine.name);
  }

  begin(): void {
    const { world, prng, engine } = this;
    const fate = prng.pick(["gone", "apart", "goesOn", "asked"] as const);
    const forMs = fate === "goesOn" ? prng.between(1_600, 2_400) : prng.between(400, 900);
    if (fate !== "asked") seclude(world, prng, engine.name, forMs);
    if (fate === "gone") this.loseOther(prng.between(0, 50), forMs + prng.tail(0, 50, 500));
    // Elected again, in a higher epoch than the forced one.
    if (fate === "goesOn") this.loseOther(prng.between(0, 300), prng.between(310, 400));
    for (let atMs = 150; atMs < forMs; atMs += prng.between(20, 80)) {
      world.schedule.after(atMs, () => this.ask());
    }
    world.schedule.after(forMs, () => this.watch(prng.pick(["engine", "redis"]), 800));
    for (let count = prng.integer(0, 2); count > 0; count--) {
      world.schedule.after(forMs + prng.tail(0, 150, 900), () => this.disturb());
    }
  }

  private loseOther(atMs: number, backMs: number): void {
    const { world, engine } = this;
    const other = otherEngine(world, engine);
    world.schedule.after(atMs, () => other.crash());
    world.schedule.after(backMs, () => other.start());
  }

  /** Asked again, it changes nothing. */
  private ask(): void {
    if (!this.world.faults.isOver) this.engine.force();
  }

  /** Strikes when the other member has everything, and before the forced engine knows. */
  private watch(member: "engine" | "redis", forMs: number): void {
    const { world } = this;
    if (world.faults.isOver || forMs <= 0) return;
    if (this.hasJoined(member)) this.part();
    else world.schedule.after(watchMs, () => this.watch(member, forMs - watchMs));
  }

  private hasJoined(member: "engine" | "redis"): boolean {
    const { world, engine } = this;
    const forcedEpoch = engine.process?.replica.state.log.forcedEpoch ?? 0;
    if (forcedEpoch === 0) return false;
    const { model } = world.redis;
    if (member === "redis")
      return model.isAgreed && model.instance.endsWith(`forced${forcedEpoch}`);
    return otherEngine(world, engine).process?.replica.state.log.forcedEpoch === forcedEpoch;
  }

  /** Its word still arrives for a while, or its process dies; a little later it is alone. */
  private part(): void {
    const { world, prng, engine, others } = this;
    if (prng.chance(0.5)) {
      cut(
        world,
        prng,
        others.map((name) => [name, engine.name] as const),
        1_500,
      );
    } else {
      engine.crash();
      world.schedule.after(prng.between(5, 100), () => engine.start());
    }
    const aloneMs = prng.tail(5, 200, 600);
    world.schedule.after(aloneMs, () => cut(world, prng, bothWays(engine.name, others), 1_500));
  }

  private disturb(): void {
    const { world, prng, engine, others } = this;
    if (world.faults.isOver) return;
    const act = prng.pick(["apart", "paused", "restarted", "otherRestarted"] as const);
    const forMs = prng.between(100, 700);
    if (act === "apart") {
      cut(
        world,
        prng,
        bothWays(engine.name, prng.chance(0.5) ? others : [prng.pick(others)]),
        forMs,
      );
    }
    if (act === "paused") {
      engine.pause();
      world.schedule.after(forMs, () => engine.resume());
    }
    const restarted = act === "restarted" ? engine : otherEngine(world, engine);
    if (act === "restarted" || act === "otherRestarted") {
      restarted.crash();
      startLater(world, prng, restarted);
    }
  }
}
