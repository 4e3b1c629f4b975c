// Redis grants a vote and does not take the epoch: the old primary goes on writing to it.

import type { RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

type Read = Extract<RedisRequest, { kind: "read" }>;

interface Inside {
  readonly data: { epoch: number };
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "vote", (vote) => (self, ...rest) => {
    const { epoch } = self.data;
    const reply = vote(self, ...rest);
    self.data.epoch = epoch;
    return reply;
  });
  plantIn<Inside>(RedisModel, "read", (read) => (self, request: Read) => {
    const reply = read(self, { ...request, epoch: self.data.epoch }) as { epoch: number };
    return { ...reply, epoch: request.epoch };
  });
}
