// A log takes every append as the end of all that follows it, so that one that comes late or twice
// cuts what a later one brought.

import { type LogBatch, lastOf, sliceBatch } from "../../../engine/replication/log-batch.ts";
import { ReplicaLog } from "../../../engine/replication/replica-log.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaLog>(ReplicaLog, "novelPart", () => (self, batch: LogBatch) => {
    const from = Math.max(batch.first, self.base.position + 1);
    return from > lastOf(batch) ? null : sliceBatch(batch, from, lastOf(batch));
  });
}
