// Database: the global database cluster behind the history. Not on the trading path: the history follower
// catches up from the journal. Implementation: Aurora Global Database (failover/adapters/).

export interface GlobalDatabase {
  readonly name: string;
  writerRegion(signal: AbortSignal): Promise<string>;
  /** Address that the history writes to, in the region that has the writer. */
  writerEndpoint(signal: AbortSignal): Promise<string>;
  /**
   * `switchover` loses nothing and needs both regions; `failover` accepts the loss of what was not
   * replicated. Idempotent: done already, or under way, is no error. Resolves when it is done.
   */
  promote(
    request: { readonly region: string; readonly mode: "switchover" | "failover" },
    signal: AbortSignal,
  ): Promise<void>;
}
