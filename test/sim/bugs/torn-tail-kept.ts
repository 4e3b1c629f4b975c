// A batch that was not written to its end is taken for whole when the engine starts again.

import type { LogBatch } from "../../../engine/replication/log-batch.ts";
import { SimDisk } from "../sim-disk.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  mayDie(write: () => void, tear: () => void): void;
  write(batch: LogBatch): void;
}

/** Of each entry: five bytes of header, then the command, whose last bytes never came. */
function torn(batch: LogBatch): LogBatch {
  const bytes = batch.bytes.slice();
  const isTornable = batch.count === 1 && bytes.length > 40;
  if (isTornable) bytes.fill(0, bytes.length - 4);
  return { ...batch, bytes };
}

export function plant(): void {
  plantIn<Inside>(SimDisk, "appendLog", () => (self, batch: LogBatch) => {
    self.mayDie(
      () => self.write(batch),
      () => self.write(torn(batch)),
    );
  });
}
