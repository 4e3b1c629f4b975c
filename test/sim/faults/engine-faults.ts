// Faults of engines: their processes, their clocks, their disks, and what their operators do.

import { anEngine, type FaultKinds, otherEngine, servingEngine, startLater } from "./fault-kind.ts";

export const engineFaults: FaultKinds = {
  crashEngine: {
    weight: 8,
    forgets: false,
    strike: (world, prng) => {
      const engine = anEngine(world, prng);
      engine.crash();
      startLater(world, prng, engine);
    },
  },
  dieAtDiskCall: {
    weight: 8,
    forgets: false,
    strike: (world, prng) => {
      anEngine(world, prng).disk.callsToDeath = prng.integer(1, 12);
    },
  },
  crashBoth: {
    weight: 2,
    forgets: false,
    strike: (world, prng) => {
      for (const engine of world.engines) {
        engine.crash();
        startLater(world, prng, engine);
      }
    },
  },
  pauseEngine: {
    weight: 6,
    forgets: false,
    strike: (world, prng) => {
      const engine = anEngine(world, prng);
      engine.pause();
      world.schedule.after(prng.between(20, 700), () => engine.resume());
    },
  },
  loseLog: {
    weight: 4,
    forgets: true,
    strike: (world, prng) => {
      const engine = anEngine(world, prng);
      engine.crash();
      engine.disk.loseLog();
      if (prng.chance(0.3)) engine.disk.callsToDeath = prng.integer(1, 3);
      startLater(world, prng, engine);
    },
  },
  loseDisk: {
    weight: 3,
    forgets: true,
    strike: (world, prng) => {
      const engine = anEngine(world, prng);
      engine.crash();
      engine.disk.loseAll();
      if (prng.chance(0.3)) engine.disk.callsToDeath = prng.integer(1, 4);
      startLater(world, prng, engine);
    },
  },
  slowDisk: {
    weight: 4,
    forgets: false,
    strike: (world, prng) => {
      const { disk } = anEngine(world, prng);
      disk.callMs = prng.pick([1, 5, 30, 120]);
      world.schedule.after(prng.between(50, 1_000), () => {
        disk.callMs = 0;
      });
    },
  },
  /** Every write fails until there is room again; the process ends at the first. */
  fullDisk: {
    weight: 4,
    forgets: false,
    strike: (world, prng) => {
      const { disk } = anEngine(world, prng);
      disk.isFull = true;
      world.schedule.after(prng.between(50, 1_200), () => {
        disk.isFull = false;
      });
    },
  },
  /** The monotonic clock leaps ahead, as after a machine was moved; the wall clock leaps anywhere. */
  leapClock: {
    weight: 3,
    forgets: false,
    strike: (world, prng) => {
      const engine = anEngine(world, prng);
      engine.leapClock(prng.chance(0.5) ? prng.between(10, 5_000) : 0, prng.between(-5_000, 5_000));
    },
  },
  /** A clock runs too fast or too slow from now on. */
  bendClock: {
    weight: 3,
    forgets: false,
    strike: (world, prng) => anEngine(world, prng).bendClock(prng.between(0.8, 1.25)),
  },
  /** The standby executes a command otherwise than all others: only hashes can tell. */
  divergeStandby: {
    weight: 3,
    forgets: true,
    strike: (world) => {
      const serving = servingEngine(world);
      const other = serving === undefined ? null : otherEngine(world, serving);
      if (other?.process?.replica.role === "standby") other.diverge();
    },
  },
  reconnectEngines: {
    weight: 2,
    forgets: false,
    strike: (world, prng) => {
      for (const engine of world.engines) engine.losePeer(false);
      world.schedule.after(prng.between(1, 100), () => world.connectEngines());
    },
  },
  switchOver: {
    weight: 3,
    forgets: false,
    strike: (world) => world.switchOver(),
  },
  pauseSwitching: {
    weight: 2,
    forgets: false,
    strike: (world, prng) => {
      const engine = anEngine(world, prng);
      engine.operate({ isPaused: true });
      world.schedule.after(prng.between(100, 1_000), () => engine.operate({ isPaused: false }));
    },
  },
  fence: {
    weight: 2,
    forgets: false,
    strike: (world, prng) => {
      const engine = anEngine(world, prng);
      engine.operate({ isFenced: true });
      world.schedule.after(prng.between(100, 1_000), () => engine.operate({ isFenced: false }));
    },
  },
  crashGateway: {
    weight: 2,
    forgets: false,
    strike: (world, prng) => {
      const gateway = prng.pick(world.gateways);
      if (gateway.isDown) return;
      gateway.crash();
      world.schedule.after(prng.between(20, 300), () => {
        if (gateway.isDown) gateway.start();
      });
    },
  },
};
