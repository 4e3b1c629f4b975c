// A log never cuts: where it has an entry already, it keeps it, of whatever epoch it is.

import { type LogBatch, lastOf, sliceBatch } from "../../../engine/replication/log-batch.ts";
import { ReplicaLog } from "../../../engine/replication/replica-log.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaLog>(ReplicaLog, "novelPart", () => (self, batch: LogBatch) => {
    const from = Math.max(batch.first, self.lastPosition + 1);
    return from > lastOf(batch) ? null : sliceBatch(batch, from, lastOf(batch));
  });
}
