// A role's behaviour, and what it may ask of the replica that plays it.

import type { PeerMessage, RedisReply, RedisRequest, Role } from "./messages.ts";
import type { ReplicaState } from "./state.ts";

export interface RoleBehaviour {
  readonly role: Role;
  onPeer(message: PeerMessage): void;
  onRedis(request: RedisRequest, reply: RedisReply): void;
  /** At least once a heartbeat; time is `ReplicaState.awake`. */
  tick(): void;
}

/** What is known of the other engine. */
export interface PeerView {
  isConnected: boolean;
  /** From its last hello; "" before. */
  startNonce: string;
  /** `unknown` until it has said so: nothing follows from not knowing. */
  role: Role | "unknown";
  /** Where it is one of both, it will not stand by itself. */
  isPaused: boolean;
  isFenced: boolean;
  forcedEpoch: number;
  lastEpoch: number;
  lastPosition: number;
}

/** What roles ask of what operators decreed (operators.ts). */
interface OrdersOfOperators {
  goAlone(reason: string): void;
  abandonLog(reason: string): void;
}

/** The replica as its roles see it. */
export interface Stage {
  readonly state: ReplicaState;
  readonly peer: PeerView;
  becomeStandby(reason: string): void;
  becomeCandidate(reason: string): void;
  becomePrimary(): void;
  /** A newer incarnation has this engine's seat: it takes part in nothing any more (rule 14). */
  standDown(incarnation: number, reason: string): void;
  readonly operators: OrdersOfOperators;
}
