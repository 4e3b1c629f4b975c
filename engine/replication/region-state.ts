// RegionState: what an engine knows of its region at this moment: what it was last told, whether it was
// told since its start, and how far the other region has answered.

import { assert } from "../core/assert.ts";
import type { RegionOptions, RegionStanding } from "./region.ts";

export class RegionState {
  standing: RegionStanding;
  /** Somebody has said since the start that the standing still is so. */
  isConfirmed: boolean;
  private readonly isSyncWanted: boolean;
  /** An engine of the other region has everything up to here. */
  private answeredPosition = 0;

  constructor({ isConfirmed, isSync, ...standing }: RegionOptions) {
    this.standing = standing;
    this.isConfirmed = isConfirmed;
    this.isSyncWanted = isSync;
  }

  get role(): RegionStanding["role"] {
    return this.standing.role;
  }

  get term(): number {
    return this.standing.term;
  }

  get sinceTerm(): number {
    return this.standing.sinceTerm;
  }

  get isDrained(): boolean {
    return this.standing.isDrained;
  }

  /** Durable already. */
  enter(standing: RegionStanding): void {
    assert(standing.term >= this.term, "a region's term only grows");
    if (standing.term > this.term) this.answeredPosition = 0;
    this.standing = standing;
    this.isConfirmed = true;
  }

  /** `false` where that is no news. */
  answer(position: number): boolean {
    if (position <= this.answeredPosition) return false;
    this.answeredPosition = position;
    return true;
  }

  /** Whether the other region must have an entry before it may leave this engine. */
  get isSync(): boolean {
    return this.isSyncWanted && this.role === "active" && this.standing.isInSync;
  }

  released(committed: number): number {
    return this.isSync ? Math.min(committed, this.answeredPosition) : committed;
  }
}
