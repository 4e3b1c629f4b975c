// Faults: what goes wrong in a run, when, and for how long. Most runs keep to what the protocol
// promises to survive: any number of nodes may be slow, cut off or restarted, but only one of the
// three may have forgotten at a time. Some runs do not keep to it: then safety alone is asked for.
// Each strike has a name and chances of its own: a replay may leave out any of them.

import type { DecisionCode } from "../../../engine/replication/decision.ts";
import { Prng } from "../prng.ts";
import type { SimEngine } from "../sim-engine.ts";
import type { World } from "../world.ts";
import { engineFaults } from "./engine-faults.ts";
import { anEngine, type FaultKind, type FaultKinds, seclude, startLater } from "./fault-kind.ts";
import { Forcing } from "./forcing.ts";
import { networkFaults, someWeather } from "./network-faults.ts";
import { redisFaults } from "./redis-faults.ts";
import { Replacement } from "./replacement.ts";
import { scenarios } from "./scenarios.ts";

export const faultKinds: FaultKinds = {
  ...engineFaults,
  ...networkFaults,
  ...redisFaults,
  ...scenarios,
};

/**
 * Members are replaced in two runs of thirteen, by their seeds: enough to reach all that can come of it, and
 * the seeds that find the other planted bugs (docs/simulation.md) are none of these, so they keep their meaning.
 */
const replacesMembers = (seed: number): boolean => seed % 13 === 0 || seed % 13 === 5;

/**
 * One that happened: planned ones are numbered, ambushes too after an `a`, replacements after an `m`,
 * forces after an `f`; `w` is the climate.
 */
export interface Strike {
  readonly id: string;
  readonly name: string;
  readonly atMs: number;
}

const isEven = (seed: number): boolean => seed % 2 === 0;

/** Moments after which a fault hurts most. */
const ambushCodes: readonly DecisionCode[] = [
  ...(["SERVING", "SERVING", "RECOVERED", "REDIS_FILLED", "REDIS_AGREED"] as const),
  ...(["SNAPSHOT_LOADED", "EPOCH_TAKEN", "VOTE_GRANTED", "PEER_IN_SYNC"] as const),
];

/** What a scenario waits for. */
interface Hook {
  readonly engine: SimEngine;
  readonly code: DecisionCode;
  readonly act: () => void;
}

const ofPlan = 1;
const ofAmbush = 2;
const ofClimate = 3;
const ofRun = 4;
const ofMembers = 6;
const ofForce = 7;

export class Faults {
  readonly strikes: Strike[] = [];
  private readonly world: World;
  private readonly seed: number;
  /** Those to be struck; `null` = all. */
  private readonly only: ReadonlySet<string> | null;
  private isBounded: boolean;
  /** Operators force engines, and what that may cost is lost: in every second run that is beyond the promise. */
  private readonly mayForce: boolean;
  /** Each run has some kinds of faults only: what two of them do together is then not drowned. */
  private readonly kinds: readonly string[];
  private readonly meanPauseMs: number;
  private readonly hasClimate: boolean;
  private readonly ambush: { readonly code: DecisionCode; readonly chance: number };
  private hooks: Hook[] = [];
  private planned = 0;
  private ambushes = 0;
  private endMs = 0;

  constructor(world: World, seed: number, only: ReadonlySet<string> | null) {
    this.world = world;
    this.seed = seed;
    this.only = only;
    const prng = Prng.of(seed, ofRun);
    this.isBounded = prng.chance(0.8);
    this.mayForce = !this.isBounded && !replacesMembers(seed) && isEven(seed);
    this.meanPauseMs = prng.pick([40, 120, 300]);
    this.ambush = { code: prng.pick(ambushCodes), chance: prng.pick([0, 0.4, 0.8]) };
    this.hasClimate = prng.chance(0.4);
    const share = prng.pick([0.15, 0.3, 0.6, 1]);
    this.kinds = Object.keys(faultKinds).filter(() => prng.chance(share));
  }

  get isLivenessDue(): boolean {
    return this.isBounded;
  }

  /** What was struck before goes on healing; nothing new is lost. */
  get isOver(): boolean {
    return this.world.schedule.nowMs >= this.endMs;
  }

  /** More went wrong at a time than the protocol promises to survive: only safety is asked for now. */
  excuseLiveness(): void {
    this.isBounded = false;
  }

  begin(untilMs: number): void {
    this.endMs = untilMs;
    if (this.hasClimate) this.turnWeather();
    this.plan();
    this.planReplacements();
    if (this.mayForce) this.planForces();
  }

  /** By chances of their own, so that all else stays as it was. */
  private planForces(): void {
    const { schedule } = this.world;
    const count = Prng.of(this.seed, ofForce).pick([1, 2, 3]);
    for (let number = 1; number <= count; number++) {
      const prng = Prng.of(this.seed, ofForce, number);
      schedule.after(prng.between(0, this.endMs - schedule.nowMs), () => {
        if (this.isOver) return;
        const act = () => new Forcing(this.world, prng).begin();
        this.carryOut(`f${number}`, "force", act);
      });
    }
  }

  /** Some runs replace members: by chances of their own, so that all else stays as it was. */
  private planReplacements(): void {
    if (!replacesMembers(this.seed)) return;
    const count = Prng.of(this.seed, ofMembers).pick([1, 1, 2, 3]);
    for (let number = 1; number <= count; number++) this.planReplacement(number);
  }

  private planReplacement(number: number): void {
    const { schedule } = this.world;
    const prng = Prng.of(this.seed, ofMembers, number);
    const attempt = () => {
      if (this.isOver) return;
      if (this.mayForget) this.replace(`m${number}`, prng);
      // Two members at a time that have forgotten are not asked for: later, then.
      else schedule.after(prng.between(20, 100), attempt);
    };
    schedule.after(prng.between(0, this.endMs - schedule.nowMs), attempt);
  }

  private replace(id: string, prng: Prng): void {
    const { world } = this;
    const old = anEngine(world, prng);
    this.carryOut(id, `replace ${old.name}`, () => {
      new Replacement(world, prng, old).begin(this.endMs);
    });
  }

  /** Some runs have bad weather everywhere, all the time. */
  private turnWeather(): void {
    const weather = someWeather(Prng.of(this.seed, ofClimate));
    this.carryOut("w", "climate", () => this.world.network.setClimate(weather));
  }

  private plan(): void {
    const { schedule } = this.world;
    this.planned++;
    const id = String(this.planned);
    const prng = Prng.of(this.seed, ofPlan, this.planned);
    schedule.after(prng.tail(5, this.meanPauseMs, 1000), () => {
      if (this.isOver) return;
      this.strike(id, prng);
      this.plan();
    });
  }

  /** Once, the next time that this engine decides so. */
  when(engine: SimEngine, code: DecisionCode, act: () => void): void {
    this.hooks.push({ engine, code, act });
  }

  /** Leaders that die young leave logs that differ; so it is with other moments. */
  onDecided(engine: SimEngine, code: DecisionCode): void {
    const { schedule } = this.world;
    const isMet = (hook: Hook) => hook.engine === engine && hook.code === code;
    for (const { act } of this.hooks.filter(isMet)) {
      schedule.after(0, () => {
        if (!this.isOver) act();
      });
    }
    this.hooks = this.hooks.filter((hook) => !isMet(hook));
    if (code !== this.ambush.code || this.endMs === 0) return;
    this.ambushes++;
    const id = `a${this.ambushes}`;
    const prng = Prng.of(this.seed, ofAmbush, this.ambushes);
    if (!prng.chance(this.ambush.chance)) return;
    schedule.after(prng.tail(0, 30, 150), () => {
      if (this.isOver) return;
      if (prng.chance(0.5)) this.strike(id, prng);
      else this.strikeAt(id, engine, prng);
    });
  }

  private strikeAt(id: string, engine: SimEngine, prng: Prng): void {
    const name = prng.pick(["secludeIt", "crashIt"] as const);
    this.carryOut(id, `${name} ${engine.name}`, () => {
      if (name === "secludeIt") {
        seclude(this.world, prng, engine.name);
      } else {
        engine.crash();
        startLater(this.world, prng, engine);
      }
    });
  }

  private strike(id: string, prng: Prng): void {
    const { world } = this;
    const { mayForget } = this;
    const possible = this.kinds.flatMap((name) => {
      const kind = faultKinds[name] as FaultKind;
      return mayForget || !kind.forgets ? [[kind.weight, name] as const] : [];
    });
    if (possible.length === 0) return;
    const name = prng.weighted(possible);
    this.carryOut(id, name, () => faultKinds[name]?.strike(world, prng));
  }

  /** A member may lose what it answered for now. */
  get mayForget(): boolean {
    return !this.isBounded || this.remembersEverything();
  }

  private carryOut(id: string, name: string, act: () => void): void {
    if (this.only !== null && !this.only.has(id)) return;
    const { world } = this;
    this.strikes.push({ id, name, atMs: world.schedule.nowMs });
    world.trace(() => `FAULT ${id} ${name}`);
    act();
  }

  /**
   * All three members hold what they answered for: both engines have their logs, which name the one
   * Redis there is; it is agreed upon, and has what is committed. (One that lags by more than the
   * engines keep is a second fault: once the other engine forgets, nothing can bring it up.)
   */
  private remembersEverything(): boolean {
    const { engines, redis, oracle } = this.world;
    const { isAgreed, isImageLost, instance, lastPosition } = redis.model;
    if (!isAgreed || isImageLost || redis.isSplit || lastPosition < oracle.committedPosition)
      return false;
    return engines.every((engine) => {
      const isWhole = !engine.isRecovering && !engine.isDiverged;
      return isWhole && engine.process?.replica.state.log.instance === instance;
    });
  }

  /** Everything is repaired; what was lost is not given back. */
  end(): void {
    const { world } = this;
    world.trace(() => "FAULTS END");
    world.network.heal();
    world.redis.heal();
    for (const engine of world.engines) {
      engine.disk.heal();
      engine.resume();
      engine.start();
    }
    for (const former of world.formerEngines) {
      former.disk.heal();
      former.resume();
      former.start();
    }
    for (const gateway of world.gateways) if (gateway.isDown) gateway.start();
    world.connectEngines();
    for (const engine of world.engines) engine.operate({ isPaused: false, isFenced: false });
  }
}
