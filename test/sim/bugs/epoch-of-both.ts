// A candidate takes the next epoch above any it has seen, which may be the other engine's too.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "nextOwnEpoch", () => (self) => {
    return Math.max(self.epoch, self.seenEpoch) + 1;
  });
}
