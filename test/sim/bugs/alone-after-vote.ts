// An engine that was forced goes on alone after a restart, also where it has voted for another one since.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "endForce", (end) => (self, reason: string) => {
    if (!reason.startsWith("it ")) end(self, reason);
  });
}
