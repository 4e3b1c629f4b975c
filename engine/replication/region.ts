// Region: what an engine knows of leadership between regions. A *term* counts the leaderships of
// regions as an epoch counts those of engines, and comes from a register outside.
// Invariant: every epoch of term t is at least t * 2^24, so that two regions never hold different
// entries under one (position, epoch), and an entry of a later leadership has the higher epoch.

import { assert } from "../core/assert.ts";

export type RegionRole = "active" | "dr";

/** Kept on the engine's disk, and written before it is acted upon. */
export interface RegionStanding {
  readonly role: RegionRole;
  /** 0: nobody has said anything yet. */
  readonly term: number;
  /** The region that leads has led in every term from here on; at most `term`. */
  readonly sinceTerm: number;
  /** Nothing more is sequenced in this term: the other region is to take everything. */
  readonly isDrained: boolean;
  /**
   * The other region has caught up in this term: from then on `region-sync` holds. A region that was
   * opened because the other one is lost could otherwise acknowledge nothing.
   */
  readonly isInSync: boolean;
}

export interface RegionOptions extends RegionStanding {
  /** Seats of engines are named with it. Absent in an exchange of one region. */
  readonly name?: string;
  /** `false`: after a start without a primary, the engine waits for the word of who leads. */
  readonly isConfirmed: boolean;
  /** Once in sync, nothing leaves the engine before the other region has answered for it. */
  readonly isSync: boolean;
}

/** Of an exchange of one region. */
export const onlyRegion: RegionOptions = {
  role: "active",
  term: 0,
  sinceTerm: 0,
  isDrained: false,
  isInSync: false,
  isConfirmed: true,
  isSync: false,
};

/** Elections of one term: one every second would take half a year. */
const epochsInTerm = 2 ** 24;
/** The highest term whose epochs are safe integers. */
const termMax = 2 ** 28;

/** The leadership of a region in which an entry of this epoch was sequenced. */
export function termOf(epoch: number): number {
  return Math.max(1, Math.floor(epoch / epochsInTerm));
}

/** An epoch of this term lies above it. The first term has the epochs from 1 on. */
export function epochFloor(term: number): number {
  assert(term >= 0 && term <= termMax, "a term's epochs are safe integers");
  return term <= 1 ? 0 : term * epochsInTerm;
}
