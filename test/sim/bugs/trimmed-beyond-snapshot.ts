// Redis trims its journal beyond its snapshot: nothing has what lies between.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

type Trim = Extract<RedisRequest, { kind: "trim" }>;

interface Inside {
  readonly lastPosition: number;
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "trim", (trim) => (self, request: Trim) => {
    Object.defineProperty(self, "snapshotPosition", {
      configurable: true,
      value: self.lastPosition,
    });
    const reply = trim(self, { ...request, upTo: self.lastPosition });
    Reflect.deleteProperty(self, "snapshotPosition");
    return reply;
  });
}
