// A snapshot is installed whatever the log has already: what is committed behind it is forgotten.

import type { Snapshot } from "../../../engine/replication/messages.ts";
import { ReplicaLog } from "../../../engine/replication/replica-log.ts";
import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(ReplicaState, "install", () => (self, snapshot: Snapshot) => {
    self.ports.storage.writeCheckpoint(snapshot);
    self.log = new ReplicaLog(snapshot);
    self.restoreMachine(snapshot);
    self.committed = snapshot.position;
    self.ports.committed(snapshot.position);
    return true;
  });
}
