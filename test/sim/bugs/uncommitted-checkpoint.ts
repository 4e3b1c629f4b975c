// A primary writes its checkpoint as soon as it is taken, committed or not.

import { Primary } from "../../../engine/replication/primary.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ readonly stage: Stage }>(Primary, "considerCheckpoint", (consider) => (self) => {
    const { state } = self.stage;
    const { committed } = state;
    state.committed = state.log.lastPosition;
    consider(self);
    state.committed = committed;
  });
}
