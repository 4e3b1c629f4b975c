// Scenarios: short sequences of faults aimed at one rule, since chance alone would take too long to
// arrange them. Each step is a fault that may happen, and each scenario ends by itself.

import {
  bothWays,
  cut,
  type FaultKinds,
  otherEngine,
  seclude,
  servingEngine,
} from "./fault-kind.ts";

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
  /** A planned switch, and the word to take over comes again while the primary is busy. */
  switchOverAgain: {
    weight: 3,
    forgets: false,
    strike: (world, prng) => {
      world.switchOver();
      for (let count = prng.integer(1, 4); count > 0; count--) {
        world.schedule.after(prng.between(1, 600), () => {
          for (let burst = 0; burst < 5; burst++) {
            world.schedule.after(burst, () => world.traffic.place());
          }
          world.network.echo(prng, "takeOver");
        });
      }
    },
  },
  /** While Redis lags, the standby loses its log, and then it has just recovered when the primary goes. */
  lagThenLose: {
    weight: 3,
    forgets: true,
    strike: (world, prng) => {
      const primary = servingEngine(world);
      if (primary === undefined) return;
      const standby = otherEngine(world, primary);
      const lagMs = prng.between(60, 400);
      const backMs = prng.between(5, 60);
      const aloneMs = lagMs + backMs + prng.between(20, 200);
      cut(world, prng, bothWays("redis", [primary.name]), aloneMs + 700);
      cut(world, prng, bothWays("redis", [standby.name]), prng.pick([10, aloneMs - 20]));
      const lose = () => {
        if (primary.isRecovering) return;
        // What only the primary has now is lost where it goes too.
        world.faults.excuseLiveness();
        standby.crash();
        standby.disk.loseLog();
        world.schedule.after(backMs, () => standby.start());
      };
      world.schedule.after(lagMs / 3, () => prng.chance(0.5) && lose());
      world.schedule.after(lagMs, lose);
      for (let count = prng.integer(0, 3); count > 0; count--) {
        const atMs = lagMs + backMs + prng.between(1, 60);
        world.schedule.after(atMs, () => world.network.echo(prng, "recoverReply"));
      }
      world.schedule.after(aloneMs, () => seclude(world, prng, primary.name, 600));
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
