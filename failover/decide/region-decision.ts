// RegionDecision: what the controller of a region does next. Pure: what was seen, and the time, come in; a
// decision with its reason goes out. Invariants: nothing is moved on the word of a register that does not
// answer; only the region that follows may take over, never the one that leads; hands off means hands off.

import type { RegionWatch } from "./region-watch.ts";

/** What each reason means, for people who read the log at night. */
export const decisionReasons = {
  REGISTER_UNREACHABLE: "the register does not answer: nothing is decided between regions",
  REGISTER_EMPTY: "the register names no leader, and this region starts as the active one",
  NOT_OPENED: "the register names no leader, and this region does not start as the active one",
  LEADS: "the register says that this region leads",
  SUPERSEDED: "the register says that the other region leads, an engine here has not taken it in",
  FOLLOWS: "the other region leads and is seen",
  SUSPECTED: "the other region is not seen, not for long enough",
  NO_ENGINE: "no engine of this region answers: there is nothing to take over with",
  ENGINE_LOST:
    "one engine of this region answers: two are needed to open it, alone it may be forced by a person",
  PAUSED: "operators have paused this region: hands off",
  FENCED: "an engine of this region is fenced",
  DIVERGED: "this region's journal does not continue the other one's: reconcile first",
  ANTI_FLAP: "leadership moved a short time ago: moving it again is for people",
  LAG_UNKNOWN: "nobody here knows how far this region is behind: a person decides",
  LAG_ABOVE_GATE: "this region is further behind than the gate allows: a person decides",
  APPROVAL_NEEDED: "the other region is lost: a person approves",
  LOST: "the other region is lost: this one takes over",
  APPROVED: "an operator has approved the takeover",
} as const;

export type DecisionReason = keyof typeof decisionReasons;

export interface RegionDecision {
  /**
   * `open`: write the first leadership. `confirm`: tell the own engines that they lead in the register's
   * term. `demote`: tell them that they follow. `propose`: wait for a person. `failover`: take over.
   */
  readonly kind: "none" | "open" | "confirm" | "demote" | "propose" | "failover";
  readonly reason: DecisionReason;
}

export interface RegionObservation {
  readonly region: string;
  /** As configured, for the time before the register has a leader. */
  readonly startsAsActive: boolean;
  readonly register:
    | { readonly kind: "unreachable" }
    | { readonly kind: "empty" }
    | {
        readonly kind: "leadership";
        readonly region: string;
        readonly term: number;
        readonly atMs: number;
      };
  /** Own engines that answer. */
  readonly engines: readonly {
    readonly role: "active" | "dr";
    readonly term: number;
    readonly isPaused: boolean;
    readonly isFenced: boolean;
    readonly isDiverged: boolean;
  }[];
  readonly watch: RegionWatch;
  /** An operator's approval of the proposal that stands. */
  readonly isApproved: boolean;
}

/** An engine cannot be elected without another voter, and a region that opens has no Redis that counts yet. */
const enginesToOpen = 2;
/** The first leadership was moved from nowhere: nothing flaps. */
const firstTerm = 1;

export interface RegionPolicy {
  readonly approval: "manual" | "automatic";
  readonly gates: {
    readonly lagEntriesMax: number;
    readonly lagMsMax: number;
    readonly failedLooksMin: number;
    readonly windowMs: number;
    readonly antiFlapMs: number;
  };
}

const none = (reason: DecisionReason): RegionDecision => ({ kind: "none", reason });
const propose = (reason: DecisionReason): RegionDecision => ({ kind: "propose", reason });

export function decideRegion(
  seen: RegionObservation,
  policy: RegionPolicy,
  nowMs: number,
): RegionDecision {
  const { register } = seen;
  if (register.kind === "unreachable") return none("REGISTER_UNREACHABLE");
  if (register.kind === "empty") {
    return seen.startsAsActive ? { kind: "open", reason: "REGISTER_EMPTY" } : none("NOT_OPENED");
  }
  if (register.region === seen.region) return { kind: "confirm", reason: "LEADS" };
  const hasOldWord = seen.engines.some(({ role, term }) => role !== "dr" || term < register.term);
  if (hasOldWord) return { kind: "demote", reason: "SUPERSEDED" };
  const movedAtMs = register.term > firstTerm ? register.atMs : null;
  return decideFollowing(seen, policy, { nowMs, movedAtMs });
}

/** The other region leads, this one follows: may it take over? */
function decideFollowing(
  { engines, watch, isApproved }: RegionObservation,
  { approval, gates }: RegionPolicy,
  { nowMs, movedAtMs }: { nowMs: number; movedAtMs: number | null },
): RegionDecision {
  if (watch.failingSinceMs === null) return none("FOLLOWS");
  const failingForMs = nowMs - watch.failingSinceMs;
  if (watch.failedLooks < gates.failedLooksMin || failingForMs < gates.windowMs) {
    return none("SUSPECTED");
  }
  if (engines.length === 0) return none("NO_ENGINE");
  if (engines.some(({ isPaused }) => isPaused)) return none("PAUSED");
  if (engines.some(({ isFenced }) => isFenced)) return none("FENCED");
  if (engines.some(({ isDiverged }) => isDiverged)) return none("DIVERGED");
  // The register would move, and then nobody would serve in either region.
  if (engines.length < enginesToOpen) return none("ENGINE_LOST");
  // A person who approves has seen the reason why it was proposed only.
  if (isApproved) return { kind: "failover", reason: "APPROVED" };
  if (movedAtMs !== null && nowMs - movedAtMs < gates.antiFlapMs) return propose("ANTI_FLAP");
  const lag = watch.lagWhenSeen;
  if (lag === null) return propose("LAG_UNKNOWN");
  if (lag.entries > gates.lagEntriesMax || lag.ms > gates.lagMsMax) {
    return propose("LAG_ABOVE_GATE");
  }
  return approval === "manual" ? propose("APPROVAL_NEEDED") : { kind: "failover", reason: "LOST" };
}
