// Faults of the network: nodes and pairs cut off, one-way cuts, bad weather, messages that come again.

import type { Weather } from "../network.ts";
import type { Prng } from "../prng.ts";
import type { World } from "../world.ts";
import { anyMember, bothWays, cut, type FaultKinds, nodeNames, seclude } from "./fault-kind.ts";

export function someWeather(prng: Prng): Weather {
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

function aPair(world: World, prng: Prng): [member: string, other: string] {
  const from = anyMember(world, prng);
  return [from, prng.pick(nodeNames(world).filter((name) => name !== from))];
}

export const networkFaults: FaultKinds = {
  isolateNode: {
    weight: 6,
    forgets: false,
    strike: (world, prng) => {
      const lost = anyMember(world, prng);
      const others = nodeNames(world).filter((name) => name !== lost);
      cut(world, prng, bothWays(lost, others));
    },
  },
  secludeMember: {
    weight: 6,
    forgets: false,
    strike: (world, prng) => seclude(world, prng, anyMember(world, prng)),
  },
  cutPair: {
    weight: 6,
    forgets: false,
    strike: (world, prng) => {
      const [from, to] = aPair(world, prng);
      cut(world, prng, bothWays(from, [to]));
    },
  },
  cutOneWay: {
    weight: 6,
    forgets: false,
    strike: (world, prng) => {
      const [from, to] = aPair(world, prng);
      cut(world, prng, [prng.chance(0.5) ? [from, to] : [to, from]]);
    },
  },
  badWeather: {
    weight: 8,
    forgets: false,
    strike: (world, prng) => {
      const weather = someWeather(prng);
      const [from, to] = aPair(world, prng);
      world.network.setWeather(from, to, weather);
      world.network.setWeather(to, from, weather);
      world.schedule.after(prng.between(100, 1500), () => {
        world.network.clear(from, to);
        world.network.clear(to, from);
      });
    },
  },
  echo: {
    weight: 8,
    forgets: false,
    strike: (world, prng) => {
      for (let count = prng.integer(1, 6); count > 0; count--) {
        world.schedule.after(prng.between(0, 50), () => {
          const kind = world.network.echo(prng);
          world.trace(() => `ECHO of ${kind}`);
        });
      }
    },
  },
};
