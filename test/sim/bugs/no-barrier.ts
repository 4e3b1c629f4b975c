// A new primary appends no barrier, and so commits what it inherited as if it were its own.

import type { ReplicaState } from "../../../engine/replication/state.ts";
import { ReplicaState as State } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaState>(
    State,
    "appendOwn",
    (append) => (self, entries: readonly { kind: string }[]) => {
      const isBarrier = entries[0]?.kind === "barrier" && self.log.lastPosition > 0;
      return isBarrier ? { first: self.log.lastPosition } : append(self, entries);
    },
  );
}
