// Store: the managed Redis of a region, which chooses by itself on which of its nodes the primary is. It belongs in
// the zone that has no engine, or one zone's loss takes two of three. Implementation: ElastiCache (failover/adapters/).

export interface StorePrimary {
  /** Ours; `null` where the deployment does not name the primary's zone. */
  readonly zone: string | null;
  /** Nothing is in motion, and it fails over by itself as it shall. */
  readonly isSettled: boolean;
}

export interface JournalStore {
  readonly name: string;
  primary(signal: AbortSignal): Promise<StorePrimary>;
  /** Idempotent. Resolves when the primary is in that zone and settled. */
  placePrimary(zone: string, signal: AbortSignal): Promise<void>;
}
