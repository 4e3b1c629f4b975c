// Scenarios: short sequences of faults aimed at one rule, since chance alone would take too long to
// arrange them. Each step is a fault that may happen, and each scenario ends by itself.

import { calm } from "../network.ts";
import type { Prng } from "../prng.ts";
import type { SimEngine } from "../sim-engine.ts";
import type { World } from "../world.ts";
import {
  bothWays,
  cut,
  type FaultKinds,
  otherEngine,
  seclude,
  servingEngine,
} from "./fault-kind.ts";

/** `false` where the other engine could not give it back. */
function loseLog(world: World, prng: Prng, engine: SimEngine): boolean {
  // Whether liveness is due was asked when the faults ended: a stage that comes later must not change it.
  if (world.faults.isOver || otherEngine(world, engine).isRecovering) return false;
  // What Redis lacks is lost if the other one goes too.
  world.faults.excuseLiveness();
  engine.crash();
  engine.disk.loseLog();
  const isCutShort = prng.chance(0.4);
  if (isCutShort) engine.disk.callsToDeath = 1;
  world.schedule.after(prng.between(5, 60), () => {
    engine.start();
    if (isCutShort)
      world.faults.when(engine, "STARTED", () => partSoon(world, prng, engine, 1_800));
    for (let count = prng.integer(0, 12); count > 0; count--) {
      world.schedule.after(prng.between(0, 20), () => world.network.echo(prng, "recoverReply"));
    }
  });
  return true;
}

/** The other engine is gone, just when this one has begun to take part again. */
function partSoon(world: World, prng: Prng, engine: SimEngine, forMs: number): void {
  const other = otherEngine(world, engine).name;
  world.schedule.after(prng.tail(0, 2, 50), () => seclude(world, prng, other, forMs));
}

export const scenarios: FaultKinds = {
  /** A primary that does not know yet that it is none is asked, and answers of long ago come in. */
  staleAnswers: {
    weight: 3,
    forgets: false,
    strike: (world, prng) => {
      const old = servingEngine(world);
      if (old === undefined) return;
      const forMs = prng.between(250, 900);
      seclude(world, prng, old.name, forMs);
      for (let atMs = 200; atMs < forMs; atMs += 15) {
        world.schedule.after(atMs, () => {
          world.traffic.readFrom(old);
          world.network.echo(prng, "appendAccepted");
        });
      }
    },
  },
  /** The word to take over arrives when the primary has given up waiting, and is busy again. */
  lateTakeOver: {
    weight: 4,
    forgets: false,
    strike: (world, prng) => {
      const { network, schedule, traffic } = world;
      const isSlow = { delayMsMin: 205, delayMsMean: prng.between(5, 60), delayMsMax: 500 };
      const weather = { ...calm, ...isSlow };
      network.setWeather("engine1", "engine2", weather);
      network.setWeather("engine2", "engine1", weather);
      world.switchOver();
      for (let atMs = 190; atMs < 600; atMs += prng.between(2, 12)) {
        schedule.after(atMs, () => traffic.place());
      }
      schedule.after(650, () => {
        network.clear("engine1", "engine2");
        network.clear("engine2", "engine1");
      });
    },
  },
  /** Cut off, a primary leaves a tail that is cut; it leads again, and what it once sent comes again. */
  returnTwice: {
    weight: 4,
    forgets: false,
    strike: (world, prng) => {
      const old = servingEngine(world);
      if (old === undefined) return;
      const aloneMs = prng.between(260, 600);
      seclude(world, prng, old.name, aloneMs);
      for (let atMs = 5; atMs < 120; atMs += prng.between(5, 25)) {
        world.schedule.after(atMs, () => world.traffic.place());
      }
      const backMs = aloneMs + prng.between(60, 200);
      world.schedule.after(backMs, () => world.switchOver());
      for (let count = prng.integer(10, 40); count > 0; count--) {
        world.schedule.after(backMs + prng.between(5, 400), () => {
          world.network.echo(prng, "append");
        });
      }
    },
  },
  /** While Redis lags, the standby loses its log, and the primary goes when it has just recovered. */
  lagThenLose: {
    weight: 4,
    forgets: true,
    strike: (world, prng) => {
      const primary = servingEngine(world);
      if (primary === undefined) return;
      const standby = otherEngine(world, primary);
      const lagMs = prng.between(60, 400);
      const aloneMs = lagMs + 60 + prng.between(20, 200);
      cut(world, prng, bothWays("redis", [primary.name]), aloneMs + 700);
      if (prng.chance(0.5)) world.schedule.after(lagMs / 3, () => loseLog(world, prng, standby));
      world.schedule.after(lagMs, () => {
        if (!loseLog(world, prng, standby)) return;
        world.faults.when(standby, "RECOVERED", () => partSoon(world, prng, standby, 700));
      });
      world.schedule.after(aloneMs, () => seclude(world, prng, primary.name, 600));
    },
  },
  /** A primary that was replaced and cannot know it is the only one whom the other can ask. */
  staleSource: {
    weight: 4,
    forgets: true,
    strike: (world, prng) => {
      const old = servingEngine(world);
      if (old === undefined) return;
      const next = otherEngine(world, old);
      const aloneMs = prng.between(300, 600);
      cut(world, prng, bothWays(old.name, [next.name]), aloneMs);
      cut(world, prng, bothWays(old.name, ["redis"]), aloneMs + prng.between(100, 600));
      world.schedule.after(aloneMs - prng.between(0, 30), () => {
        if (next.process?.replica.isServing !== true || !world.faults.mayForget) return;
        next.crash();
        if (prng.chance(0.5)) next.disk.loseAll();
        else next.disk.loseLog();
        world.schedule.after(prng.between(0, 80), () => {
          next.start();
          world.connectEngines();
        });
      });
    },
  },
  /** Which server of a failover answers changes faster than Redis is filled. */
  flappingFailover: {
    weight: 3,
    forgets: true,
    strike: (world, prng) => {
      const primary = servingEngine(world);
      if (primary === undefined) return;
      const { network, redis, schedule } = world;
      const forMs = prng.between(200, 900);
      const isSlow = { delayMsMean: prng.between(5, 40), delayMsMax: 110, isOrdered: false };
      const weather = { ...calm, ...isSlow };
      redis.failOver(prng);
      network.setWeather(primary.name, "redis", weather);
      network.setWeather("redis", primary.name, weather);
      for (let atMs = 0; atMs < forMs; atMs += prng.between(5, 80)) {
        schedule.after(atMs, () => redis.route(prng.chance(0.5) ? [primary.name] : []));
      }
      schedule.after(forMs, () => {
        redis.endFailover();
        network.clear(primary.name, "redis");
        network.clear("redis", primary.name);
      });
    },
  },
  /** Each engine reaches another Redis, and they lose each other. */
  splitThenPart: {
    weight: 3,
    forgets: true,
    strike: (world, prng) => {
      const primary = servingEngine(world);
      if (primary === undefined) return;
      const standby = otherEngine(world, primary);
      const splitMs = prng.between(400, 1_500);
      world.redis.failOver(prng);
      world.redis.route(prng.chance(0.8) ? [standby.name] : [primary.name]);
      world.schedule.after(prng.between(1, 200), () => {
        cut(world, prng, bothWays(primary.name, [standby.name]), splitMs - 200);
      });
      world.schedule.after(splitMs, () => world.redis.endFailover());
    },
  },
};
