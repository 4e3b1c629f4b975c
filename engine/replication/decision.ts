// The named transitions of the protocol: each is one line in an engine's decision log.

export const decisionCodes = [
  "STARTED",
  "RECOVERING",
  "RECOVERED",
  "STANDING_BY",
  "SUSPECTED",
  "EPOCH_TAKEN",
  "VOTE_GRANTED",
  "VOTE_REFUSED",
  "LOG_READ",
  "BARRIER_APPENDED",
  "SERVING",
  "DEPOSED",
  "LOG_CUT",
  "STATE_REBUILT",
  "SNAPSHOT_LOADED",
  "REDIS_LOST",
  "REDIS_FILLED",
  "REDIS_CAUGHT_UP",
  "REDIS_AGREED",
  "PEER_LOST",
  "PEER_IN_SYNC",
  "HASH_DIVERGED",
  "REGION_FOLLOWING",
  "REGION_OPENED",
  "REGION_CONFIRMED",
  "REGION_DIVERGED",
  "REGION_IN_SYNC",
  "DRAINED",
  "PAUSED",
  "RESUMED",
  "FENCED",
  "UNFENCED",
  "HANDING_OVER",
  "FORCED",
  "FORCE_ENDED",
  "LOG_ABANDONED",
  "MEMBER_NAMED",
  "REPLACED",
] as const;

export type DecisionCode = (typeof decisionCodes)[number];

export interface ReplicaDecision {
  readonly code: DecisionCode;
  readonly epoch: number;
  readonly position: number;
  readonly reason?: string;
}
