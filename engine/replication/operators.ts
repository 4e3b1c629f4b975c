// Operators: what an engine does because it was told to, from outside the protocol. Pause and fence
// narrow what it may do. Force makes an engine primary that has nobody to vote for it (rule 11): what
// the other two had committed without it is lost by decree, and nobody but the operator knows that
// they are gone.
// Invariant: of two logs the one with the later force wins, whatever their epochs; so an engine that
// comes back gives its log up, and never makes the forced engine give up its own.

import { Primary } from "./primary.ts";
import { Recovery } from "./recovery.ts";
import type { RoleBehaviour, Stage } from "./role.ts";
import { Standby } from "./standby.ts";

/** Why an engine may not be forced now. */
export type ForceRefusal =
  | "REPLACED"
  | "FENCED"
  | "REGION_NOT_ACTIVE"
  | "LOG_LOST"
  | "NOT_NEEDED"
  | "PRIMARY_ALIVE"
  | "VOTER_IN_REACH";

/** Why an engine may not stand for election now, whoever asks. */
export type StandRefusal =
  | "REPLACED"
  | "FENCED"
  | "REGION_NOT_ACTIVE"
  | "LOG_LOST"
  | "DIVERGED"
  | "PRIMARY_ALIVE"
  | "NO_VOTER";

/** Why the other engine may not be replaced now. */
export type ReplaceRefusal =
  | "NOT_SERVING"
  | "REGION_NOT_ACTIVE"
  | "HANDING_OVER"
  | "ALONE"
  | "REDIS_NOT_IN_SYNC"
  | "OLD_INCARNATION";

/** The replica as operators change it. */
export interface OperatorsStage extends Stage {
  readonly behaviour: RoleBehaviour;
  play(behaviour: RoleBehaviour): void;
  sayHello(): void;
}

export class Operators {
  private readonly stage: OperatorsStage;

  constructor(stage: OperatorsStage) {
    this.stage = stage;
  }

  /** Hands off, or on again. Repeats change nothing. */
  setPaused(isPaused: boolean, reason: string): void {
    const { state } = this.stage;
    if (state.control.isPaused === isPaused) return;
    state.setControl({ isPaused });
    state.decide(isPaused ? "PAUSED" : "RESUMED", reason);
    this.stage.sayHello();
  }

  /** Ends what it leads or stands for; it goes on as a standby that never stands. */
  setFenced(isFenced: boolean, reason: string): void {
    const { state, behaviour } = this.stage;
    if (state.control.isFenced === isFenced) return;
    state.setControl({ isFenced });
    state.decide(isFenced ? "FENCED" : "UNFENCED", reason);
    const leads = behaviour.role === "primary" || behaviour.role === "candidate";
    if (isFenced && leads) this.stage.becomeStandby("fenced");
    else this.stage.sayHello();
  }

  /** An ordinary election, without waiting for what holds one back. `null` = it stands, or leads. */
  stand(reason: string): StandRefusal | null {
    const { state, behaviour } = this.stage;
    if (behaviour.role === "primary" || behaviour.role === "candidate") return null;
    if (behaviour.role === "replaced") return "REPLACED";
    if (state.control.isFenced) return "FENCED";
    const { role, isDrained, isConfirmed } = state.region;
    if (role === "dr" || isDrained || !isConfirmed) return "REGION_NOT_ACTIVE";
    if (!(behaviour instanceof Standby)) return "LOG_LOST";
    if (state.isCheckpointWrong) return "DIVERGED";
    if (behaviour.isPrimaryHeard) return "PRIMARY_ALIVE";
    if (!behaviour.canBeElected) return "NO_VOTER";
    state.decide("SUSPECTED", `OPERATOR, ${reason}`);
    this.stage.becomeCandidate("OPERATOR");
    return null;
  }

  /**
   * Rule 14: a new incarnation takes the other engine's seat. `null` = its entry is in the log; whether it
   * is committed, the state tells.
   */
  replacePeer(incarnation: number, reason: string): ReplaceRefusal | null {
    const { behaviour } = this.stage;
    if (!(behaviour instanceof Primary)) return "NOT_SERVING";
    return behaviour.replacePeer(incarnation, reason);
  }

  /** `null` = done, or done before. */
  force(reason: string): ForceRefusal | null {
    const { state, behaviour } = this.stage;
    if (behaviour instanceof Primary && state.isAlone) return null;
    const refusal = this.refusal();
    if (refusal !== null) return refusal;
    if (behaviour.role !== "standby") this.stage.becomeStandby("forced");
    this.goAlone(reason);
    return null;
  }

  private refusal(): ForceRefusal | null {
    const { state, behaviour } = this.stage;
    if (behaviour.role === "replaced") return "REPLACED";
    if (state.control.isFenced) return "FENCED";
    if (state.region.role === "dr" || state.region.isDrained) return "REGION_NOT_ACTIVE";
    if (behaviour.role === "recovering") return "LOG_LOST";
    if (behaviour instanceof Primary) return behaviour.inSync().length > 0 ? "NOT_NEEDED" : null;
    if (!(behaviour instanceof Standby)) return "VOTER_IN_REACH";
    if (!behaviour.isSuspecting) return "PRIMARY_ALIVE";
    return behaviour.canBeElected ? "VOTER_IN_REACH" : null;
  }

  /** Its own epoch, as any candidate; then the decree, before anything is said in that epoch. */
  goAlone(reason: string): void {
    const { state } = this.stage;
    state.takeEpoch(state.nextOwnEpoch());
    state.decide("EPOCH_TAKEN");
    state.setControl({ aloneEpoch: state.epoch });
    state.decide("FORCED", reason);
    this.stage.play(new Primary(this.stage, true));
  }

  /** A later force left out entries that are committed here: the whole log is taken anew (rule 9). */
  abandonLog(reason: string): void {
    this.stage.state.decide("LOG_ABANDONED", reason);
    this.stage.play(new Recovery(this.stage, false));
  }
}
