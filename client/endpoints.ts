// The gateways of all zones, and which one to try next. Invariant: no two connections of one client
// go to one gateway while another gateway is left to try.

import { type BackoffOptions, backoffMs } from "./backoff.ts";

export interface Endpoint {
  /** For reports: "gateway-a". */
  readonly name: string;
  /** WebSocket API, e.g. `ws://127.0.0.1:7080/ws-api/v3`. */
  readonly url: string;
}

interface Known {
  readonly endpoint: Endpoint;
  failures: number;
  notBeforeMs: number;
  isInUse: boolean;
}

export class EndpointPool {
  readonly #known: Known[];
  readonly #backoff: BackoffOptions;
  readonly #chance: () => number;

  constructor(endpoints: readonly Endpoint[], backoff: BackoffOptions, chance: () => number) {
    this.#known = endpoints.map((endpoint) => ({
      endpoint,
      failures: 0,
      notBeforeMs: 0,
      isInUse: false,
    }));
    this.#backoff = backoff;
    this.#chance = chance;
  }

  /** A free gateway whose time has come, the one that failed least first; marks it as in use. */
  take(nowMs: number): Endpoint | undefined {
    let best: Known | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const known of this.#known) {
      if (known.isInUse || known.notBeforeMs > nowMs) continue;
      // The fraction breaks ties by chance: clients spread over the gateways.
      const rank = known.failures + this.#chance() / 2;
      if (rank < bestRank) [best, bestRank] = [known, rank];
    }
    if (best === undefined) return undefined;
    best.isInUse = true;
    return best.endpoint;
  }

  /** The connection stood: its gateway is as good as new. */
  succeeded(endpoint: Endpoint): void {
    const known = this.#find(endpoint);
    known.failures = 0;
  }

  /** The connection could not be made, or was lost. */
  failed(endpoint: Endpoint, nowMs: number): void {
    const known = this.#find(endpoint);
    known.isInUse = false;
    known.failures += 1;
    known.notBeforeMs = nowMs + backoffMs(this.#backoff, known.failures, this.#chance());
  }

  #find(endpoint: Endpoint): Known {
    const known = this.#known.find((one) => one.endpoint === endpoint);
    if (known === undefined) throw new Error(`${endpoint.name} is not of this pool`);
    return known;
  }
}
