// Where entries are cut that an old primary had applied, its state stays as it is.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "cutFrom", () => (self, position: number) => {
    self.log.cutFrom(position);
  });
}
