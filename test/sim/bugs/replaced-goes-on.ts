// An engine goes on whose own log says that another one has its seat, and Redis votes for it.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  Reflect.defineProperty(ReplicaState.prototype, "isSuperseded", { get: () => false });
  plantIn<RedisModel>(RedisModel, "vote", (vote) => (self, request: object) => {
    return vote(self, { ...request, incarnation: Number.MAX_SAFE_INTEGER });
  });
}
