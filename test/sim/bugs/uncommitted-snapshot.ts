// Snapshots are written as soon as they are taken, committed or not.

import type { Snapshot } from "../../../engine/replication/messages.ts";
import { Snapshotter } from "../../../engine/replication/snapshotter.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly state: ReplicaState;
  readonly taken: { readonly snapshot: Snapshot } | null;
}

export function plant(): void {
  plantIn<Inside>(Snapshotter, "write", (write) => (self, isRedisCurrent: boolean) => {
    const { state, taken } = self;
    const { committed } = state;
    state.committed = Math.max(committed, taken?.snapshot.position ?? 0);
    write(self, isRedisCurrent);
    state.committed = committed;
  });
}
