// Redis takes a snapshot of a primary of an older epoch, or of another instance.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<RedisModel>(RedisModel, "call", (call) => (self, request: RedisRequest) => {
    if (request.kind !== "writeSnapshot") return call(self, request);
    const epoch = Number.MAX_SAFE_INTEGER;
    return call(self, { ...request, instance: self.instance, epoch });
  });
}
