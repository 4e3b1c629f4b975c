// RegionWatch: what a controller remembers from one look at the other region to the next. Pure: a look and the
// time come in, the next memory comes out. One look that sees anybody ends a row of failed ones.

export interface RegionLook {
  /** Anything of the other region answered: an engine, or a gateway that says it is primary. */
  readonly isOtherSeen: boolean;
  /** How far the own region is behind at the most, as its engines say; `null` where nobody there knows. */
  readonly lag: RegionLag | null;
}

export interface RegionLag {
  /** As far as the other region was heard. */
  readonly entries: number;
  /** At the least since the other region was last heard over the link between the journals. */
  readonly ms: number;
}

export interface RegionWatch {
  /** In a row, up to now. */
  readonly failedLooks: number;
  /** Of the first failed look of the row. */
  readonly failingSinceMs: number | null;
  /**
   * When the other region was last seen: from then on the lag in milliseconds only tells how long ago that
   * is, and says nothing of what is lost. A link that was silent before, while the region was seen alive, has
   * lost what that region took meanwhile: its silence up to then is in `ms`.
   */
  readonly lagWhenSeen: RegionLag | null;
  /** When `lagWhenSeen` was true. */
  readonly lagAtMs: number;
}

export const nothingSeenYet: RegionWatch = {
  failedLooks: 0,
  failingSinceMs: null,
  lagWhenSeen: null,
  lagAtMs: 0,
};

export function watchRegion(watch: RegionWatch, look: RegionLook, nowMs: number): RegionWatch {
  if (look.isOtherSeen) {
    const lagWhenSeen = look.lag ?? grown(watch, nowMs);
    return { failedLooks: 0, failingSinceMs: null, lagWhenSeen, lagAtMs: nowMs };
  }
  return {
    failedLooks: watch.failedLooks + 1,
    failingSinceMs: watch.failingSinceMs ?? nowMs,
    // A controller that was started after the loss has only what its engines say now: they have heard nothing
    // since the loss at the latest, so it is never too little.
    ...(watch.lagWhenSeen === null
      ? { lagWhenSeen: look.lag, lagAtMs: nowMs }
      : { lagWhenSeen: counted(watch.lagWhenSeen, look.lag), lagAtMs: watch.lagAtMs }),
  };
}

/** What was heard just before the loss, after the last look that saw the region, is counted in later looks only. */
const counted = (seen: RegionLag, now: RegionLag | null): RegionLag => ({
  entries: now?.entries ?? seen.entries,
  ms: seen.ms,
});

/** The other region lives on, and no engine here says what it has of it: all of the time since may be missing. */
function grown({ lagWhenSeen, lagAtMs }: RegionWatch, nowMs: number): RegionLag | null {
  return lagWhenSeen === null
    ? null
    : { entries: lagWhenSeen.entries, ms: lagWhenSeen.ms + (nowMs - lagAtMs) };
}
