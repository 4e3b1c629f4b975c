// A forced engine stays alone until it hears that the new Redis has everything: the other engine may be elected by then.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "endForce", (end) => (self, reason: string) => {
    if (reason !== "Redis is filled") end(self, reason);
  });
}
