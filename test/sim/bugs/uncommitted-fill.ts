// A new Redis is filled with the state as it stands, committed or not.

import { RedisProgress } from "../../../engine/replication/redis-progress.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ readonly state: ReplicaState }>(RedisProgress, "tryRefill", (refill) => (self) => {
    const { state } = self;
    const { committed } = state;
    state.committed = state.log.lastPosition;
    refill(self);
    state.committed = committed;
  });
}
