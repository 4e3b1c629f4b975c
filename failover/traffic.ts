// Traffic: what sends clients to one region or the other, and inside a region to its zones. Health checks on
// /health/primary move clients by themselves; these calls are an accelerator, and exclude a region or a zone
// that must not get traffic. Implementations are in failover/adapters/.

/** Between regions: Route 53, Global Accelerator. */
export interface TrafficRouter {
  readonly name: string;
  /** What `moveTo` will change, for --dry-run: one sentence. */
  describe(toRegion: string): string;
  /** Region that gets traffic now; `null` where both or none do. */
  current(signal: AbortSignal): Promise<string | null>;
  /** Idempotent; resolves when the change is accepted (its spread takes longer). */
  moveTo(toRegion: string, signal: AbortSignal): Promise<void>;
}

/** A zone that balancers do not send to. */
export interface ZoneAway {
  /** Ours; one that the deployment does not name is told by its id in AWS. */
  readonly zone: string;
  /** Every balancer; else some of them. */
  readonly isWhole: boolean;
}

/** Inside one region, for a zone that is ill rather than dead: ARC zonal shift. */
export interface ZoneTraffic {
  readonly name: string;
  /** What `leave` will change, for --dry-run: one sentence. */
  describe(zone: string, hours: number): string;
  away(signal: AbortSignal): Promise<readonly ZoneAway[]>;
  /** Idempotent. It ends by itself after `hours`. Never a second zone: @throws FailoverError TRAFFIC_UNSAFE */
  leave(
    zone: string,
    request: { readonly hours: number; readonly reason: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Idempotent: the zone gets traffic again. Other zones are left alone. */
  rejoin(zone: string, signal: AbortSignal): Promise<void>;
}
