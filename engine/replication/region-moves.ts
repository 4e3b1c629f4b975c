// RegionMoves: how an engine goes from one leadership of regions to the next. The word comes from
// outside (a register, told by a controller or an operator), is on the disk before it comes here,
// and never goes back to an older term. Repeats change nothing.

import type { Snapshot } from "./messages.ts";
import { Primary } from "./primary.ts";
import type { RegionStanding } from "./region.ts";
import { type RegionFeed, RegionFollower, type Taken } from "./region-follower.ts";
import { genesisBase, ReplicaLog } from "./replica-log.ts";
import type { RoleBehaviour, Stage } from "./role.ts";
import { Standby } from "./standby.ts";

/** The replica as it changes its region's part. */
export interface RegionStage extends Stage {
  readonly behaviour: RoleBehaviour;
  play(behaviour: RoleBehaviour): void;
}

export class RegionMoves {
  private readonly stage: RegionStage;

  constructor(stage: RegionStage) {
    this.stage = stage;
  }

  /**
   * In a region that follows, a lost log is taken anew from the active one: this engine votes again
   * only in a later term, for which nothing that it may have forgotten counts. A lost disk has lost
   * the term as well, so such an engine recovers until it hears who leads.
   */
  startEmpty(): void {
    const { state } = this.stage;
    state.ports.storage.replaceLog(null, []);
    state.log = new ReplicaLog(genesisBase);
    state.committed = 0;
    state.restoreMachine(null);
  }

  /** Another region leads in this term. */
  follow(standing: RegionStanding, reason: string): void {
    const { state, behaviour } = this.stage;
    state.enterTerm(standing);
    if (behaviour.role === "dr" || behaviour.role === "replaced") return;
    if (behaviour.role === "primary") state.decide("DEPOSED", reason);
    if (behaviour.role === "recovering") this.startEmpty();
    state.decide("REGION_FOLLOWING", reason);
    this.stage.play(new RegionFollower(this.stage));
  }

  /** This region leads in this term. */
  open(standing: RegionStanding, reason: string): void {
    const { state, behaviour } = this.stage;
    const { term, isDrained } = state.region;
    const isFollower = behaviour.role === "dr";
    // Terms that a region took over from itself, after a drain, hide nothing but its own entries.
    const isMissed = !isFollower && term > 0 && standing.sinceTerm > term;
    this.confirm(reason);
    state.enterTerm(standing);
    if (behaviour.role === "replaced") return;
    const isDrainOver = isDrained && !standing.isDrained;
    if (isFollower || isMissed || isDrainOver) state.decide("REGION_OPENED", reason);
    if (isFollower) this.stage.play(new Standby(this.stage, 0));
    // The other region led meanwhile, and this engine has nothing of it: what it leads is over.
    else if (isMissed && behaviour.role !== "recovering") this.stage.becomeStandby(reason);
  }

  /** Nothing more is sequenced in this term. */
  drain(standing: RegionStanding, reason: string): void {
    const { state } = this.stage;
    if (!state.region.isDrained) state.decide("DRAINED", reason);
    state.enterTerm(standing);
  }

  /** Of a primary that was drained: the end of what it took, once all is committed; else -1. */
  get drainedPosition(): number {
    const { behaviour } = this.stage;
    return behaviour instanceof Primary ? behaviour.drainedPosition : -1;
  }

  confirm(reason: string): void {
    const { state } = this.stage;
    if (state.region.isConfirmed) return;
    state.region.isConfirmed = true;
    state.decide("REGION_CONFIRMED", reason);
  }

  private get follower(): RegionFollower | null {
    const { behaviour } = this.stage;
    return behaviour instanceof RegionFollower ? behaviour : null;
  }

  /** The log is not a part of the active region's: an operator must look at it. */
  get isDiverged(): boolean {
    return this.follower?.isDiverged ?? false;
  }

  /** The log is known to be a part of the active region's: how far it is tells how far it is behind. */
  get isPart(): boolean {
    return this.follower?.isPart ?? false;
  }

  /** The link is new, or the primary there is: the end of the log must be found there first. */
  onUp(isEndKnown = false): void {
    this.follower?.restart(isEndKnown);
  }

  onFeed(feed: RegionFeed): Taken {
    return this.follower?.take(feed) ?? "gap";
  }

  onSnapshot(snapshot: Snapshot): boolean {
    return this.follower?.install(snapshot) ?? false;
  }
}
