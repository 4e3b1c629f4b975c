// A voter's log may be read whatever its epoch is by now: also while another candidate rewrites it.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

type Read = Extract<RedisRequest, { kind: "read" }>;

interface Inside {
  readonly data: { epoch: number };
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "read", (read) => (self, request: Read) => {
    const reply = read(self, { ...request, epoch: self.data.epoch }) as { epoch: number };
    return { ...reply, epoch: request.epoch };
  });
}
