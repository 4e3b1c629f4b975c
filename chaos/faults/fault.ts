// A fault: something bad that begins and ends. One file each. Invariants: what it touches is known
// before it begins; `end` may be called at any time and any number of times, and mends all of it.

import type { Zone } from "../../failover/index.ts";

export interface Reach {
  readonly zones: readonly Zone[];
  readonly processes: readonly string[];
}

export interface Fault {
  readonly kind: string;
  /** For people: "zone a falls silent". */
  readonly title: string;
  readonly reach: Reach;
  /** Resolves when it holds. */
  begin(): Promise<void>;
  end(): Promise<void>;
}
