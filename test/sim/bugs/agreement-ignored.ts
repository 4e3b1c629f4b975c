// An instance counts for an engine as soon as its own log names it: the two engines do not switch to a
// new Redis at one instant.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "counts", () => (self, reply: { instance: string }) => {
    return self.log.instance !== "" && reply.instance === self.log.instance;
  });
}
