// A recovered log is written piece by piece, and a crash on the way leaves a part that the next start
// trusts.

import type { LogBatch } from "../../../engine/replication/log-batch.ts";
import type { Snapshot } from "../../../engine/replication/messages.ts";
import { SimDisk } from "../sim-disk.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  checkpoint: Snapshot | null;
  batches: LogBatch[];
  isLogTrusted: boolean;
  isFormatted: boolean;
  appendLog(batch: LogBatch): void;
}

export function plant(): void {
  plantIn<Inside>(
    SimDisk,
    "replaceLog",
    () => (self, snapshot: Snapshot | null, batches: readonly LogBatch[]) => {
      self.checkpoint = snapshot;
      self.batches = [];
      self.isLogTrusted = true;
      self.isFormatted = true;
      for (const batch of batches) self.appendLog(batch);
    },
  );
}
