// Redis lets a candidate read its journal although it has voted for another since.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly data: { readonly epoch: number };
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "read", (read) => (self, request: RedisRequest) => {
    return read(self, { ...request, epoch: self.data.epoch });
  });
}
