// Membership: which three members a shard has, one per zone. One record a shard, changed by
// compare-and-set on its version only; the members themselves learn of a replacement by a command in
// the journal. Implementations: DynamoDB (failover/adapters/), memory in tests.

export interface Member {
  readonly node: string;
  readonly kind: "engine" | "redis";
  readonly zone: string;
  /** `host:port` of its link, or Redis's URL. */
  readonly address: string;
  /** One higher with every machine or disk that takes this place. From 1. */
  readonly incarnation: number;
}

export interface Membership {
  readonly shard: string;
  readonly region: string;
  /** One higher with every change. From 1. */
  readonly version: number;
  readonly members: readonly Member[];
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface MembershipChange {
  readonly shard: string;
  readonly region: string;
  /** The version that is to be replaced; 0 for the first one. */
  readonly fromVersion: number;
  readonly members: readonly Member[];
  readonly by: string;
  readonly reason: string;
}

/** All calls end by `signal` or their own timeout. */
export interface MembershipRegister {
  /** `null` before the first change. Strongly consistent. */
  readMembers(shard: string, region: string, signal: AbortSignal): Promise<Membership | null>;
  /**
   * A repeat of a change that succeeded returns its result.
   * @throws FailoverError REGISTER_CONFLICT where another version is in place.
   */
  changeMembers(change: MembershipChange, signal: AbortSignal): Promise<Membership>;
}
