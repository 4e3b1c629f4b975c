// A fill replaces whatever Redis it meets, so that one that comes late or twice replaces a newer one.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly instance: string;
  readonly usedKeys: Set<string>;
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "call", (call) => (self, request: RedisRequest) => {
    if (request.kind !== "fill") return call(self, request);
    self.usedKeys.clear();
    return call(self, { ...request, instance: self.instance });
  });
}
