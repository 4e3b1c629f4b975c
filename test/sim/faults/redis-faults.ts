// Faults of Redis: restarts, failovers to a replica that lags, lost keys, no memory, no answers.

import type { Prng } from "../prng.ts";
import type { World } from "../world.ts";
import type { FaultKinds } from "./fault-kind.ts";

/** Who reaches the old server of a failover, and who the new one, changes until it is over. */
function route(world: World, prng: Prng): void {
  const { redis, engines, schedule } = world;
  if (!redis.isSplit) return;
  redis.route(engines.map(({ name }) => name).filter(() => prng.chance(0.5)));
  schedule.after(prng.between(20, 500), () => route(world, prng));
}

export const redisFaults: FaultKinds = {
  redisRestart: { weight: 3, forgets: true, strike: ({ redis }) => redis.restart(null) },
  redisRestartOlder: { weight: 3, forgets: true, strike: ({ redis }, prng) => redis.restart(prng) },
  redisFlush: { weight: 1, forgets: true, strike: ({ redis }) => redis.flush() },
  redisFailover: {
    weight: 4,
    forgets: true,
    strike: (world, prng) => {
      world.redis.failOver(prng);
      route(world, prng);
      world.schedule.after(prng.between(20, 1500), () => world.redis.endFailover());
    },
  },
  /** A wrong `maxmemory-policy`: some of the data is gone, and nobody is told. */
  redisEviction: {
    weight: 2,
    forgets: true,
    strike: ({ redis }, prng) => redis.model.evict(prng.pick(["meta", "log", "image"])),
  },
  redisOutOfMemory: {
    weight: 3,
    forgets: false,
    strike: (world, prng) => {
      world.redis.setOutOfMemory(true);
      world.schedule.after(prng.between(50, 1_200), () => world.redis.setOutOfMemory(false));
    },
  },
  redisDown: {
    weight: 3,
    forgets: false,
    strike: (world, prng) => {
      world.redis.setDown(true);
      world.schedule.after(prng.between(50, 800), () => world.redis.setDown(false));
    },
  },
  redisStall: {
    weight: 3,
    forgets: false,
    strike: (world, prng) => {
      world.redis.stall();
      world.schedule.after(prng.between(20, 500), () => world.redis.resume());
    },
  },
};
