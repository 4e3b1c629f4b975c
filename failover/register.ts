// Register: which region leads a shard, and in which term. One record a shard, changed by
// compare-and-set only. It is not on the failover path inside a region: with the register gone,
// trading and zone failover go on. Implementations: DynamoDB (failover/adapters/), memory in tests.

/** One leadership of a region over a shard. */
export interface Leadership {
  readonly shard: string;
  readonly region: string;
  /** The fencing token between regions: one higher with every leadership. From 1. */
  readonly term: number;
  /**
   * The region leads without a break since this term: every term from it to `term` is its own. A move of a
   * region to itself leaves it as it is. Told to engines, which may have missed all but the last.
   */
  readonly sinceTerm: number;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** How the first one is given: its term is 1. */
export type FirstLeadership = Omit<Leadership, "term" | "sinceTerm" | "atMs">;

export interface Move {
  readonly shard: string;
  /** The leadership that is to end; another one in its place refuses the move. */
  readonly from: Pick<Leadership, "region" | "term">;
  readonly toRegion: string;
  readonly by: string;
  readonly reason: string;
}

/** All calls end by `signal` or their own timeout. */
export interface Register {
  /** `null` before `open`. Strongly consistent. @throws FailoverError REGISTER_UNREACHABLE */
  read(shard: string, signal: AbortSignal): Promise<Leadership | null>;
  /** The first leadership, term 1. One that is there already is returned as it is. */
  open(first: FirstLeadership, signal: AbortSignal): Promise<Leadership>;
  /**
   * Ends one leadership and begins the next, of another region or of the same. A repeat of a move that succeeded returns its result.
   * @throws FailoverError REGISTER_CONFLICT where another leadership is in place.
   */
  move(move: Move, signal: AbortSignal): Promise<Leadership>;
}
