// RegionOracle: what may never be seen in two regions, whoever does what in them. It knows every entry that was
// ever written to a log, what was told to the world under which leadership, and what the register said. A
// violation is thrown at the event that shows it. What happens inside of one region is the other oracle's.

import { type LogBatch, visitEntries } from "../../../engine/replication/log-batch.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";

class RegionSafetyViolated extends Error {
  override readonly name = "SafetyViolated";
}

/** Why the register gave a term: only after a failover may anything told be gone. */
export type Cause = "first" | "planned" | "kept" | "failover";

export interface Granted {
  readonly region: string;
  readonly cause: Cause;
}

interface Told {
  readonly epoch: number;
  readonly isSync: boolean;
}

export class RegionOracle {
  /** What the register granted, by term. */
  readonly granted = new Map<number, Granted>();
  readonly decisions = new Map<string, number>();
  private readonly entries = new Map<string, string>();
  /** Epoch of the entry before, by position and epoch: what lies below a log's base is known by it. */
  private readonly before = new Map<string, number>();
  private readonly hashes = new Map<string, string>();
  /** What any later primary must have, by position. */
  private readonly told = new Map<number, Told>();
  private readonly drainedAt = new Map<number, number>();
  /** The newest leadership that serves, and what its first primary had. */
  private opened: { term: number; epochs: readonly number[] } = { term: 0, epochs: [] };
  toldCount = 0;
  /** Told, and gone with a lost region: what castle reconcile would list. */
  lostCount = 0;

  fail(what: string): never {
    throw new RegionSafetyViolated(what);
  }

  noted(code: string): void {
    this.decisions.set(code, (this.decisions.get(code) ?? 0) + 1);
  }

  /**
   * One (position, epoch) is one entry, behind one other, in every log of every region. `before`: the
   * epoch of the entry before the batch's first.
   */
  written(node: string, batch: LogBatch, before: number): void {
    visitEntries(batch, batch.first, (position, kind, data) => {
      const key = `${position}/${batch.epoch}`;
      const previous = position === batch.first ? before : batch.epoch;
      const behind = this.before.get(key) ?? previous;
      if (behind !== previous)
        this.fail(`${node} has ${key} behind epoch ${previous}, not ${behind}`);
      this.before.set(key, previous);
      const content = `${kind} ${Buffer.from(data).toString("base64")}`;
      const known = this.entries.get(key);
      if (known === undefined) this.entries.set(key, content);
      else if (known !== content) {
        this.fail(`${node} has another entry at ${position} in epoch ${batch.epoch}`);
      }
    });
  }

  hashed(node: string, position: number, epoch: number, hash: string): void {
    const key = `${position}/${epoch}`;
    const known = this.hashes.get(key);
    if (known === undefined) this.hashes.set(key, hash);
    else if (known !== hash) this.fail(`${node} has another state at ${position}`);
  }

  /** The drained region said that this is the end of its term. */
  drained(term: number, position: number): void {
    this.drainedAt.set(term, position);
  }

  /** A primary may serve from now on. */
  serving(node: string, region: string, state: ReplicaState): void {
    const { term, role, isConfirmed } = state.region;
    if (role !== "active") this.fail(`${node} serves, and its region follows`);
    if (!isConfirmed) this.fail(`${node} serves, and nobody has told it who leads`);
    if (term === 0 || this.granted.get(term)?.region !== region) {
      this.fail(`${node} serves in term ${term}, which ${region} was never given`);
    }
    if (term < this.opened.term) return;
    const mayLose = [...this.granted].some(
      ([at, { cause }]) => at > this.opened.term && at <= term && cause === "failover",
    );
    const epochs = this.epochsOf(state);
    for (const [position, { epoch, isSync }] of this.told) {
      if (epochs[position] === epoch) continue;
      if (isSync) this.fail(`${node} opened without ${position}, told in region-sync`);
      if (!mayLose) this.fail(`${node} serves term ${term} without ${position}, which was told`);
      this.told.delete(position);
      this.lostCount++;
    }
    if (term === this.opened.term) return;
    this.opened = { term, epochs };
  }

  /** Of every entry up to the log's end, by position. */
  epochsOf({ log }: ReplicaState): readonly number[] {
    const epochs: number[] = [];
    for (let at = log.lastPosition; at >= log.base.position; at--) epochs[at] = log.epochAt(at);
    for (let at = log.base.position; at > 1; at--) {
      epochs[at - 1] = this.before.get(`${at}/${epochs[at]}`) ?? -1;
    }
    return epochs;
  }

  /** A serving primary lets this position out. */
  released(
    node: string,
    { position, epoch }: { readonly position: number; readonly epoch: number },
    state: ReplicaState,
  ): void {
    const { term, isSync } = state.region;
    this.toldCount++;
    const end = this.drainedAt.get(term);
    if (end !== undefined && position > end) {
      this.fail(`${node} told ${position} in term ${term}, which was drained at ${end}`);
    }
    if (term >= this.opened.term) {
      const known = this.told.get(position);
      if (known !== undefined && known.epoch !== epoch) {
        this.fail(`${node} told another entry at ${position} than was told before`);
      }
      this.told.set(position, { epoch, isSync });
      return;
    }
    // It leads no more and has not heard of it: the two-region window.
    if (this.opened.epochs[position] === epoch) return;
    if (isSync) this.fail(`${node}, replaced, told ${position} that the opened region lacks`);
    this.lostCount++;
  }
}
