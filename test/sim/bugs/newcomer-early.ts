// A new engine takes part as soon as its Member entry is in the primary's log, committed or not.

import { ReplicaState } from "../../../engine/replication/state.ts";

export function plant(): void {
  Reflect.defineProperty(ReplicaState.prototype, "areMembersCommitted", { get: () => true });
}
