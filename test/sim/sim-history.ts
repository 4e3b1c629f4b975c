// SimHistory: a follower that needs every entry, as the history in PostgreSQL does. It reads what is
// committed from Redis, says there how far it has come, and where the journal no longer reaches back
// far enough it asks the serving engine, whose disk keeps more.
// A journal that is trimmed before this follower has read it is a violation.

import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import { type LogBatch, lastOf, visitEntries } from "../../engine/replication/log-batch.ts";
import type { SimEngine } from "./sim-engine.ts";
import type { Tail } from "./sim-redis.ts";
import type { World } from "./world.ts";

const pollMs = 40;

export class SimHistory {
  readonly name = "history";
  machine: CoreMachine;
  /** Of the history that it follows: operators tell it which one counts (rule 11). */
  forcedEpoch = 0;
  private readonly world: World;
  /** What an instance has promised to keep: all behind this position. */
  private retained: { journal: string; position: number } | null = null;

  constructor(world: World, capacity: Capacity) {
    this.world = world;
    this.machine = new CoreMachine(capacity);
    this.poll();
  }

  private poll(): void {
    this.read();
    this.world.schedule.after(pollMs, () => this.poll());
  }

  private read(): void {
    const { world, machine } = this;
    world.redis.tail(this.name, machine.position, (tail) => this.onTail(tail));
  }

  private onTail(tail: Tail): void {
    if (!this.isOfItsHistory(forceOf(tail.journal))) return;
    const { machine, retained, world } = this;
    const isHeld = retained?.journal === tail.journal;
    if (isHeld && tail.firstAvailable > retained.position + 1) {
      world.oracle.fail(
        `${tail.firstAvailable} begins a journal still needed from ${retained.position}`,
      );
    }
    const isThere = tail.firstAvailable <= machine.position + 1;
    const before = machine.position;
    this.take(tail.batches);
    if (machine.position > before && machine.position < tail.committed) this.read();
    if (isThere) this.retained = { journal: tail.journal, position: machine.position };
    else this.readFromDisk();
  }

  /** Each engine is asked; those that do not serve do not answer. */
  private readFromDisk(): void {
    const { world, machine } = this;
    const from = machine.position + 1;
    for (const engine of world.everyEngine) {
      world.network.send(this.name, engine.name, () => {
        const batches = journalOf(engine, from);
        const forcedEpoch = engine.process?.replica.state.log.forcedEpoch ?? 0;
        if (batches === null || forcedEpoch !== this.forcedEpoch) return;
        world.network.send(engine.name, this.name, () => {
          if (forcedEpoch === this.forcedEpoch) this.take(batches);
        });
      });
    }
  }

  /** Of a later one from here on: what it has of those entries that a force left out is taken back first. */
  private isOfItsHistory(forcedEpoch: number): boolean {
    const { oracle } = this.world;
    if (forcedEpoch <= this.forcedEpoch) return forcedEpoch === this.forcedEpoch;
    const shared = oracle.sharedPosition(this.forcedEpoch, forcedEpoch);
    if (this.machine.position > shared) this.machine = oracle.machineAt(forcedEpoch, shared);
    this.forcedEpoch = forcedEpoch;
    return true;
  }

  private take(batches: readonly LogBatch[]): void {
    const { machine, world } = this;
    for (const batch of batches) {
      const next = machine.position + 1;
      if (lastOf(batch) < next || batch.first > next) continue;
      visitEntries(batch, next, (position, kind, data) => {
        world.oracle.fed(this, position, batch.epoch, data);
        machine.apply(position, kind, data);
      });
    }
  }

  /** Why it will never have what it needs next, where that is so; else `null`. */
  get isCutOff(): boolean {
    const { world, machine } = this;
    const next = machine.position + 1;
    const { firstAvailable } = world.redis.model.tail(next);
    const isOnDisk = world.engines.some((engine) => (journalOf(engine, next)?.length ?? 0) > 0);
    return firstAvailable > next && !isOnDisk;
  }
}

/** What is committed, from `from` on; `null` of one that does not serve or does not reach back so far. */
function journalOf(engine: SimEngine, from: number): LogBatch[] | null {
  const { process, disk } = engine;
  if (process?.replica.isServing !== true) return null;
  return disk.readJournal(from, process.replica.state.committed);
}

/** The last force in the history that a Redis has: its key says it. */
function forceOf(journal: string): number {
  return Number(/forced(\d+)/.exec(journal)?.[1] ?? 0);
}
