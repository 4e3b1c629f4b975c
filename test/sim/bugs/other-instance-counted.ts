// A primary counts the answers of whatever Redis answers, agreed upon or not.

import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "counts", () => () => true);
}
