// The register between regions: one record, changed by compare-and-set, and out of reach now and then. An answer
// that is lost is not modelled: a caller reads it again.

import type { Cause, RegionOracle } from "./region-oracle.ts";
import type { SiteName } from "./region-site.ts";

export interface Leadership {
  readonly region: SiteName;
  readonly term: number;
  /** It leads without a break since then. */
  readonly sinceTerm: number;
}

export class RegionRegister {
  isReachable = true;
  private now: Leadership = { region: "prod", term: 1, sinceTerm: 1 };
  private readonly oracle: RegionOracle;

  constructor(oracle: RegionOracle) {
    this.oracle = oracle;
    oracle.granted.set(1, { region: "prod", cause: "first" });
  }

  read(): Leadership | null {
    return this.isReachable ? this.now : null;
  }

  /** `false`: out of reach, or another leadership is in place. */
  move(from: Leadership, to: SiteName, cause: Cause): boolean {
    const isSame = this.now.region === from.region && this.now.term === from.term;
    if (!this.isReachable || !isSame) return false;
    const term = from.term + 1;
    this.now = { region: to, term, sinceTerm: to === from.region ? this.now.sinceTerm : term };
    this.oracle.granted.set(term, { region: to, cause });
    return true;
  }
}
