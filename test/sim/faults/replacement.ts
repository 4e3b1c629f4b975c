// Replacement: an operator gives an engine's seat to another machine (rule 14), by the steps of `castle
// member replace`, in any order that they can come true in. The old machine may be gone, cut off, or run
// on as if nothing had happened, and it comes back with its disk: before, while and after the Member
// entry is committed, also as the primary that it still takes itself for.

import type { Prng } from "../prng.ts";
import type { SimEngine } from "../sim-engine.ts";
import type { World } from "../world.ts";
import { bothWays, cut, memberNames } from "./fault-kind.ts";

/** The operator looks again, and asks again. */
const lookMs = 30;
/** Looks in vain after which an old machine that still leads is started anew, so that it leads no more. */
const patienceLooks = 20;

const acts = [
  ...(["start", "start", "ask", "ask", "cutOff", "crash", "connect", "rally", "usurp"] as const),
];

export class Replacement {
  private readonly world: World;
  private readonly prng: Prng;
  private readonly old: SimEngine;
  private looks = 0;

  constructor(world: World, prng: Prng, old: SimEngine) {
    this.world = world;
    this.prng = prng;
    this.old = old;
  }

  begin(endMs: number): void {
    const { world, prng, old } = this;
    const fate = prng.pick(["stopped", "cutOff", "runsOn", "parted", "comesBack"] as const);
    if (fate === "stopped" || fate === "comesBack") old.crash();
    if (fate === "cutOff") this.cutOff(prng.between(100, 1_500));
    const next = world.replaceEngine(old);
    const lookAfterMs = prng.tail(0, 30, 300);
    world.schedule.after(prng.tail(0, 100, 800), () => next.start());
    world.schedule.after(lookAfterMs, () => this.look(next));
    if (fate === "parted") {
      // Just when the entry goes out: whoever has it, and whoever does not, are a majority each.
      const partMs = Math.max(0, lookAfterMs + prng.between(-20, 2));
      world.schedule.after(partMs, () => this.part(next, prng.between(300, 1_200)));
    }
    if (fate === "comesBack") {
      this.awaitWholeness(next, endMs);
      return;
    }
    for (let atMs = 0; atMs < 3_000; atMs += prng.between(100, 900)) {
      world.schedule.after(atMs, () => {
        if (world.schedule.nowMs < endMs) this.haunt();
      });
    }
  }

  /** The other engine reaches the new machine alone, and the old machine Redis. */
  private part(next: SimEngine, forMs: number): void {
    const { world, prng, old } = this;
    const other = world.engine(old.id === 1 ? 2 : 1).name;
    cut(world, prng, bothWays(other, ["redis", old.name]), forMs);
    cut(world, prng, bothWays(next.name, ["redis"]), forMs);
  }

  /** The old machine and the other engine reach each other alone: two, but no majority any more. */
  private rally(): void {
    const { world, prng, old } = this;
    const next = world.engine(old.id).name;
    const other = world.engine(old.id === 1 ? 2 : 1);
    old.start();
    cut(world, prng, bothWays(other.name, ["redis", next]), prng.between(300, 900));
    cut(world, prng, bothWays(old.name, ["redis"]), prng.between(300, 900));
    old.connectPeer();
    other.connectPeer();
  }

  /** It has heard of nothing until its successor is in sync. */
  private awaitWholeness(next: SimEngine, endMs: number): void {
    const { world, old } = this;
    if (world.schedule.nowMs >= endMs || world.engine(next.id) !== next) return;
    const other = world.engine(old.id === 1 ? 2 : 1).process?.replica;
    if (other?.isServing === true && other.inSync().length === 2) this.comeBack(next);
    else world.schedule.after(lookMs, () => this.awaitWholeness(next, endMs));
  }

  /** The primary has lost both others, goes on taking commands, and then the old machine is there again. */
  private comeBack(next: SimEngine): void {
    const { world, prng, old } = this;
    const other = world.engine(old.id === 1 ? 2 : 1).name;
    const forMs = prng.between(400, 1_000);
    cut(world, prng, bothWays(other, ["redis", next.name]), forMs);
    cut(world, prng, bothWays(old.name, ["redis"]), forMs);
    for (let atMs = 0; atMs < 150; atMs += prng.between(5, 25)) {
      world.schedule.after(atMs, () => world.traffic.place());
    }
    world.schedule.after(prng.between(20, 150), () => {
      old.start();
      old.connectPeer();
      world.engine(old.id === 1 ? 2 : 1).connectPeer();
    });
  }

  /** The old machine and Redis reach each other alone: once they would have elected it. */
  private usurp(): void {
    const { world, prng, old } = this;
    const others = world.engines.map(({ name }) => name);
    old.start();
    cut(world, prng, bothWays("redis", others), prng.between(300, 900));
    cut(world, prng, bothWays(old.name, others), prng.between(300, 900));
  }

  private cutOff(forMs: number): void {
    const { world, prng, old } = this;
    const others = memberNames(world).filter((name) => name !== old.name);
    // It may still reach some of them.
    const cutFrom = prng.chance(0.6) ? others : others.filter(() => prng.chance(0.5));
    cut(world, prng, bothWays(old.name, cutFrom), forMs);
  }

  /** The old machine goes on as best it can. */
  private haunt(): void {
    const { world, prng, old } = this;
    const act = prng.pick(acts);
    if (act === "rally") this.rally();
    if (act === "usurp") this.usurp();
    if (act === "start") old.start();
    if (act === "crash") old.crash();
    if (act === "connect") old.connectPeer();
    if (act === "cutOff") this.cutOff(prng.between(30, 600));
    // Clients that have not heard of it.
    if (act === "ask") {
      for (let atMs = 0; atMs < 300; atMs += prng.between(5, 60)) {
        world.schedule.after(atMs, () => world.traffic.readFrom(old));
      }
    }
  }

  /** Until the entry is committed: whoever serves in the other seat is asked for it. */
  private look(next: SimEngine): void {
    const { world, old } = this;
    const { id, incarnation } = next;
    // A later replacement of the same seat has taken over from this one.
    if (world.engine(id) !== next) return;
    const other = world.engine(id === 1 ? 2 : 1);
    let isDone = false;
    other.run(null, ({ replica }) => {
      replica.operators.replacePeer(incarnation, "asked");
      const { peerIncarnation, areMembersCommitted } = replica.state;
      isDone = peerIncarnation === incarnation && areMembersCommitted && replica.isServing;
    });
    if (isDone) return;
    this.looks++;
    old.run(null, ({ replica }) => {
      replica.switchOver(old.nowMs);
    });
    // Not for good: until the entry is committed, Redis may lack what only it and the other engine have.
    if (this.looks % patienceLooks === 0) {
      old.crash();
      world.schedule.after(lookMs * 10, () => old.start());
    }
    world.schedule.after(lookMs, () => this.look(next));
  }
}
