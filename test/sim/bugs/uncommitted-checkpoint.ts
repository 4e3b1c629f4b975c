// An engine writes its checkpoint as soon as it is taken, committed or not.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "advanceCheckpoint", (advance) => (self, ...rest) => {
    const { committed } = self;
    self.committed = Math.max(committed, self.ports.machine.position);
    advance(self, ...rest);
    self.committed = committed;
  });
}
