// A crash while a recovered log is written leaves half of it, and that is taken for the log.

import type { LogBatch } from "../../../engine/replication/log-batch.ts";
import type { Snapshot } from "../../../engine/replication/messages.ts";
import { SimDisk } from "../sim-disk.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  checkpoint: Snapshot | null;
  batches: LogBatch[];
  isLogTrusted: boolean;
  isFormatted: boolean;
  mayDie(write: () => void, tear: () => void): void;
}

export function plant(): void {
  plantIn<Inside>(
    SimDisk,
    "replaceLog",
    () => (self, snapshot: Snapshot | null, batches: readonly LogBatch[]) => {
      const replaceBy = (part: readonly LogBatch[]) => () => {
        self.checkpoint = snapshot;
        self.batches = [...part];
        self.isLogTrusted = true;
        self.isFormatted = true;
      };
      const half = batches.slice(0, Math.floor(batches.length / 2));
      self.mayDie(replaceBy(batches), replaceBy(half));
    },
  );
}
