// Faults: what goes wrong in a run, when, and for how long. Most runs keep to what the protocol
// promises to survive: any number of nodes may be slow, cut off or restarted, but only one of the
// three may have forgotten at a time. Some runs do not keep to it: then safety alone is asked for.

import { type FaultKind, faultKinds, seclude, someWeather, startLater } from "./fault-kinds.ts";
import type { SimEngine } from "./sim-engine.ts";
import type { World } from "./world.ts";

export class Faults {
  readonly counts = new Map<string, number>();
  private readonly world: World;
  private readonly isBounded: boolean;
  /** Each run has some kinds of faults only: what two of them do together is then not drowned. */
  private readonly kinds: readonly string[];
  private readonly meanPauseMs: number;
  /** Chance that an engine which begins to serve is struck at once. */
  private readonly ambush: number;
  private endMs = 0;

  constructor(world: World) {
    this.world = world;
    this.isBounded = world.prng.chance(0.85);
    this.meanPauseMs = world.prng.pick([40, 120, 300]);
    this.ambush = world.prng.pick([0, 0, 0.4]);
    const share = world.prng.pick([0.25, 0.5, 1]);
    this.kinds = Object.keys(faultKinds).filter(() => world.prng.chance(share));
  }

  get isLivenessDue(): boolean {
    return this.isBounded;
  }

  begin(untilMs: number): void {
    this.endMs = untilMs;
    if (this.world.prng.chance(0.4)) this.turnWeather();
    this.plan();
  }

  /** Some runs have bad weather everywhere, all the time. */
  private turnWeather(): void {
    const { world } = this;
    const weather = someWeather(world);
    world.trace(() => `WEATHER ${JSON.stringify(weather)}`);
    world.network.setClimate(weather);
  }

  private plan(): void {
    const { schedule, prng } = this.world;
    schedule.after(prng.tail(5, this.meanPauseMs, 1000), () => {
      if (schedule.nowMs >= this.endMs) return;
      this.strike();
      this.plan();
    });
  }

  /** Leaders that die young leave logs that differ. */
  onServing(engine: SimEngine): void {
    const { world } = this;
    const { prng, schedule } = world;
    if (schedule.nowMs >= this.endMs || !prng.chance(this.ambush)) return;
    schedule.after(prng.between(0, 100), () => {
      if (schedule.nowMs >= this.endMs) return;
      world.trace(() => `FAULT ambush of ${engine.name}`);
      this.counts.set("ambush", (this.counts.get("ambush") ?? 0) + 1);
      if (prng.chance(0.6)) {
        seclude(world, engine.name);
      } else {
        engine.crash();
        startLater(world, engine);
      }
    });
  }

  private strike(): void {
    const { world } = this;
    const mayForget = !this.isBounded || this.remembersEverything();
    const possible = this.kinds.flatMap((name) => {
      const kind = faultKinds[name] as FaultKind;
      return mayForget || !kind.forgets ? [[kind.weight, name] as const] : [];
    });
    if (possible.length === 0) return;
    const name = world.prng.weighted(possible);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    world.trace(() => `FAULT ${name}`);
    faultKinds[name]?.strike(world);
  }

  /**
   * All three members hold what they answered for: both engines have their logs, which name the one
   * Redis there is; it is agreed upon, and has what is committed. (One that lags by more than the
   * engines keep is a second fault: once the other engine forgets, nothing can bring it up.)
   */
  private remembersEverything(): boolean {
    const { engines, redis, oracle } = this.world;
    const { isAgreed, instance, lastPosition } = redis.model;
    if (!isAgreed || redis.isSplit || lastPosition < oracle.committedPosition) return false;
    return engines.every(({ isRecovering, process }) => {
      return !isRecovering && process?.replica.state.log.instance === instance;
    });
  }

  /** Everything is repaired; what was lost is not given back. */
  end(): void {
    const { world } = this;
    world.trace(() => "FAULTS END");
    world.network.heal();
    world.redis.heal();
    for (const engine of world.engines) {
      engine.disk.callsToDeath = 0;
      engine.resume();
      engine.start();
    }
    for (const gateway of world.gateways) if (gateway.isDown) gateway.start();
    world.connectEngines();
  }
}
