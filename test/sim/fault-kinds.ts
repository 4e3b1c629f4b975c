// The kinds of faults: each strikes one world now, and ends by itself later.

import type { Weather } from "./network.ts";
import type { SimEngine } from "./sim-engine.ts";
import type { World } from "./world.ts";

export interface FaultKind {
  readonly weight: number;
  /** It makes a member forget what it answered for. */
  readonly forgets: boolean;
  readonly strike: (world: World) => void;
}

/** More often one that serves: what happens to it matters most. */
function anEngine(world: World): SimEngine {
  const serving = world.engines.filter(({ process }) => process?.replica.isServing === true);
  const mayAim = serving.length > 0 && world.prng.chance(0.4);
  return world.prng.pick(mayAim ? serving : world.engines);
}

/** Away from the other members; clients still reach it. */
export function seclude(world: World, member: string): void {
  const others = memberNames(world).filter((name) => name !== member);
  cut(
    world,
    others.flatMap((name) => [[member, name] as const, [name, member] as const]),
  );
}

export function startLater(world: World, engine: SimEngine): void {
  world.schedule.after(world.prng.between(20, 800), () => engine.start());
}

function memberNames(world: World): string[] {
  return [...world.engines.map(({ name }) => name), "redis"];
}

function nodeNames(world: World): string[] {
  return [...memberNames(world), ...world.gateways.map(({ name }) => name)];
}

function anyMember(world: World): string {
  return world.prng.chance(0.3) ? "redis" : anEngine(world).name;
}

/** Cuts ways for a while; a cut that is longer than the connection's patience ends it. */
function cut(world: World, ways: readonly (readonly [string, string])[]): void {
  const { network, schedule, prng } = world;
  for (const [from, to] of ways) network.setCut(from, to, true);
  schedule.after(prng.between(30, 900), () => {
    for (const [from, to] of ways) network.setCut(from, to, false);
    if (prng.chance(0.8)) world.connectEngines();
  });
}

/** Who reaches the old server of a failover, and who the new one, changes until it is over. */
function route(world: World): void {
  const { redis, engines, prng, schedule } = world;
  if (!redis.isSplit) return;
  redis.route(engines.map(({ name }) => name).filter(() => prng.chance(0.5)));
  schedule.after(prng.between(20, 500), () => route(world));
}

export function someWeather(world: World): Weather {
  const { prng } = world;
  const isSlow = prng.chance(0.4);
  return {
    loss: prng.pick([0, 0, 0.05, 0.3]),
    duplication: prng.pick([0, 0.05, 0.3]),
    delayMsMin: 0.2,
    delayMsMean: isSlow ? prng.between(5, 60) : 0.5,
    delayMsMax: isSlow ? 400 : 20,
    strays: prng.pick([0, 0, 0.02, 0.1]),
    isOrdered: prng.chance(0.5),
  };
}

export const faultKinds: Readonly<Record<string, FaultKind>> = {
  crashEngine: {
    weight: 8,
    forgets: false,
    strike: (world) => {
      const engine = anEngine(world);
      engine.crash();
      startLater(world, engine);
    },
  },
  dieAtDiskCall: {
    weight: 8,
    forgets: false,
    strike: (world) => {
      anEngine(world).disk.callsToDeath = world.prng.integer(1, 12);
    },
  },
  crashBoth: {
    weight: 2,
    forgets: false,
    strike: (world) => {
      for (const engine of world.engines) {
        engine.crash();
        startLater(world, engine);
      }
    },
  },
  pauseEngine: {
    weight: 6,
    forgets: false,
    strike: (world) => {
      const engine = anEngine(world);
      engine.pause();
      world.schedule.after(world.prng.between(20, 700), () => engine.resume());
    },
  },
  loseLog: {
    weight: 4,
    forgets: true,
    strike: (world) => {
      const engine = anEngine(world);
      engine.crash();
      engine.disk.loseLog();
      if (world.prng.chance(0.3)) engine.disk.callsToDeath = world.prng.integer(1, 3);
      startLater(world, engine);
    },
  },
  loseDisk: {
    weight: 3,
    forgets: true,
    strike: (world) => {
      const engine = anEngine(world);
      engine.crash();
      engine.disk.loseAll();
      if (world.prng.chance(0.3)) engine.disk.callsToDeath = world.prng.integer(1, 4);
      startLater(world, engine);
    },
  },
  isolateNode: {
    weight: 6,
    forgets: false,
    strike: (world) => {
      const lost = anyMember(world);
      const others = nodeNames(world).filter((name) => name !== lost);
      cut(
        world,
        others.flatMap((name) => [[lost, name] as const, [name, lost] as const]),
      );
    },
  },
  secludeMember: {
    weight: 6,
    forgets: false,
    strike: (world) => seclude(world, anyMember(world)),
  },
  cutPair: {
    weight: 6,
    forgets: false,
    strike: (world) => {
      const from = anyMember(world);
      const to = world.prng.pick(nodeNames(world).filter((name) => name !== from));
      cut(world, [
        [from, to],
        [to, from],
      ]);
    },
  },
  cutOneWay: {
    weight: 6,
    forgets: false,
    strike: (world) => {
      const from = anyMember(world);
      const to = world.prng.pick(nodeNames(world).filter((name) => name !== from));
      cut(world, [world.prng.chance(0.5) ? [from, to] : [to, from]]);
    },
  },
  badWeather: {
    weight: 8,
    forgets: false,
    strike: (world) => {
      const weather = someWeather(world);
      const from = anyMember(world);
      const to = world.prng.pick(nodeNames(world).filter((name) => name !== from));
      world.network.setWeather(from, to, weather);
      world.network.setWeather(to, from, weather);
      world.schedule.after(world.prng.between(100, 1500), () => {
        world.network.clear(from, to);
        world.network.clear(to, from);
      });
    },
  },
  echo: {
    weight: 8,
    forgets: false,
    strike: (world) => {
      for (let count = world.prng.integer(1, 6); count > 0; count--) {
        world.schedule.after(world.prng.between(0, 50), () => {
          const kind = world.network.echo();
          world.trace(() => `ECHO of ${kind}`);
        });
      }
    },
  },
  reconnectEngines: {
    weight: 2,
    forgets: false,
    strike: (world) => {
      for (const engine of world.engines) engine.losePeer(false);
      world.schedule.after(world.prng.between(1, 100), () => world.connectEngines());
    },
  },
  switchOver: {
    weight: 3,
    forgets: false,
    strike: (world) => {
      for (const engine of world.engines) {
        engine.run(null, ({ replica }) => {
          replica.switchOver(engine.nowMs);
        });
      }
    },
  },
  crashGateway: {
    weight: 2,
    forgets: false,
    strike: (world) => {
      const gateway = world.prng.pick(world.gateways);
      if (gateway.isDown) return;
      gateway.crash();
      world.schedule.after(world.prng.between(20, 300), () => {
        if (gateway.isDown) gateway.start();
      });
    },
  },
  redisRestart: { weight: 3, forgets: true, strike: (world) => world.redis.restart(true) },
  redisRestartOlder: { weight: 3, forgets: true, strike: (world) => world.redis.restart(false) },
  redisFlush: { weight: 1, forgets: true, strike: (world) => world.redis.flush() },
  redisFailover: {
    weight: 4,
    forgets: true,
    strike: (world) => {
      world.redis.failOver();
      route(world);
      world.schedule.after(world.prng.between(20, 1500), () => world.redis.endFailover());
    },
  },
  redisDown: {
    weight: 3,
    forgets: false,
    strike: (world) => {
      world.redis.setDown(true);
      world.schedule.after(world.prng.between(50, 800), () => world.redis.setDown(false));
    },
  },
  redisStall: {
    weight: 3,
    forgets: false,
    strike: (world) => {
      world.redis.stall();
      world.schedule.after(world.prng.between(20, 500), () => world.redis.resume());
    },
  },
};
