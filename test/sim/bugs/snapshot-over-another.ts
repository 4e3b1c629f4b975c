// Redis writes changed lines over whatever image it has, not only over the one they were counted from.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

type WriteSnapshot = Extract<RedisRequest, { kind: "writeSnapshot" }>;

export function plant(): void {
  plantIn<{ readonly snapshotPosition: number }>(
    RedisModel,
    "writeSnapshot",
    (write) => (self, request: WriteSnapshot) => {
      return write(self, { ...request, onPosition: self.snapshotPosition });
    },
  );
}
