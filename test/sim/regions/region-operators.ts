// What people and controllers do between regions in a run: the planned move with its drain, given up where it does
// not come to an end, and the failover of a region that is lost or taken for lost. As the plans of
// failover/operations/region-plans.ts: the register moves only from the leadership that was seen.

import type { Leadership } from "./region-register.ts";
import type { RegionSite } from "./region-site.ts";
import type { RegionWorld } from "./region-world.ts";

const lookMs = 20;
const drainMsMax = 1_500;
const catchUpMsMax = 3_000;

export class RegionOperators {
  isBusy = false;
  private readonly world: RegionWorld;

  constructor(world: RegionWorld) {
    this.world = world;
  }

  /** Told to open while the other region may live: that is the worst that a wrong suspicion does. */
  failOver(): boolean {
    const { register, prng } = this.world;
    const now = register.read();
    if (now === null || this.isBusy) return false;
    const old = this.world.site(now.region);
    const target = this.world.otherOf(old);
    if (!target.mayOpen(now.term) || !register.move(now, target.name, "failover")) return false;
    this.world.trace(() => `failover to ${target.name} in term ${now.term + 1}`);
    // A courtesy to whoever can be reached; else its own controller tells it, when it can.
    if (prng.chance(0.3)) old.tellEngines();
    return true;
  }

  moveAsPlanned(): boolean {
    const now = this.world.register.read();
    if (now === null || this.isBusy) return false;
    const from = this.world.site(now.region);
    const to = this.world.otherOf(from);
    const isLagKnown = to.engines.some(({ isPart }) => isPart);
    if (from.serving === undefined || !to.mayOpen(now.term) || !isLagKnown) return false;
    this.isBusy = true;
    this.world.trace(() => `a planned move to ${to.name}, from term ${now.term}`);
    // One that is not told could be elected and go on behind the end that the other one named.
    const isTold = from.engines.map((engine) => engine.drain(now.term)).every((isTaken) => isTaken);
    if (isTold) this.awaitDrain(now, from, to);
    else this.keep(now);
    return true;
  }

  private awaitDrain(now: Leadership, from: RegionSite, to: RegionSite): void {
    this.poll(
      drainMsMax,
      () => {
        const primary = from.engines.find(({ replica }) => replica?.role === "primary");
        const position = primary?.replica?.regions.drainedPosition ?? -1;
        if (position < 0) return false;
        this.world.oracle.drained(now.term, position);
        this.awaitCatchUp(now, to, position);
        return true;
      },
      () => this.keep(now),
    );
  }

  private awaitCatchUp(now: Leadership, to: RegionSite, position: number): void {
    // What it has beyond the other region's log, of an older leadership, is no catching up.
    const has = () =>
      to.engines.some(
        ({ replica, isPart }) => isPart && (replica?.state.committed ?? 0) >= position,
      );
    this.poll(
      catchUpMsMax,
      () => {
        if (!has() || !this.world.register.move(now, to.name, "planned")) return false;
        this.isBusy = false;
        return true;
      },
      () => this.keep(now),
    );
  }

  /** The drain is for good in its term: the region goes on in the next one. Tried until it is so. */
  private keep(now: Leadership): void {
    const { register } = this.world;
    this.poll(Number.POSITIVE_INFINITY, () => {
      const isKept = register.move(now, now.region, "kept");
      const seen = register.read();
      const isOver = isKept || (seen !== null && seen.term > now.term);
      if (isOver) this.isBusy = false;
      return isOver;
    });
  }

  private poll(forMs: number, isDone: () => boolean, onLate: () => void = () => {}): void {
    const untilMs = this.world.nowMs + forMs;
    const look = () => {
      if (isDone()) return;
      if (this.world.nowMs >= untilMs) onLate();
      else this.world.schedule.after(lookMs, look);
    };
    look();
  }
}
