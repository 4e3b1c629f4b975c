// RegionWatch: what a controller remembers from one look at the other region to the next. Pure: a look and the
// time come in, the next memory comes out. One look that sees anybody ends a row of failed ones.

export interface RegionLook {
  /** Anything of the other region answered: an engine, or a gateway that says it is primary. */
  readonly isOtherSeen: boolean;
  /** How far the own region is behind, as its engines say; `null` where nobody there knows. */
  readonly lag: RegionLag | null;
}

export interface RegionLag {
  readonly entries: number;
  readonly ms: number;
}

export interface RegionWatch {
  /** In a row, up to now. */
  readonly failedLooks: number;
  /** Of the first failed look of the row. */
  readonly failingSinceMs: number | null;
  /**
   * When the other region was last seen: from then on the lag in milliseconds only tells how long ago that
   * is, and says nothing of what is lost.
   */
  readonly lagWhenSeen: RegionLag | null;
}

export const nothingSeenYet: RegionWatch = {
  failedLooks: 0,
  failingSinceMs: null,
  lagWhenSeen: null,
};

export function watchRegion(watch: RegionWatch, look: RegionLook, nowMs: number): RegionWatch {
  if (look.isOtherSeen) {
    return { failedLooks: 0, failingSinceMs: null, lagWhenSeen: look.lag ?? watch.lagWhenSeen };
  }
  return {
    failedLooks: watch.failedLooks + 1,
    failingSinceMs: watch.failingSinceMs ?? nowMs,
    // A controller that was started after the loss has only what its engines say now.
    lagWhenSeen: watch.lagWhenSeen ?? look.lag,
  };
}
