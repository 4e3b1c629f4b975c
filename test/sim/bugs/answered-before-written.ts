// What an engine answers for is not in its log yet: a crash takes the last batches with it.

import { type LogBatch, lastOf } from "../../../engine/replication/log-batch.ts";
import { SimEngine } from "../sim-engine.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  batches: LogBatch[];
  cutFrom(position: number): void;
}

export function plant(): void {
  plantIn<SimEngine>(SimEngine, "crash", (crash) => (self) => {
    const disk = self.disk as unknown as Inside;
    const last = disk.batches.at(-1);
    if (self.process !== null && last !== undefined) disk.cutFrom(lastOf(last));
    crash(self);
  });
}
