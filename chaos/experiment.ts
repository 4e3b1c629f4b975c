// An experiment as data: what must hold (hypothesis), what is done to the exchange and when
// (method), what ends it whatever happens (rollbacks), and the most it may touch (blast radius).

export type FaultKind = "zone-silent" | "process-kill" | "process-pause" | "switchover";

/** Who is hit: found when the fault begins, since roles move. */
export type Target = "primary" | "standby";

/** What a drill measures and holds against a tolerance. */
export type Measure =
  | "lost"
  | "duplicated"
  | "contradicted"
  | "unknown"
  | "gapMs"
  | "hashesEqual"
  | "historyEqual"
  /** One order of events explains everything that clients were told (chaos/history-check). */
  | "linearizable"
  /** Of a lost region: lost orders that castle reconcile does not list, and how old the oldest loss was. */
  | "unlisted"
  | "rpoMs"
  /** Of a campaign: trials that did not end as they had to, and promotions that nothing called for. */
  | "failedTrials"
  | "falsePromotions";

export type Tolerance =
  | { readonly measure: Measure; readonly most: number }
  | { readonly measure: Measure; readonly is: boolean };

export interface Step {
  /** Share of the run's duration at which it is done. */
  readonly atShare: number;
  readonly action: "beginFault" | "endFault";
}

export interface Experiment {
  readonly name: string;
  readonly title: string;
  readonly fault: { readonly kind: FaultKind; readonly target: Target };
  readonly steadyStateHypothesis: {
    readonly title: string;
    readonly tolerances: readonly Tolerance[];
  };
  readonly method: readonly Step[];
  readonly rollbacks: readonly "endFault"[];
  readonly blastRadius: {
    readonly zonesMax: number;
    readonly processesMax: number;
  };
}
