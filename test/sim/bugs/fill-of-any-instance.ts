// A fill replaces whatever Redis it meets, so that one that comes late replaces a newer one.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<RedisModel>(RedisModel, "call", (call) => (self, request: RedisRequest) => {
    const isFill = request.kind === "fill";
    return call(self, isFill ? { ...request, instance: self.instance } : request);
  });
}
