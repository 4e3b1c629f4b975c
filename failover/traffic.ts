// Traffic: what sends clients to one region or the other. Health checks on /health/primary move it by
// themselves; these calls are an accelerator, and exclude a region that must not get traffic.
// Implementations: Route 53, Global Accelerator, ARC zonal shift (failover/adapters/).

export interface TrafficRouter {
  readonly name: string;
  /** What `moveTo` will change, for --dry-run: one sentence. */
  describe(toRegion: string): string;
  /** Region that gets traffic now; `null` where both or none do. */
  current(signal: AbortSignal): Promise<string | null>;
  /** Idempotent; resolves when the change is accepted (its spread takes longer). */
  moveTo(toRegion: string, signal: AbortSignal): Promise<void>;
}
